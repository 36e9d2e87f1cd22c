import { offerCopying } from "./copy.ts";
import { refreshWhileChanging } from "./refresh.ts";
import { submitOnChange } from "./submit_on_change.ts";

submitOnChange();
offerCopying();
refreshWhileChanging();
