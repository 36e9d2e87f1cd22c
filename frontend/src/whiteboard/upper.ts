import { drawShape } from "./drawing.ts";
import { aimPen, type Aim } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import { boxOf, type Box, type Shape } from "./shape.ts";

/** Device pixels from the sheet's upper left corner. */
export interface Extent {
  left: number;
  top: number;
  width: number;
  height: number;
}

const STEP = 64;

/**
 * What still moves: one canvas just large enough for it. A browser without a graphics card repaints all of a
 * canvas that changed, and here something changes with every movement of a pen.
 */
export class UpperLayer {
  readonly element = document.createElement("canvas");
  private extent: Extent | null = null;

  constructor(private readonly pictures: Pictures) {
    this.element.className = "board-layer board-layer-upper";
    this.element.hidden = true;
  }

  /** `sheet` is how many device pixels there are to see. */
  draw(shapes: readonly Shape[], aim: Aim, sheet: { width: number; height: number }): void {
    this.place(findExtent(shapes.map(boxOf), aim, sheet));
    if (this.extent === null) return;
    const pen = aimPen(this.element, { ...aim, left: aim.left + this.extent.left, top: aim.top + this.extent.top });
    for (const shape of shapes) drawShape(pen, shape, this.pictures);
  }

  /** Moved or resized only when it must be: both empty the canvas and allocate anew. */
  private place(extent: Extent | null): void {
    const before = this.extent;
    this.extent = extent;
    this.element.hidden = extent === null;
    if (extent === null) return;
    if (before !== null && isSame(before, extent)) return this.clear(extent);
    this.element.width = extent.width;
    this.element.height = extent.height;
    const { style } = this.element;
    style.inlineSize = `${extent.width / devicePixelRatio}px`;
    style.blockSize = `${extent.height / devicePixelRatio}px`;
    style.transform = `translate(${extent.left / devicePixelRatio}px, ${extent.top / devicePixelRatio}px)`;
  }

  private clear({ width, height }: Extent): void {
    aimPen(this.element, { scale: 1, left: 0, top: 0 }).clearRect(0, 0, width, height);
  }
}

/** The part of the sheet around all boxes, widened to whole steps so that a growing stroke seldom needs another. */
export function findExtent(boxes: readonly Box[], { scale, left, top }: Aim, sheet: { width: number; height: number }): Extent | null {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    if (box.x0 > box.x1) continue;
    x0 = Math.min(x0, box.x0 * scale - left);
    y0 = Math.min(y0, box.y0 * scale - top);
    x1 = Math.max(x1, box.x1 * scale - left);
    y1 = Math.max(y1, box.y1 * scale - top);
  }
  if (x0 >= sheet.width || y0 >= sheet.height || x1 <= 0 || y1 <= 0 || x0 > x1) return null;
  const [from, above] = [floor(x0), floor(y0)];
  return { left: from, top: above, width: ceil(x1, sheet.width) - from, height: ceil(y1, sheet.height) - above };
}

function floor(pixels: number): number {
  return Math.max(0, Math.floor(pixels / STEP) * STEP);
}

function ceil(pixels: number, most: number): number {
  return Math.min(Math.floor(pixels / STEP) * STEP + STEP, Math.ceil(most / STEP) * STEP);
}

function isSame(one: Extent, other: Extent): boolean {
  return (
    one.left === other.left && one.top === other.top && one.width === other.width && one.height === other.height
  );
}
