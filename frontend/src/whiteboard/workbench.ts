import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Background, InkPoint, Item, Point } from "../wire/words.ts";
import type { Desk } from "./act.ts";
import type { AnswerWall } from "./answers.ts";
import type { Change } from "./board.ts";
import { Bringing } from "./bringing.ts";
import { BoardCanvas, type Scene } from "./canvas.ts";
import { Edits } from "./edits.ts";
import { locatePicture, type FileDoor } from "./files.ts";
import { Frame } from "./frame.ts";
import { Pointers } from "./gesture.ts";
import { BoardHand } from "./hand.ts";
import type { OtherKeys } from "./help.ts";
import { Kit } from "./kit.ts";
import { Looking } from "./looking.ts";
import { Outline } from "./outline.ts";
import { People } from "./people.ts";
import { Pictures } from "./pictures.ts";
import { Pointing } from "./pointing.ts";
import { Selection } from "./selection.ts";
import type { BoardSession } from "./session.ts";
import { boxOf, type Box, type Figure, type Shape } from "./shape.ts";
import { Writer, type Opener } from "./writer.ts";

const NO_ONE: ReadonlySet<string> = new Set();

/** The sheet, what lies on it, and everything that a person can do with it. */
export class Workbench implements Desk, Scene {
  readonly kit = new Kit();
  readonly people = new People();
  readonly sheet = make("div", { class: "board-sheet", tabindex: 0 });
  readonly selection: Selection;
  readonly pictures: Pictures;
  readonly canvas: BoardCanvas;
  readonly looking: Looking;
  readonly outline: Outline;
  readonly edits: Edits;
  readonly bringing: Bringing;
  readonly writer: Writer;
  private readonly hand: BoardHand;
  private readonly pointing: Pointing;
  private readonly frame: Frame;
  private hidden: ReadonlySet<string> = NO_ONE;
  /** Keys of the page around the board, for its help. */
  otherKeys: OtherKeys | null = null;
  private wall: AnswerWall | null = null;

  constructor(
    readonly session: BoardSession,
    /** The board as a whole: panels are put into it. */
    readonly element: HTMLElement,
    door: FileDoor | null,
    tell: (sentence: string) => void,
  ) {
    const nameOf = (person: string): string => this.people.nameOf(person);
    this.selection = new Selection(session);
    this.pictures = new Pictures((file, page) => (door === null ? "" : locatePicture(door, file, page)), (file) => this.pictureCame(file));
    this.canvas = new BoardCanvas(this.sheet, this, this.pictures, () => this.place());
    this.looking = new Looking(session, this.canvas);
    this.outline = new Outline(session, nameOf);
    this.edits = new Edits(this, this.outline);
    this.bringing = new Bringing(this, door, tell);
    this.writer = new Writer(this.sheet, this.canvas.lens, session, () => this.refresh());
    this.pointing = new Pointing(nameOf);
    this.frame = new Frame(this.selection, () => this.edits.duplicate(), () => this.edits.remove());
    this.hand = new BoardHand(this);
    this.sheet.append(this.frame.element, this.pointing.element);
    session.isStudent = (person) => this.people.isStudent(person);
    new Pointers(this.sheet, this.hand);
    this.listen();
  }

  /** Enter means the board, not a button. */
  get isFocused(): boolean {
    return document.activeElement === this.sheet || document.activeElement === document.body;
  }

  /** There is something that Escape ends. */
  get isBusy(): boolean {
    return !this.selection.isEmpty || this.hand.act !== null || this.session.shownLayer !== "";
  }

  letGo(): void {
    if (this.hand.act !== null) return this.hand.cancel();
    if (!this.selection.isEmpty) return this.selection.clear();
    if (this.session.you.may_manage) this.session.lookAtLayer(null);
  }

  page(): string {
    return this.session.page;
  }

  background(page: string): Background | null {
    return this.session.state.pages.find((one) => one.id === page)?.background ?? null;
  }

  find(page: string, box: Box): readonly Shape[] {
    const items = this.session.find(page, box);
    return this.hidden.size === 0 ? items : items.filter((item) => !this.hidden.has(item.id));
  }

  upper(page: string): readonly Shape[] {
    const { act } = this.hand;
    const waiting = this.session.waiting.figures.filter((one) => one.page === page && this.session.isShown(one) && !this.isHeldBack(one.id));
    const lights = this.pointing.shapes(page);
    return [...waiting, ...this.session.growing(page, Date.now()), ...(act?.shapes ?? []).filter((shape) => shape.page === page), ...lights];
  }

