import { makeId } from "../common/identity.ts";
import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { PAGE_WIDTH, type InkPoint } from "../wire/words.ts";
import type { Lens } from "./lens.ts";
import { FONT, heightOf, isRightToLeft, widthOf, type TextShape } from "./letters.ts";
import type { BoardSession } from "./session.ts";
import type { Figure } from "./shape.ts";

/** What opened the field. */
export type Opener = "press" | "key";
type TextFigure = Extract<Figure, { kind: "text" }>;

const WIDTH = 360;
const MARGIN = 12;
/** Other computers have wider letters: a line that fits here should fit there. */
const SPARE = 1.15;
const LONGEST = 5000;

/** Writes and edits a text where it stands. Escape, Control+Enter or a press elsewhere keeps it. */
export class Writer {
  private readonly field = make("textarea", { class: "board-writer", dir: "auto", rows: 1, maxlength: LONGEST, spellcheck: "true", hidden: true });
  private figure: TextFigure | null = null;
  private draft: TextShape | null = null;
  /** Where the pen was put; Arabic grows to the left from there. */
  private start = 0;

  constructor(
    private readonly sheet: HTMLElement,
    private readonly lens: Lens,
    private readonly session: BoardSession,
    private readonly changed: () => void,
  ) {
    this.field.setAttribute("aria-label", say("board.text_field"));
    this.field.addEventListener("input", () => this.place());
    this.field.addEventListener("blur", () => this.finish());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    sheet.append(this.field);
  }

  /** The item that is hidden while its text is written anew. */
  get hidden(): string | null {
    return this.figure?.id ?? null;
  }

  get isOpen(): boolean {
    return this.draft !== null;
  }

  begin(at: InkPoint, colour: string, size: number, layer: { layer?: string }, by: Opener): void {
    this.finish();
    this.start = at[0];
    const box = [at[0], Math.max(0, at[1] - size / 2), WIDTH, size * 1.25] as const;
    this.draft = { kind: "text", page: this.session.page, colour, size, box, text: "", direction: "auto", ...layer };
    this.open(by);
  }

  edit(figure: TextFigure, by: Opener): void {
    this.finish();
    this.figure = figure;
    this.start = isRightToLeft(figure.text) ? figure.box[0] + figure.box[2] : figure.box[0];
    this.draft = { ...figure, box: [figure.box[0], figure.box[1], Math.max(figure.box[2], 120), figure.box[3]] };
    this.open(by);
  }

  /** Follows the page while it is moved or zoomed. */
  place(): void {
    if (this.draft === null) return;
    const { size, colour } = this.draft;
    const text = this.field.value;
    const width = this.figure === null ? this.room(text) : this.draft.box[2];
    const [left, top] = this.lens.place([this.leftOf(text, width), this.draft.box[1]]);
    const { style } = this.field;
    style.fontFamily = FONT;
    style.fontSize = `${size * this.lens.unit}px`;
    style.color = colour;
    style.inlineSize = `${width * this.lens.unit}px`;
    style.blockSize = `${heightOf(text === "" ? " " : text, size, width) * this.lens.unit + 2}px`;
    style.transform = `translate(${left}px, ${top}px)`;
  }

  finish(): void {
    const { draft, figure } = this;
    if (draft === null) return;
    const text = this.field.value.replace(/\s+$/u, "");
    this.draft = this.figure = null;
    this.field.hidden = true;
    if (figure === null && text !== "") this.session.addItem(makeId(), { ...draft, text, box: this.boxOf(draft, text) });
    if (figure !== null && text === "") this.session.eraseItems([figure.id]);
    if (figure !== null && text !== "" && text !== figure.text) this.change(figure, text);
    this.changed();
  }

  private change(figure: TextFigure, text: string): void {
    const [x, y, width] = figure.box;
    this.session.changeItems([{ id: figure.id, text, box: [x, y, width, heightOf(text, figure.size, width)] }]);
  }

  private open(by: Opener): void {
    this.field.value = this.draft?.text ?? "";
    this.field.hidden = false;
    this.place();
    this.changed();
    const focus = (): void => this.field.focus({ preventScroll: true });
    // A press would take the focus away again; what is typed after a key is meant for the text at once.
    if (by === "press") setTimeout(focus);
    else focus();
  }

  /** As wide as what stands in it, with some to spare. */
  private boxOf(draft: TextShape, text: string): [number, number, number, number] {
    const room = this.room(text);
    const width = Math.ceil(Math.min(room, widthOf(text, draft.size, room) * SPARE + 4));
    return [Math.round(this.leftOf(text, width)), Math.round(draft.box[1]), width, heightOf(text, draft.size, width)];
  }

  private room(text: string): number {
    const room = this.isRtl(text) ? this.start - MARGIN : PAGE_WIDTH - MARGIN - this.start;
    return Math.max(120, Math.min(WIDTH, room));
  }

  private leftOf(text: string, width: number): number {
    return this.isRtl(text) ? Math.max(0, this.start - width) : this.start;
  }

  private isRtl(text: string): boolean {
    return text.trim() === "" ? document.documentElement.dir === "rtl" : isRightToLeft(text);
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    const isDone = event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
    if (!isDone || event.isComposing) return;
    event.preventDefault();
    this.finish();
    this.sheet.focus({ preventScroll: true });
  }
}
