import { drawInk, prepareInk, type Ink } from "./ink.ts";

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

  constructor() {
    this.element.className = "board-layer board-layer-upper";
    this.element.hidden = true;
  }

  draw(inks: readonly Ink[], scale: number): void {
    this.place(findExtent(inks, scale));
    if (this.extent === null) return;
    const { left, top } = this.extent;
    const pen = prepareInk(this.element, scale, left, top);
    for (const ink of inks) drawInk(pen, ink);
  }

  /** Moved or resized only when it must be: both empty the canvas and allocate anew. */
  private place(extent: Extent | null): void {
    const before = this.extent;
    this.extent = extent;
    this.element.hidden = extent === null;
    if (extent === null || (before !== null && isSame(before, extent))) return;
    this.element.width = extent.width;
    this.element.height = extent.height;
    const { style } = this.element;
    style.inlineSize = `${extent.width / devicePixelRatio}px`;
    style.blockSize = `${extent.height / devicePixelRatio}px`;
    style.transform = `translate(${extent.left / devicePixelRatio}px, ${extent.top / devicePixelRatio}px)`;
  }
}

/** The box around all of `inks`, widened to whole steps so that a growing stroke seldom needs another. */
export function findExtent(inks: readonly Ink[], scale: number): Extent | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points, width } of inks) {
    const reach = width / 2 + 1;
    for (const [x, y] of points) {
      left = Math.min(left, x - reach);
      top = Math.min(top, y - reach);
      right = Math.max(right, x + reach);
      bottom = Math.max(bottom, y + reach);
    }
  }
  if (left > right) return null;
  const [x, y] = [floor(left * scale), floor(top * scale)];
  return { left: x, top: y, width: floor(right * scale) + STEP - x, height: floor(bottom * scale) + STEP - y };
}

function floor(pixels: number): number {
  return Math.max(0, Math.floor(pixels / STEP) * STEP);
}

function isSame(one: Extent, other: Extent): boolean {
  return (
    one.left === other.left && one.top === other.top && one.width === other.width && one.height === other.height
  );
}
