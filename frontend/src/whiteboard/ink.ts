import type { InkPoint } from "../wire/words.ts";
import { tracePath } from "./path.ts";

/** Anything that can be drawn: a settled stroke, a pending one, one that is growing. */
export interface Ink {
  page: string;
  colour: string;
  width: number;
  points: readonly InkPoint[];
}

/** A pen in the board's coordinates; the canvas begins at `left`, `top` device pixels of the sheet. */
export function aimPen(canvas: HTMLCanvasElement, scale: number, left = 0, top = 0): CanvasRenderingContext2D {
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("This browser has no canvas.");
  pen.setTransform(scale, 0, 0, scale, -left, -top);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  return pen;
}

/** The same on an empty canvas. */
export function prepareInk(canvas: HTMLCanvasElement, scale: number, left = 0, top = 0): CanvasRenderingContext2D {
  const pen = aimPen(canvas, scale, left, top);
  pen.save();
  pen.resetTransform();
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.restore();
  return pen;
}

export function drawInk(pen: CanvasRenderingContext2D, ink: Ink): void {
  pen.strokeStyle = ink.colour;
  pen.lineWidth = ink.width;
  pen.beginPath();
  tracePath(pen, ink.points);
  pen.stroke();
}
