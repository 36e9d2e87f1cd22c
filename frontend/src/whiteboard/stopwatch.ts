/** So many points of a stroke, and when, in ms since 1970 by this browser's clock. */
export type Mark = readonly [stroke: string, points: number, at: number];

const MARKS_KEPT = 5000;

/**
 * When points were told, or heard. Who holds the marks of two browsers of one machine knows how long each point
 * took from hand to screen.
 */
export class Stopwatch {
  readonly marks: Mark[] = [];
  private readonly counts = new Map<string, number>();

  note(stroke: string, points: number, at: number): void {
    if (this.counts.size > MARKS_KEPT) this.counts.clear();
    const count = (this.counts.get(stroke) ?? 0) + points;
    this.counts.set(stroke, count);
    this.marks.push([stroke, count, at]);
    if (this.marks.length > MARKS_KEPT) this.marks.shift();
  }
}
