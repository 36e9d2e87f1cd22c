import { refreshWhileChanging } from "./refresh.ts";
import { submitOnChange } from "./submit_on_change.ts";

submitOnChange();
refreshWhileChanging();
