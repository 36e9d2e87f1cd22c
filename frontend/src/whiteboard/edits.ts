import { makeId } from "../common/identity.ts";
import { say } from "../common/texts.ts";
import type { ItemAdd, ItemPatch, Point } from "../wire/words.ts";
import { makeShape } from "./acts.ts";
import type { Desk } from "./act.ts";
import { HIGHLIGHTS, isShapeTool, lighten, PALETTE, WIDTHS } from "./kit.ts";
import { heightOf } from "./letters.ts";
import { describeBriefly, type Outline } from "./outline.ts";
import { unpacked } from "./packed_ink.ts";
import { roundPoint, shiftShape, type Fields, type Figure } from "./shape.ts";

const COPY_ASIDE = 16;
const INSERTED = [200, 140] as const;

/** What is done to the selection, and what the keyboard puts on the page. */
export class Edits {
  constructor(
    private readonly desk: Desk,
    private readonly outline: Outline,
  ) {}

  remove(): void {
    const ids = this.desk.selection.figures().map((figure) => figure.id);
    if (ids.length === 0) return;
    this.desk.selection.clear();
    this.desk.session.eraseItems(ids);
    this.outline.announce(say("board.deleted", { n: ids.length }));
  }

  duplicate(): void {
    const { session, selection } = this.desk;
    const copies = selection.figures().map((figure) => {
      const id = makeId();
      session.addItem(id, { ...toAdd(figure), ...shiftShape(figure, COPY_ASIDE, COPY_ASIDE) } as ItemAdd);
      return id;
    });
    selection.set(copies);
  }

  nudge(dx: number, dy: number): void {
    this.patch((figure) => shiftShape(figure, dx, dy));
  }

  setColour(colour: string): void {
    this.desk.kit.setColour(colour);
    this.patch((figure) => {
      if (figure.kind === "image") return null;
      const fills = (figure.kind === "rectangle" || figure.kind === "ellipse") && figure.fill !== null;
      return fills ? { colour, fill: lighten(colour) } : { colour };
    });
  }

  pickColour(index: number): void {
    const colours = this.desk.kit.tool === "highlighter" ? HIGHLIGHTS : PALETTE;
    const colour = colours[index]?.[1];
    if (colour !== undefined) this.setColour(colour);
  }

  setWidth(width: number): void {
    const { kit } = this.desk;
    kit.setWidth(width);
    this.patch((figure) => {
      if (figure.kind === "image") return null;
      if (figure.kind !== "text") return { width: figure.kind === "highlighter" ? Math.min(64, width * 5) : width };
      const [x, y, wide] = figure.box;
      return { size: kit.letterSize, box: [x, y, wide, heightOf(figure.text, kit.letterSize, wide)] };
    });
  }

  stepWidth(step: number): void {
    const index = WIDTHS.findIndex(([, width]) => width === this.desk.kit.width) + step;
    const width = WIDTHS[Math.max(0, Math.min(WIDTHS.length - 1, index))];
    if (width !== undefined) this.setWidth(width[1]);
  }

  setFilled(isFilled: boolean): void {
    this.desk.kit.setFilled(isFilled);
    this.patch((figure) => (figure.kind === "rectangle" || figure.kind === "ellipse" ? { fill: isFilled ? lighten(figure.colour) : null } : null));
  }

  selectAll(): void {
    const { kit, selection } = this.desk;
    kit.choose("select");
    selection.set(selection.reachable().map((figure) => figure.id));
  }

  /** The next thing on the page; false at the end, where the keyboard leaves the board. */
  step(direction: 1 | -1): boolean {
    const { selection } = this.desk;
    const all = selection.reachable();
    const held = selection.figures();
    const at = held.length === 1 && held[0] !== undefined ? all.findIndex((figure) => figure.id === held[0]?.id) : direction > 0 ? -1 : all.length;
    const next = all[at + direction];
    if (next === undefined) {
      selection.clear();
      return false;
    }
    selection.set([next.id]);
    this.outline.announce(say("board.item_of", { item: describeBriefly(next), n: at + direction + 1, all: all.length }));
    return true;
  }

  /** Enter: writes in the text that is held, or puts what the tool makes into the middle of what is seen. */
  enter(): void {
    const { kit, selection, session } = this.desk;
    const [held] = selection.figures();
    if (kit.tool === "text") return this.desk.writeAt(this.middle(-120, 0), "key");
    if (kit.tool === "select" && held?.kind === "text") return this.desk.edit(held, "key");
    if (!isShapeTool(kit.tool)) return;
    const [wide, high] = INSERTED;
    const item = makeShape(kit.tool, session.page, kit, this.middle(-wide / 2, -high / 2), this.middle(wide / 2, high / 2));
    const id = makeId();
    session.addItem(id, item);
    kit.choose("select");
    selection.set([id]);
    this.outline.announce(say("board.inserted", { item: describeBriefly({ ...item, id }) }));
  }

  private middle(dx: number, dy: number): Point {
    const { x0, y0, x1, y1 } = this.desk.canvas.lens.seen;
    return roundPoint((x0 + x1) / 2 + dx, (y0 + y1) / 2 + dy);
  }

  private patch(change: (figure: Figure) => Fields | null): void {
    const patches = this.desk.selection.figures().flatMap((figure): ItemPatch[] => {
      const fields = change(figure);
      return fields === null ? [] : [{ id: figure.id, ...fields }];
    });
    if (patches.length > 0) this.desk.session.changeItems(patches);
  }
}

/** As somebody would put it there anew. */
function toAdd(figure: Figure): ItemAdd {
  const { id: _id, author: _author, at: _at, seq: _seq, order: _order, layer: _layer, ...rest } = { author: "", at: 0, seq: 0, order: 0, layer: "", ...unpacked(figure) };
  return rest as ItemAdd;
}
