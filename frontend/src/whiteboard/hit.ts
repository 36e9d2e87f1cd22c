import type { InkItem, InkPoint, Point } from "../wire/words.ts";

interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const boxes = new WeakMap<InkItem, Box>();

/** Does the eraser, moved from `from` to `to`, come within `reach` of the ink? */
export function touchesInk(item: InkItem, from: Point, to: Point, reach: number): boolean {
  const distance = reach + item.width / 2;
  if (!isNearBox(boxOf(item), from, to, distance)) return false;
  const { points } = item;
  const [only] = points;
  if (points.length === 1 && only !== undefined) return distanceToSegment(only, from, to) <= distance;
  return points.some((point, index) => {
    const following = points[index + 1];
    return following !== undefined && distanceBetween(point, following, from, to) <= distance;
  });
}

function boxOf(item: InkItem): Box {
  const known = boxes.get(item);
  if (known !== undefined) return known;
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const [x, y] of item.points) {
    box.x0 = Math.min(box.x0, x);
    box.y0 = Math.min(box.y0, y);
    box.x1 = Math.max(box.x1, x);
    box.y1 = Math.max(box.y1, y);
  }
  boxes.set(item, box);
  return box;
}

function isNearBox(box: Box, from: Point, to: Point, distance: number): boolean {
  return (
    Math.max(from[0], to[0]) >= box.x0 - distance &&
    Math.min(from[0], to[0]) <= box.x1 + distance &&
    Math.max(from[1], to[1]) >= box.y0 - distance &&
    Math.min(from[1], to[1]) <= box.y1 + distance
  );
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

function distanceToSegment(point: InkPoint, from: InkPoint, to: InkPoint): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((point[0] - from[0]) * dx + (point[1] - from[1]) * dy) / length;
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(point[0] - from[0] - t * dx, point[1] - from[1] - t * dy);
}
