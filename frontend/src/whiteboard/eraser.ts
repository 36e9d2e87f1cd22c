import type { Point, Stroke } from "../wire/words.ts";
import { touchesStroke } from "./hit.ts";

const REACH = 9;

/** One pull of the eraser: everything that it touched goes in one edit, so one undo brings it back. */
export class EraserPull {
  readonly touched = new Set<string>();
  private last: Point;

  constructor(
    private readonly candidates: readonly Stroke[],
    start: Point,
  ) {
    this.last = start;
    this.moveTo(start);
  }

  /** True when something more was touched. */
  moveTo(point: Point): boolean {
    const before = this.touched.size;
    for (const stroke of this.candidates) {
      if (!this.touched.has(stroke.id) && touchesStroke(stroke, this.last, point, REACH)) {
        this.touched.add(stroke.id);
      }
    }
    this.last = point;
    return this.touched.size > before;
  }
}
