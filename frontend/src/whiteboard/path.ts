import type { InkPoint } from "../wire/words.ts";

/** The verbs of a path that we need; a canvas context has them. */
export interface Pencil {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void;
}

/**
 * The board's one curve, the same in the recording: from the first point, a quadratic towards the middle of
 * each following pair with the earlier point as control, then a straight line to the last point.
 * Constant width, round caps and joins. A single point is a dot: a line with no length.
 */
export function tracePath(pencil: Pencil, points: readonly InkPoint[]): void {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return;
  pencil.moveTo(first[0], first[1]);
  for (let index = 1; index < points.length - 1; index += 1) {
    const [control, following] = [points[index], points[index + 1]];
    if (control === undefined || following === undefined) break;
    const middle = [(control[0] + following[0]) / 2, (control[1] + following[1]) / 2] as const;
    pencil.quadraticCurveTo(control[0], control[1], middle[0], middle[1]);
  }
  // Canvas drops lines without length, round caps or not: a dot needs a hair.
  pencil.lineTo(last[0] + (points.length === 1 ? 0.01 : 0), last[1]);
}
