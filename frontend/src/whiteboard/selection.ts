import { Emitter } from "../common/emitter.ts";
import type { Point } from "../wire/words.ts";
import { touches } from "./hit.ts";
import type { BoardSession } from "./session.ts";
import { boxOf, coreOf, doOverlap, growBox, isInside, uniteBoxes, type Box, type Figure } from "./shape.ts";

/** What is taken hold of on the page that is seen. */
export class Selection extends Emitter<{ changed: undefined }> {
  private ids = new Set<string>();

  constructor(private readonly session: BoardSession) {
    super();
  }

  get isEmpty(): boolean {
    return this.figures().length === 0;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Those that are still there and still this person's to change. */
  figures(): Figure[] {
    if (this.ids.size === 0) return [];
    const figures = [...this.ids].map((id) => this.session.figure(id));
    return figures.filter((figure) => figure !== undefined).filter((figure) => this.isReachable(figure));
  }

  box(): Box | null {
    return uniteBoxes(this.figures().map(coreOf));
  }

  set(ids: Iterable<string>): void {
    this.ids = new Set(ids);
    this.emit("changed", undefined);
  }

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.emit("changed", undefined);
  }

  clear(): void {
    if (this.ids.size > 0) this.set([]);
  }

  /** The highest within reach. */
  topmost(point: Point, reach: number): Figure | undefined {
    const near = this.near(growBox({ x0: point[0], y0: point[1], x1: point[0], y1: point[1] }, reach));
    return near.findLast((figure) => touches(figure, point, point, reach));
  }

  within(box: Box): Figure[] {
    return this.near(box).filter((figure) => isInside(coreOf(figure), box));
  }

  /** All that this person may change on the page, from the lowest to the highest. */
  reachable(): Figure[] {
    const { hidden, figures } = this.session.waiting;
    const settled = this.session.itemsOn(this.session.page).filter((item) => !hidden.has(item.id));
    return [...settled, ...figures].filter((figure) => this.isReachable(figure));
  }

  near(box: Box): Figure[] {
    const { hidden, figures } = this.session.waiting;
    const settled = this.session.find(this.session.page, box).filter((item) => !hidden.has(item.id));
    return [...settled, ...figures.filter((figure) => doOverlap(boxOf(figure), box))].filter((figure) =>
      this.isReachable(figure),
    );
  }

  private isReachable(figure: Figure): boolean {
    return figure.page === this.session.page && this.session.isShown(figure) && this.session.mayChange(figure);
  }
}

