import type { ItemPatch, Point } from "../wire/words.ts";
import type { Act, Desk, Press } from "./act.ts";
import { pointOf } from "./acts.ts";
import { heightOf } from "./letters.ts";
import { unpacked } from "./packed_ink.ts";
import { boxAround, shiftShape, stretchShape, type Box, type Fields, type Figure, type Shape } from "./shape.ts";

const CLICK = 3;
const SMALLEST = 4;
const REACH = 6;

/** What a press with the arrow begins: on a handle, on something, or on nothing. */
export function beginSelecting(desk: Desk, press: Press): Act {
  const { selection, canvas } = desk;
  const box = selection.box();
  if (press.handle !== null && box !== null) return new ResizeAct(desk, press, press.handle, box);
  const hit = selection.topmost(pointOf(press), (press.isTouch ? 2 : 1) * (REACH / canvas.lens.zoom));
  if (hit === undefined) return new MarqueeAct(desk, press);
  if (press.isShifted) selection.toggle(hit.id);
  else if (!selection.has(hit.id)) selection.set([hit.id]);
  return new MoveAct(desk, press);
}

/** Shows the figures changed while the pointer moves, and says so once when it is lifted. */
abstract class ChangeAct implements Act {
  hidden: ReadonlySet<string> = new Set();
  shapes: readonly Shape[] = [];
  private patches: ItemPatch[] = [];
  private readonly figures: readonly Figure[];

  constructor(
    protected readonly desk: Desk,
    protected readonly first: Press,
  ) {
    this.figures = desk.selection.figures();
  }

  protected abstract change(figure: Figure, to: Point, isShifted: boolean): Fields;

  move(presses: readonly Press[]): void {
    const last = presses.at(-1);
    if (last === undefined) return;
    const isFar = Math.hypot(last.left - this.first.left, last.top - this.first.top) >= CLICK;
    if (!isFar && this.patches.length === 0) return;
    this.patches = this.figures.map((figure) => ({ id: figure.id, ...this.change(figure, pointOf(last), last.isShifted) }));
    this.shapes = this.figures.map((figure, index) => withFields(figure, this.patches[index]));
    this.hidden = new Set(this.figures.map((figure) => figure.id));
  }

  finish(): void {
    if (this.patches.length > 0) this.desk.session.changeItems(this.patches);
  }

  cancel(): void {
    this.patches = [];
  }
}

function withFields(figure: Figure, fields: object | undefined): Shape {
  const { id: _id, seq: _seq, ...rest } = { seq: 0, ...unpacked(figure) };
  return { ...rest, ...fields } as Shape;
}

export class MoveAct extends ChangeAct {
  protected override change(figure: Figure, to: Point): Fields {
    return shiftShape(figure, to[0] - this.first.point[0], to[1] - this.first.point[1]);
  }
}

export class ResizeAct extends ChangeAct {
  constructor(
    desk: Desk,
    first: Press,
    private readonly handle: string,
    private readonly before: Box,
  ) {
    super(desk, first);
  }

  protected override change(figure: Figure, to: Point, isShifted: boolean): Fields {
    const isCorner = this.handle.length === 2;
    const keeps = isCorner && (isShifted || figure.kind === "text" || figure.kind === "image");
    const fields = stretchShape(figure, this.before, resizeBox(this.before, this.handle, to, keeps), isCorner);
    if (figure.kind !== "text" || fields.box === undefined) return fields;
    const [x, y, width] = fields.box;
    return { ...fields, box: [x, y, width, heightOf(figure.text, fields.size ?? figure.size, width)] };
  }
}

/** The frame with one handle dragged elsewhere; it never turns over. */
export function resizeBox(before: Box, handle: string, [x, y]: Point, keepsShape: boolean): Box {
  const box = { ...before };
  if (handle.includes("w")) box.x0 = Math.min(x, box.x1 - SMALLEST);
  if (handle.includes("e")) box.x1 = Math.max(x, box.x0 + SMALLEST);
  if (handle.includes("n")) box.y0 = Math.min(y, box.y1 - SMALLEST);
  if (handle.includes("s")) box.y1 = Math.max(y, box.y0 + SMALLEST);
  if (!keepsShape) return box;
  const [wide, high] = [before.x1 - before.x0, before.y1 - before.y0];
  const share = Math.max((box.x1 - box.x0) / Math.max(wide, 1), (box.y1 - box.y0) / Math.max(high, 1));
  if (handle.includes("w")) box.x0 = box.x1 - wide * share;
  else box.x1 = box.x0 + wide * share;
  if (handle.includes("n")) box.y0 = box.y1 - high * share;
  else box.y1 = box.y0 + high * share;
  return box;
}

export class MarqueeAct implements Act {
  marquee: Box | null = null;
  private readonly kept: readonly string[];

  constructor(
    private readonly desk: Desk,
    private readonly first: Press,
  ) {
    this.kept = first.isShifted ? desk.selection.figures().map((figure) => figure.id) : [];
  }

  move(presses: readonly Press[]): void {
    const last = presses.at(-1);
    if (last === undefined) return;
    this.marquee = boxAround([this.first.point, last.point]);
    this.desk.selection.set([...this.kept, ...this.desk.selection.within(this.marquee).map((figure) => figure.id)]);
  }

  finish(): void {
    if (this.marquee === null) this.desk.selection.set(this.kept);
    this.marquee = null;
  }

  cancel(): void {
    this.marquee = null;
  }
}