  /** Called whenever something may look different that is no settled item. */
  refresh(): void {
    const before = this.hidden;
    this.hidden = this.findHidden();
    const differing = [...before, ...this.hidden].filter((id) => before.has(id) !== this.hidden.has(id));
    const items = differing.flatMap((id) => this.session.state.items.get(id) ?? []);
    this.repaint(items);
    this.canvas.refresh();
  }

  /** The newest goes on top; anything else, also what comes back, means that its place is painted anew. */
  show({ added, removed }: Change, newest: number): void {
    const [only, ...others] = added;
    const isNew = only?.order === newest && others.length + removed.length === 0;
    if (!isNew) return this.repaint([...added, ...removed]);
    if (this.session.isShown(only) && !this.hidden.has(only.id)) this.canvas.addOnTop(only);
  }

  writeAt(point: InkPoint, by: Opener): void {
    const { kit, session } = this;
    const layer = session.you.may_manage && session.shownLayer !== "" ? { layer: session.shownLayer } : {};
    this.writer.begin(point, kit.ink, kit.letterSize, layer, by);
  }

  edit(figure: Figure, by: Opener): void {
    if (figure.kind === "text" && this.session.mayChange(figure)) this.writer.edit(figure, by);
  }

  shine(point: Point): void {
    this.pointing.shine(this.session.you.person, this.session.page, point);
    this.canvas.refresh();
  }

  /** Whose private answers there are on this page. */
  answerers(): string[] {
    const { session } = this;
    const layers = new Set(session.everythingOn(session.page).map((item) => item.layer));
    layers.delete("");
    return [...layers].sort((one, other) => this.people.nameOf(one).localeCompare(this.people.nameOf(other)));
  }

  async openAnswers(): Promise<void> {
    const { makeAnswerWall } = await import("./seldom.ts");
    this.wall ??= makeAnswerWall(this);
    this.wall.show();
  }

  openHelp(): void {
    void import("./seldom.ts").then(({ openHelp }) => openHelp(this.otherKeys));
  }

  private listen(): void {
    const { session, sheet } = this;
    session.on("pointed", (pointed) => {
      if (session.state.isolated && session.isStudent(pointed.author) && session.shownLayer !== pointed.author) return;
      this.pointing.hear(pointed);
      this.canvas.refresh();
    });
    this.selection.on("changed", () => this.canvas.refresh());
    this.kit.on("changed", () => {
      if (this.kit.tool !== "select") this.selection.clear();
      setAttribute(sheet, "data-tool", this.kit.tool);
    });
    sheet.addEventListener("dblclick", (event) => {
      const hit = session.mayDraw ? this.selection.topmost(this.canvas.locate(event), 4) : undefined;
      if (this.kit.tool === "select" && hit !== undefined) this.edit(hit, "press");
    });
    sheet.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || event.target !== sheet || this.kit.tool !== "select" || !session.mayDraw) return;
      if (this.edits.step(event.shiftKey ? -1 : 1)) event.preventDefault();
    });
    this.bringing.listen(sheet, () => this.element.offsetParent !== null);
    setAttribute(sheet, "aria-description", say("board.keyboard_hint"));
  }

  private place(): void {
    const { lens } = this.canvas;
    this.frame.place(lens, this.hand.act?.marquee ?? null, (this.hand.act?.shapes ?? []).length > 0);
    this.writer.place();
    if (this.pointing.place(lens, this.session.page)) this.canvas.refresh();
  }

  private isHeldBack(id: string): boolean {
    return this.writer.hidden === id || this.hand.act?.hidden?.has(id) === true;
  }

  private findHidden(): ReadonlySet<string> {
    const waiting = this.session.waiting.hidden;
    const held = this.hand.act?.hidden;
    const { hidden } = this.writer;
    if ((held?.size ?? 0) === 0 && hidden === null) return new Set(waiting);
    return new Set([...waiting, ...(held ?? []), ...(hidden === null ? [] : [hidden])]);
  }

  private repaint(items: readonly Item[]): void {
    for (const page of new Set(items.map((item) => item.page))) {
      this.canvas.repaint(page, items.filter((item) => item.page === page).map(boxOf));
    }
  }

  private pictureCame(file: string): void {
    const { session, canvas } = this;
    this.repaint([...session.state.items.values()].filter((item) => item.kind === "image" && item.file === file));
    for (const page of session.state.pages) if (page.background?.file === file) canvas.repaint(page.id, [{ x0: 0, y0: 0, x1: 960, y1: 720 }]);
  }
}
