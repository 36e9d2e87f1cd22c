import { PAGE_HEIGHT, PAGE_WIDTH, type Point } from "../wire/words.ts";
import { roundPoint, type Box } from "./shape.ts";

export interface View {
  x: number;
  y: number;
  zoom: number;
}

export const MOST_ZOOM = 8;

/** Which part of the page is seen, and how large. The board's coordinates never change. */
export class Lens implements View {
  zoom = 1;
  /** The board's coordinates in the upper left corner. */
  x = 0;
  y = 0;
  /** CSS pixels of a board unit when the whole page is seen. */
  fit = 1;

  get unit(): number {
    return this.fit * this.zoom;
  }

  get seen(): Box {
    return { x0: this.x, y0: this.y, x1: this.x + PAGE_WIDTH / this.zoom, y1: this.y + PAGE_HEIGHT / this.zoom };
  }

  /** CSS pixels from the sheet's corner, as a place on the page. */
  locate(left: number, top: number): Point {
    const x = Math.max(0, Math.min(PAGE_WIDTH, this.x + left / this.unit));
    const y = Math.max(0, Math.min(PAGE_HEIGHT, this.y + top / this.unit));
    return roundPoint(x, y);
  }

  /** A place on the page in CSS pixels from the sheet's corner. */
  place([x, y]: readonly [number, number, number?]): Point {
    return [(x - this.x) * this.unit, (y - this.y) * this.unit];
  }

  set(view: View): void {
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, view.zoom));
    this.x = Math.max(0, Math.min(PAGE_WIDTH * (1 - 1 / this.zoom), view.x));
    this.y = Math.max(0, Math.min(PAGE_HEIGHT * (1 - 1 / this.zoom), view.y));
  }

  /** What lies under these pixels stays there. */
  zoomAt(left: number, top: number, factor: number): void {
    const [x, y] = [this.x + left / this.unit, this.y + top / this.unit];
    const zoom = Math.max(1, Math.min(MOST_ZOOM, this.zoom * factor));
    this.set({ zoom, x: x - left / (this.fit * zoom), y: y - top / (this.fit * zoom) });
  }

  pan(left: number, top: number): void {
    this.set({ zoom: this.zoom, x: this.x - left / this.unit, y: this.y - top / this.unit });
  }

  reset(): void {
    this.set({ zoom: 1, x: 0, y: 0 });
  }
}
