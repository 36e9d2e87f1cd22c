/** Two clocks: the lesson's (epoch seconds) and the video's, which stands still in its gaps. The mirror of recordings/clock.py. */
export class LessonClock {
  private readonly offsets: number[] = [];

  constructor(private readonly spans: readonly (readonly [number, number])[]) {
    let whole = 0;
    for (const [starts, ends] of spans) {
      this.offsets.push(whole);
      whole += ends - starts;
    }
  }

  /** Where in the video that moment is; inside a gap, where the picture comes back; before the start, 0. */
  offsetOf(epoch: number): number {
    const index = this.spans.findLastIndex(([starts]) => starts <= epoch);
    const span = this.spans[index];
    if (span === undefined) return 0;
    return (this.offsets[index] ?? 0) + Math.min(epoch, span[1]) - span[0];
  }
}
