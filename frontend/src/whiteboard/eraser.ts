import type { InkItem, Point } from "../wire/words.ts";
import { touchesInk } from "./hit.ts";

const REACH = 9;

/** One pull of the eraser: everything that it touched goes in one edit, so one undo brings it back. */
export class EraserPull {
  readonly touched = new Set<string>();
  private last: Point;

  constructor(
    private readonly candidates: readonly InkItem[],
    start: Point,
  ) {
    this.last = start;
    this.moveTo(start);
  }

  /** True when something more was touched. */
  moveTo(point: Point): boolean {
    const before = this.touched.size;
    for (const item of this.candidates) {
      if (!this.touched.has(item.id) && touchesInk(item, this.last, point, REACH)) {
        this.touched.add(item.id);
      }
    }
    this.last = point;
    return this.touched.size > before;
  }
}
