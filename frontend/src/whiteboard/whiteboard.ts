import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { BoardCanvas } from "./canvas.ts";
import { isInk, type Change } from "./board.ts";
import { EraserPull } from "./eraser.ts";
import { followPointer, type Gesture } from "./gesture.ts";
import { PenStroke } from "./pen.ts";
import type { BoardSession } from "./session.ts";
import { listenToKeys } from "./shortcuts.ts";
import { makeToolbar, type Toolbar } from "./tools.ts";

export interface Whiteboard {
  element: HTMLElement;
}

/** Session, canvas and tools, put together. */
export function makeWhiteboard(session: BoardSession): Whiteboard {
  const sheet = make("div", { class: "board-sheet", role: "img" });
  const toolbar = makeToolbar(session);
  const hand = new Hand(session, toolbar, sheet);
  const element = make("section", { class: "board", "aria-label": say("board.name") }, make("div", { class: "board-desk" }, sheet), toolbar.element);

  session.on("opened", () => {
    hand.canvas.forgetAll();
    note();
  });
  session.on("changed", (change) => showChange(hand.canvas, change, session.lastSeq));
  session.on("moved", () => hand.canvas.refresh());
  session.on("noted", note);

  function note(): void {
    toolbar.refresh();
    describe(sheet, session);
    hand.canvas.refresh();
  }

  listenToKeys(session, toolbar, () => element.offsetParent !== null);
  note();
  return { element };
}

function describe(sheet: HTMLElement, session: BoardSession): void {
  const { pages, current_page } = session.state;
  const page = pages.findIndex((candidate) => candidate.id === current_page) + 1;
  setAttribute(sheet, "aria-label", say("board.picture", { page, pages: pages.length }));
  setAttribute(sheet, "data-draw", session.mayDraw);
}

/** The newest ink goes on top; anything else, also one that comes back, means that its page is drawn anew. */
function showChange(canvas: BoardCanvas, change: Change, newest: number): void {
  const [only, ...others] = change.added;
  const isNew = only?.order === newest && others.length + change.removed.length === 0;
  if (isNew && isInk(only)) return canvas.addOnTop(only);
  for (const page of new Set([...change.added, ...change.removed].map((item) => item.page))) canvas.forget(page);
}

/** The person's own hand: a pen stroke or a pull of the eraser, until it is lifted. */
class Hand implements Gesture {
  readonly canvas: BoardCanvas;
  private stroke: PenStroke | null = null;
  private pull: EraserPull | null = null;

  constructor(
    private readonly session: BoardSession,
    private readonly toolbar: Toolbar,
    surface: HTMLElement,
  ) {
    this.canvas = new BoardCanvas(surface, {
      page: () => session.state.current_page,
      settled: (page) => session.shownInk(page).filter((item) => this.pull?.touched.has(item.id) !== true),
      upper: (page) => this.upperInk(page),
    });
    followPointer(surface, this);
  }

  begin(event: PointerEvent): boolean {
    const page = this.session.state.current_page;
    if (!this.session.mayDraw || page === "") return false;
    const point = this.canvas.locate(event);
    if (this.toolbar.kit.tool === "eraser") this.beginPull(page, point);
    else this.beginStroke(page, point);
    return true;
  }

  move(events: PointerEvent[]): void {
    for (const event of events) this.moveTo(this.canvas.locate(event));
    this.canvas.refresh();
  }

  finish(): void {
    this.stroke?.finish();
    this.stroke = null;
    const touched = [...(this.pull?.touched ?? [])];
    this.pull = null;
    if (touched.length > 0) this.session.eraseItems(touched);
    this.canvas.refresh();
  }

  private beginStroke(page: string, point: readonly [number, number]): void {
    const { colour, width } = this.toolbar.kit;
    this.stroke = new PenStroke(this.session, page, colour, width);
    this.stroke.add(point);
    this.canvas.refresh();
  }

  private beginPull(page: string, point: readonly [number, number]): void {
    const { person, may_manage } = this.session.you;
    const mine = this.session.shownInk(page).filter((item) => may_manage || item.author === person);
    this.pull = new EraserPull(mine, point);
    if (this.pull.touched.size > 0) this.canvas.forget(page);
  }

  private moveTo(point: readonly [number, number]): void {
    if (this.pull?.moveTo(point) === true) this.canvas.forget(this.session.state.current_page);
    if (this.stroke === null) return;
    this.stroke.add(point);
    if (!this.stroke.isFull) return;
    const { page } = this.stroke;
    this.stroke.finish();
    this.beginStroke(page, point);
  }

  private upperInk(page: string) {
    const ink = this.session.upperInk(page, Date.now());
    return this.stroke === null || this.stroke.page !== page ? ink : [...ink, this.stroke];
  }
}
