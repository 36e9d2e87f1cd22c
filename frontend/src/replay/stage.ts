import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BoardView } from "./board_view.ts";
import { makeControl } from "./controls.ts";
import { keep, recall } from "./store.ts";

const VIEWS = ["both", "video", "board"] as const;
type View = (typeof VIEWS)[number];

export interface Stage {
  element: HTMLElement;
  select: HTMLSelectElement;
  swap: HTMLElement;
  board: BoardView;
  /** Nothing but the sound comes: the board takes the video's place. */
  hasPicture(has: boolean): void;
}

/** What is watched: video and board side by side (one above the other where it is narrow), or one of them. */
export function makeStage(frame: HTMLElement, board: BoardView, media: HTMLMediaElement): Stage {
  const element = make("div", { class: "replay-stage" }, frame, board.element);
  const select = make("select", { class: "player-speed", "aria-label": say("replay.view"), title: say("replay.view") });
  for (const view of VIEWS) select.append(make("option", { value: view }, say(`replay.view.${view}`)));
  let pictures = true;

  const swap = makeControl("swap", say("replay.swap"), () => {
    const isFirst = element.getAttribute("data-first") !== "board";
    setAttribute(element, "data-first", isFirst ? "board" : undefined);
    setAttribute(swap, "aria-pressed", isFirst ? "true" : "false");
    keep("replay_first", isFirst ? "board" : "video");
  });

  function choose(view: View): void {
    select.value = view;
    element.setAttribute("data-view", pictures ? view : "board");
    swap.hidden = !pictures || view !== "both";
  }

  select.addEventListener("change", () => {
    choose(select.value as View);
    keep("replay_view", select.value);
  });
  if (recall("replay_first") === "board") swap.click();
  else setAttribute(swap, "aria-pressed", "false");
  choose(VIEWS.find((view) => view === recall("replay_view")) ?? "both");
  follow(media, board);
  return {
    element,
    select,
    swap,
    board,
    hasPicture: (has) => {
      pictures = has;
      select.disabled = !has;
      choose(select.value as View);
    },
  };
}

/** While it plays, with every frame; else whenever it stands elsewhere. */
export function follow(media: HTMLMediaElement, board: BoardView): void {
  const show = (): void => board.show(media.currentTime);
  const run = (): void => {
    show();
    if (!media.paused) requestAnimationFrame(run);
  };
  media.addEventListener("play", run);
  for (const event of ["seeking", "seeked", "timeupdate", "loadedmetadata"]) media.addEventListener(event, show);
  show();
}
