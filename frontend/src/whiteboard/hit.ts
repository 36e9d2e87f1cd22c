import type { InkPoint, Point } from "../wire/words.ts";
import { boxOf, doOverlap, growBox, boxAround, type Ink, type Shape } from "./shape.ts";

/** Does something, moved from `from` to `to`, come within `reach` of the shape? */
export function touches(shape: Shape, from: Point, to: Point, reach: number): boolean {
  if (!doOverlap(growBox(boxOf(shape), reach), boxAround([from, to]))) return false;
  switch (shape.kind) {
    case "pen":
    case "highlighter":
      return touchesInk(shape, from, to, reach);
    case "line":
    case "arrow":
      return distanceBetween(shape.from, shape.to, from, to) <= reach + shape.width / 2;
    case "rectangle":
      return touchesFrame(shape.box, from, to, reach + shape.width / 2) || (shape.fill !== null && isWithin(shape.box, to));
    case "ellipse":
      return touchesRing(shape.box, from, to, reach + shape.width / 2, shape.fill !== null);
    default:
      return isWithin(shape.box, to) || touchesFrame(shape.box, from, to, reach);
  }
}

/** Does the eraser, moved from `from` to `to`, come within `reach` of the ink? */
export function touchesInk({ points, width }: Ink, from: Point, to: Point, reach: number): boolean {
  const distance = reach + width / 2;
  const [only] = points;
  if (points.length === 1 && only !== undefined) return distanceToSegment(only, from, to) <= distance;
  return points.some((point, index) => {
    const following = points[index + 1];
    return following !== undefined && distanceBetween(point, following, from, to) <= distance;
  });
}

type Frame = readonly [number, number, number, number];

function isWithin([x, y, width, height]: Frame, point: Point): boolean {
  return point[0] >= x && point[0] <= x + width && point[1] >= y && point[1] <= y + height;
}

function touchesFrame([x, y, width, height]: Frame, from: Point, to: Point, distance: number): boolean {
  const corners: Point[] = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
  return corners.some((corner, index) => distanceBetween(corner, corners[(index + 1) % 4] ?? corner, from, to) <= distance);
}

/** The outline as straight pieces short enough that nobody feels them. */
function touchesRing([x, y, width, height]: Frame, from: Point, to: Point, distance: number, isFilled: boolean): boolean {
  const [cx, cy, rx, ry] = [x + width / 2, y + height / 2, width / 2, height / 2];
  if (isFilled && ((to[0] - cx) / Math.max(rx, 0.1)) ** 2 + ((to[1] - cy) / Math.max(ry, 0.1)) ** 2 <= 1) return true;
  const at = (step: number): Point => [cx + rx * Math.cos((step * Math.PI) / 16), cy + ry * Math.sin((step * Math.PI) / 16)];
  for (let step = 0; step < 32; step += 1) if (distanceBetween(at(step), at(step + 1), from, to) <= distance) return true;
  return false;
}

function distanceBetween(a: InkPoint, b: InkPoint, c: Point, d: Point): number {
  if (doCross(a, b, c, d)) return 0;
  return Math.min(
    distanceToSegment(a, c, d),
    distanceToSegment(b, c, d),
    distanceToSegment(c, a, b),
    distanceToSegment(d, a, b),
  );
}

function doCross(a: InkPoint, b: InkPoint, c: Point, d: Point): boolean {
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

function turn(a: InkPoint, b: InkPoint, c: InkPoint): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

export function distanceToSegment(point: InkPoint, from: InkPoint, to: InkPoint): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point[0] - from[0] - t * dx, point[1] - from[1] - t * dy);
}
