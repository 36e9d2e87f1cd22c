/** What can lie on a page, settled or not: its box, whether something touches it, and what moving it changes. */
import { HALO, isLater } from "./later.ts";
import { PackedInk } from "./packed_ink.ts";
import type { InkPoint, Item, ItemAdd, ItemPatch, Point } from "../wire/words.ts";

/** A pen stroke that is settled, waits for its answer, or is growing. */
export interface Ink {
  kind: "pen" | "highlighter";
  page: string;
  colour: string;
  width: number;
  points: readonly InkPoint[];
}

export type Shape = Ink | Exclude<ItemAdd, { kind: "pen" | "highlighter" }>;
/** A shape that somebody can take hold of. */
export type Figure = Item | (ItemAdd & { id: string });
export type Fields = Omit<ItemPatch, "id">;

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const boxes = new WeakMap<object, Box>();

export function isInkShape(shape: Shape): shape is Ink {
  return shape.kind === "pen" || shape.kind === "highlighter";
}

/** Everything that drawing the shape touches. A growing stroke is another box each time, a settled item is not. */
export function boxOf(shape: Shape): Box {
  if (shape instanceof PackedInk) return (shape.touched ??= measure(shape));
  const known = boxes.get(shape);
  if (known !== undefined) return known;
  const box = measure(shape);
  if ("seq" in shape) boxes.set(shape, box);
  return box;
}

function measure(shape: Shape): Box {
  return growBox(coreOf(shape), reachOf(shape) + (isLater(shape) ? HALO : 0));
}

/** The points or the frame alone, without the width of the line: what moving and resizing speak of. */
export function coreOf(shape: Shape): Box {
  switch (shape.kind) {
    case "pen":
    case "highlighter":
      return shape instanceof PackedInk ? shape.line.core : boxAround(shape.points);
    case "line":
    case "arrow":
      return boxAround([shape.from, shape.to]);
    default: {
      const [x, y, width, height] = shape.box;
      return { x0: x, y0: y, x1: x + width, y1: y + height };
    }
  }
}

function reachOf(shape: Shape): number {
  switch (shape.kind) {
    case "pen":
      return shape.width * 0.75 + 1;
    case "arrow":
      return headOf(shape.width) / 2 + shape.width;
    case "text":
      return shape.size / 2;
    case "image":
      return 1;
    default:
      return shape.width / 2 + 1;
  }
}

/** How long an arrow's head is; whiteboard/drawing draws the same one. */
export function headOf(width: number): number {
  return 10 + 3 * width;
}

export function boxAround(points: readonly InkPoint[]): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  // By index: a page that has just come has hundreds of thousands of points.
  for (let n = 0; n < points.length; n += 1) {
    const point = points[n] as InkPoint;
    const x = point[0];
    const y = point[1];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return { x0, y0, x1, y1 };
}

export function growBox({ x0, y0, x1, y1 }: Box, by: number): Box {
  return { x0: x0 - by, y0: y0 - by, x1: x1 + by, y1: y1 + by };
}

export function uniteBoxes(boxes: Iterable<Box>): Box | null {
  let whole: Box | null = null;
  for (const { x0, y0, x1, y1 } of boxes) {
    if (whole === null) whole = { x0, y0, x1, y1 };
    else {
      whole.x0 = Math.min(whole.x0, x0);
      whole.y0 = Math.min(whole.y0, y0);
      whole.x1 = Math.max(whole.x1, x1);
      whole.y1 = Math.max(whole.y1, y1);
    }
  }
  return whole;
}

export function doOverlap(one: Box, other: Box): boolean {
  return one.x0 <= other.x1 && one.x1 >= other.x0 && one.y0 <= other.y1 && one.y1 >= other.y0;
}

export function isInside(inner: Box, outer: Box): boolean {
  return inner.x0 >= outer.x0 && inner.x1 <= outer.x1 && inner.y0 >= outer.y0 && inner.y1 <= outer.y1;
}

/** What is different of a shape that lies somewhere else. */
export function shiftShape(shape: Shape, dx: number, dy: number): Fields {
  return placeShape(shape, ([x, y]) => [x + dx, y + dy]);
}

/** What is different of a shape when the frame around it becomes another one. Letters keep their proportions. */
export function stretchShape(shape: Shape, from: Box, to: Box, isCorner: boolean): Fields {
  const [wide, high] = [shareOf(from.x1 - from.x0, to.x1 - to.x0), shareOf(from.y1 - from.y0, to.y1 - to.y0)];
  const fields = placeShape(shape, ([x, y]) => [to.x0 + (x - from.x0) * wide, to.y0 + (y - from.y0) * high]);
  if (shape.kind !== "text" || !isCorner) return fields;
  return { ...fields, size: Math.round(Math.max(8, Math.min(200, shape.size * Math.abs(wide)))) };
}

function shareOf(before: number, after: number): number {
  return before < 0.5 ? 1 : after / before;
}

function placeShape(shape: Shape, place: (point: Point) => readonly [number, number]): Fields {
  const put = ([x, y]: InkPoint): Point => roundPoint(...place([x, y]));
  switch (shape.kind) {
    case "pen":
    case "highlighter":
      return { points: shape.points.map((point) => withPressure(put(point), point[2])) };
    case "line":
    case "arrow":
      return { from: put(shape.from), to: put(shape.to) };
    default: {
      const [x, y, width, height] = shape.box;
      return { box: boxBetween(put([x, y]), put([x + width, y + height])) };
    }
  }
}

function withPressure([x, y]: Point, pressure: number | undefined): [number, number, number?] {
  return pressure === undefined ? [x, y] : [x, y, pressure];
}

/** x, y, width and height of the frame with these two corners. */
export function boxBetween(one: Point, other: Point): [number, number, number, number] {
  const [x, y] = [Math.min(one[0], other[0]), Math.min(one[1], other[1])];
  const size = roundPoint(Math.abs(one[0] - other[0]), Math.abs(one[1] - other[1]));
  return [x, y, size[0], size[1]];
}

export function roundPoint(x: number, y: number): Point {
  return [round(x), round(y)];
}

function round(value: number): number {
  return Math.round(Math.max(-4096, Math.min(8192, value)) * 10) / 10;
}
