/** What few people open in few lessons: one piece of code that comes when the first of them is asked for. */
export { makeAnswerWall } from "./answers.ts";
export { openHelp } from "./help.ts";
export { makePagePanel } from "./page_panel.ts";
