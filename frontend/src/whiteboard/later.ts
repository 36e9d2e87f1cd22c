/** What was added when the lesson was over: a layer of its own that shines, and can be left out. */
import { inkLine } from "./packed_ink.ts";
import { lineOf, tracePath } from "./path.ts";
import { coreOf, type Shape } from "./shape.ts";

/** `whiteboard/drawing/marks.py` draws the same light. */
export const HALO = 5;
const LIGHT = "#ffdf80";
const later = new WeakSet<object>();

/** Before anything asks for its box, which is larger with the light. */
export function markLater<Value extends object>(shape: Value): Value {
  later.add(shape);
  return shape;
}

export function isLater(shape: object): boolean {
  return later.has(shape);
}

/** Behind the shape. It darkens paper and leaves ink as it is; twice is not darker than once. */
export function drawHalo(pen: CanvasRenderingContext2D, shape: Shape): void {
  pen.save();
  pen.globalCompositeOperation = "darken";
  pen.strokeStyle = LIGHT;
  pen.lineWidth = ("width" in shape ? shape.width : 0) + 2 * HALO;
  pen.beginPath();
  if ("points" in shape) tracePath(pen, inkLine(shape));
  else if ("from" in shape) tracePath(pen, lineOf([shape.from, shape.to]));
  else {
    const { x0, y0, x1, y1 } = coreOf(shape);
    pen.rect(x0, y0, x1 - x0, y1 - y0);
  }
  pen.stroke();
  pen.restore();
}
