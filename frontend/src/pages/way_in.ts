import { leadIntoApp } from "./join_in_app.ts";
import { submitOnChange } from "./submit_on_change.ts";

/** Pages between the code on the wall and the lesson: no more than they need. */
leadIntoApp();
submitOnChange();
