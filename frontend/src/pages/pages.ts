import { offerCopying } from "./copy.ts";
import { leadIntoApp } from "./join_in_app.ts";
import { refreshWhileChanging } from "./refresh.ts";
import { submitOnChange } from "./submit_on_change.ts";

leadIntoApp();
submitOnChange();
offerCopying();
refreshWhileChanging();
