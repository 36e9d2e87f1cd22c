import { PAGE_HEIGHT, PAGE_WIDTH } from "../wire/words.ts";
import { Picture, type PageSource } from "./picture.ts";
import type { Pictures } from "./pictures.ts";

const WIDTH = 192;
const SLICE_MS = 5;
const PAUSE_MS = 30;
/** A page that somebody draws on is not drawn small with every stroke. */
const CALM_MS = 400;

/** A small picture of a page, painted when it is seen, a little at a time. */
export class Thumb {
  readonly element: HTMLCanvasElement;
  private readonly picture: Picture;
  private timer = 0;
  private isSeen = false;

  /** `width` in CSS pixels. */
  constructor(source: PageSource, pictures: Pictures, width = WIDTH) {
    const scale = (width / PAGE_WIDTH) * Math.min(2, devicePixelRatio);
    const [columns, rows] = [PAGE_WIDTH * scale, PAGE_HEIGHT * scale].map(Math.round) as [number, number];
    this.picture = new Picture(source, pictures, { scale, left: 0, top: 0 }, columns, rows);
    this.element = this.picture.canvas;
    this.element.className = "page-thumb";
    this.element.setAttribute("aria-hidden", "true");
    new IntersectionObserver((entries) => {
      this.isSeen = entries.some((entry) => entry.isIntersecting);
      if (this.isSeen) this.paint();
    }).observe(this.element);
  }

  /** Something on the page is different. */
  refresh(): void {
    if (this.timer !== 0) return;
    this.timer = after(CALM_MS, () => {
      this.timer = 0;
      this.picture.repaintAll();
      this.paint();
    });
  }

  private paint(): void {
    if (this.isSeen && !this.picture.work(performance.now() + SLICE_MS)) after(PAUSE_MS, () => this.paint());
  }
}

function after(ms: number, act: () => void): number {
  return setTimeout(act, ms) as unknown as number;
}
