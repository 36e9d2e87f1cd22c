import { make, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import { BoardCanvas, type Scene } from "../whiteboard/canvas.ts";
import { Pictures } from "../whiteboard/pictures.ts";
import { boxOf, doOverlap, type Box, type Shape } from "../whiteboard/shape.ts";
import type { Background } from "../wire/words.ts";
import { findStrokes, readLog, type Stroke } from "./board_log.ts";
import { listenToZoom, zoomBy } from "./board_zoom.ts";
import { countUntil, History, type Moved } from "./history.ts";
import { LessonClock } from "./lesson_clock.ts";

const LONGEST_SECONDS = 60;

export interface BoardView {
  element: HTMLElement;
  /** As it was at that second. */
  show(seconds: number): void;
  zoomIn(): void;
  zoomOut(): void;
}

/** The board of a lesson at any second, drawn by what draws it live: crisp at every size. */
export function makeBoardView(
  bytes: Uint8Array,
  spans: readonly (readonly [number, number])[],
  locate: (file: string, page: number) => string,
): BoardView {
  const clock = new LessonClock(spans);
  const moments = readLog(bytes, clock);
  const board = new RecordedBoard(new History(moments), findStrokes(moments, clock));
  const sheet = make("div", { class: "board-sheet replay-sheet", role: "img", "aria-label": say("replay.board") });
  const pictures = new Pictures(locate, () => canvas.forgetAll());
  const canvas = new BoardCanvas(sheet, board, pictures, () => undefined);
  const page = make("span", { class: "replay-page" });
  const bar = make(
    "div",
    { class: "replay-board-bar" },
    page,
    makeButton("zoom_out", say("replay.zoom_out"), () => zoomBy(canvas, 1 / 1.5)),
    makeButton("zoom_in", say("replay.zoom_in"), () => zoomBy(canvas, 1.5)),
  );
  listenToZoom(sheet, canvas);
  return {
    element: make("div", { class: "replay-board" }, make("div", { class: "replay-paper" }, sheet), bar),
    show: (seconds) => {
      paint(canvas, board.moveTo(seconds));
      const { pages } = board.history.state;
      const index = pages.findIndex(({ id }) => id === board.page());
      setText(page, index < 0 ? "" : say("replay.page", { n: index + 1, of: pages.length, title: pages[index]?.title ?? "" }));
    },
    zoomIn: () => zoomBy(canvas, 1.5),
    zoomOut: () => zoomBy(canvas, 1 / 1.5),
  };
}

function makeButton(icon: IconName, name: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "control", title: name, "aria-label": name }, drawIcon(icon));
  button.addEventListener("click", act);
  return button;
}

function paint(canvas: BoardCanvas, moved: Moved): void {
  if (moved === "all") return canvas.forgetAll();
  for (const { type, change } of moved) {
    const onTop = type === "item.added" && change.removed.length === 0;
    for (const item of change.added) {
      if (onTop) canvas.addOnTop(item);
      else canvas.repaint(item.page, [boxOf(item)]);
    }
    for (const item of change.removed) canvas.repaint(item.page, [boxOf(item)]);
  }
  canvas.refresh();
}

class RecordedBoard implements Scene {
  private seconds = 0;

  constructor(
    readonly history: History,
    private readonly strokes: readonly Stroke[],
  ) {}

  moveTo(seconds: number): Moved {
    this.seconds = seconds;
    return this.history.moveTo(seconds);
  }

  page(): string {
    return this.history.state.current_page;
  }

  background(page: string): Background | null {
    return this.history.state.pages.find(({ id }) => id === page)?.background ?? null;
  }

  find(page: string, box: Box): readonly Shape[] {
    return this.history.itemsOn(page).filter((item) => doOverlap(boxOf(item), box));
  }

  /** Pens at work: as much of each stroke as the hand had drawn by then. */
  upper(page: string): readonly Shape[] {
    const shown: Shape[] = [];
    const begun = countUntil(this.begins, this.seconds);
    for (let index = begun - 1; index >= 0; index -= 1) {
      const stroke = this.strokes[index];
      if (stroke === undefined || stroke.begins < this.seconds - LONGEST_SECONDS) break;
      if (stroke.ends > this.seconds && stroke.ink.page === page) shown.unshift(growing(stroke, this.seconds));
    }
    return shown;
  }

  private get begins(): readonly { at: number }[] {
    return (this.known ??= this.strokes.map(({ begins }) => ({ at: begins })));
  }
  private known: { at: number }[] | null = null;
}

function growing({ begins, ends, ink }: Stroke, seconds: number): Shape {
  const share = (seconds - begins) / Math.max(0.001, ends - begins);
  const { kind, page, colour, width, points } = ink;
  return { kind, page, colour, width, points: points.slice(0, Math.max(1, Math.ceil(share * points.length))) };
}
