/** What comes after the page: the board and how it stands beside the video. */
export { makeBoardView } from "./board_view.ts";
export { makeStage } from "./stage.ts";
