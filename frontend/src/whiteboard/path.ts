import type { InkPoint } from "../wire/words.ts";

/** The verbs of a path that we need; a canvas context has them. */
export interface Pencil {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void;
}

/** Points in a row: the first one's x is at `from`, its y behind it. */
export interface Line {
  readonly row: Float64Array;
  readonly from: number;
  readonly count: number;
  /** Never shorter than the line: its steps across and down, taken together. */
  readonly length: number;
  /** Of each point of the row, 0 to 1; null where nobody pressed. */
  readonly pressures: Float64Array | null;
}

export function lineOf(points: readonly InkPoint[]): Line {
  const count = points.length;
  const row = new Float64Array(2 * count);
  let pressures: Float64Array | null = null;
  let length = 0;
  for (let n = 0; n < count; n += 1) {
    const point = points[n] as InkPoint;
    row[2 * n] = point[0];
    row[2 * n + 1] = point[1];
    if (n > 0) length += Math.abs(point[0] - (row[2 * n - 2] as number)) + Math.abs(point[1] - (row[2 * n - 1] as number));
    if (point[2] !== undefined) (pressures ??= new Float64Array(count).fill(0.5))[n] = point[2];
  }
  return { row, from: 0, count, length, pressures };
}

/** From its `first` point up to, and without, its `end`. */
export function partOf(line: Line, first: number, end: number): Line {
  return { ...line, from: line.from + 2 * first, count: Math.min(end, line.count) - first };
}

/**
 * The board's one curve, the same in the recording: from the first point, a quadratic towards the middle of
 * each following pair with the earlier point as control, then a straight line to the last point.
 * Constant width, round caps and joins. A single point is a dot: a line with no length.
 */
export function tracePath(pencil: Pencil, { row, from, count }: Line): void {
  if (count === 0) return;
  const last = from + 2 * count - 2;
  pencil.moveTo(row[from] as number, row[from + 1] as number);
  for (let at = from + 2; at < last; at += 2) {
    const x = row[at] as number;
    const y = row[at + 1] as number;
    pencil.quadraticCurveTo(x, y, (x + (row[at + 2] as number)) / 2, (y + (row[at + 3] as number)) / 2);
  }
  // Canvas drops lines without length, round caps or not: a dot needs a hair.
  pencil.lineTo((row[last] as number) + (count === 1 ? 0.01 : 0), row[last + 1] as number);
}

/**
 * The same where points lie so close together that a screen cannot tell: straight lines between those that are at
 * least `grain` apart. A third of the work for a full page on a telephone.
 */
export function traceCoarse(pencil: Pencil, { row, from, count }: Line, grain: number): void {
  if (count === 0) return;
  const last = from + 2 * count - 2;
  let x = row[from] as number;
  let y = row[from + 1] as number;
  pencil.moveTo(x, y);
  for (let at = from + 2; at < last; at += 2) {
    const across = (row[at] as number) - x;
    const down = (row[at + 1] as number) - y;
    if (across * across + down * down < grain * grain) continue;
    x += across;
    y += down;
    pencil.lineTo(x, y);
  }
  pencil.lineTo((row[last] as number) + (count === 1 ? 0.01 : 0), row[last + 1] as number);
}

/** Whether the points lie closer together, taken together, than `grain`. */
export function isDense({ count, length }: Line, grain: number): boolean {
  return length < grain * count;
}
