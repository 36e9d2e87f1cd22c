/** The area eraser's arithmetic: what is left of a line when a round eraser is moved over it. */
import type { InkPoint, Point } from "../wire/words.ts";
import { distanceToSegment } from "./hit.ts";

export type Pieces = [number, number, number?][][];

/** Null when nothing was touched. Pieces too short to be seen are gone as well. */
export function cutInk(pieces: readonly (readonly InkPoint[])[], from: Point, to: Point, radius: number): Pieces | null {
  let isTouched = false;
  const left: Pieces = [];
  for (const points of pieces) {
    if (!isNear(points, from, to, radius)) {
      left.push(points.map(copy));
      continue;
    }
    isTouched = true;
    left.push(...cutLine(points, from, to, radius));
  }
  return isTouched ? left : null;
}

function isNear(points: readonly InkPoint[], from: Point, to: Point, radius: number): boolean {
  const [only] = points;
  if (points.length === 1 && only !== undefined) return distanceToSegment(only, from, to) < radius;
  return points.some((point, index) => {
    const following = points[index + 1];
    return following !== undefined && walk(point, following, radius).some((place) => distanceToSegment(place, from, to) < radius);
  });
}

/** Cut at the eraser's edge, found by halving. */
function cutLine(points: readonly InkPoint[], from: Point, to: Point, radius: number): Pieces {
  const isOut = (point: InkPoint): boolean => distanceToSegment(point, from, to) >= radius;
  const pieces: Pieces = [];
  let piece: [number, number, number?][] = [];
  const end = (): void => {
    if (piece.length > 1) pieces.push(piece);
    piece = [];
  };
  let before: InkPoint | undefined;
  for (const [index, point] of points.entries()) {
    const steps = before === undefined ? [point] : walk(before, point, radius);
    for (const step of steps) {
      const isCorner = step === point;
      if (before !== undefined && isOut(before) !== isOut(step)) {
        piece.push(copy(edgeBetween(before, step, isOut)));
        if (isOut(before)) end();
      }
      if (isOut(step) && (isCorner || index === 0)) piece.push(copy(step));
      before = step;
    }
  }
  end();
  return pieces;
}

/** From the one point (left out) to the other, in steps that the eraser cannot jump over. */
function walk(one: InkPoint, other: InkPoint, radius: number): InkPoint[] {
  const steps = Math.max(1, Math.ceil(Math.hypot(other[0] - one[0], other[1] - one[1]) / (radius / 2)));
  return Array.from({ length: steps }, (_, step) => (step === steps - 1 ? other : between(one, other, (step + 1) / steps)));
}

function edgeBetween(one: InkPoint, other: InkPoint, isOut: (point: InkPoint) => boolean): InkPoint {
  let [out, inside] = isOut(one) ? [one, other] : [other, one];
  for (let round = 0; round < 6; round += 1) {
    const middle = between(out, inside, 0.5);
    if (isOut(middle)) out = middle;
    else inside = middle;
  }
  return out;
}

function between(one: InkPoint, other: InkPoint, share: number): InkPoint {
  const mix = (from: number, to: number): number => Math.round((from + (to - from) * share) * 10) / 10;
  const [x, y] = [mix(one[0], other[0]), mix(one[1], other[1])];
  if (one[2] === undefined || other[2] === undefined) return [x, y];
  return [x, y, Math.round((one[2] + (other[2] - one[2]) * share) * 100) / 100];
}

function copy([x, y, pressure]: InkPoint): [number, number, number?] {
  return pressure === undefined ? [x, y] : [x, y, pressure];
}
