/** On the page of a lesson that is over: what this browser kept for it and nobody will send. */
import { readJson } from "../common/page_data.ts";
import { tellLost, type LessonPage } from "./left_behind.ts";

void tellLost(readJson<LessonPage>("left-behind"), null, () => null);
