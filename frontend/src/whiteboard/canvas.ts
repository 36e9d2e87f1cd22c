import { PAGE_HEIGHT, PAGE_WIDTH, type Background, type Point } from "../wire/words.ts";
import { Lens } from "./lens.ts";
import { Picture } from "./picture.ts";
import type { Pictures } from "./pictures.ts";
import type { Box, Shape } from "./shape.ts";
import { UpperLayer } from "./upper.ts";

/** Where the picture comes from. */
export interface Scene {
  page(): string;
  background(page: string): Background | null;
  /** Settled shapes that touch the box, from the lowest to the highest. */
  find(page: string, box: Box): readonly Shape[];
  /** What moves or waits, above all that is settled. */
  upper(page: string): readonly Shape[];
}

const PICTURES_KEPT = 4;
/** How long a frame may paint while a hand or an eye moves: the rest of its 16 ms is the browser's. */
const BUDGET_MS = 7;
/** And while nothing else happens: a page that has just come is there sooner. */
const CALM_BUDGET_MS = 30;
/** And while there is nothing to be seen yet: nobody has anything to hold on to. */
const FIRST_BUDGET_MS = 100;
/** A still eye is given the sharp picture. */
const SHARPEN_MS = 120;

interface Detail extends Picture {
  readonly view: { x: number; y: number; zoom: number };
}

/**
 * Three layers. Lowest, one picture of each page as it is when all of it is seen: drawn once, added to, and
 * stretched while somebody zooms. Above it, when they stop, a sharp picture of the part that is seen. On top, what
 * still moves, redrawn at most once a frame.
 */
export class BoardCanvas {
  readonly lens = new Lens();
  private readonly pages = new Map<string, Picture>();
  private readonly plane = document.createElement("div");
  private readonly upper: UpperLayer;
  private shown: Picture | null = null;
  private detail: Detail | null = null;
  private coming: Detail | null = null;
  private movedAt = -Infinity;
  private frame = 0;
  private ratio = devicePixelRatio;

  constructor(
    private readonly sheet: HTMLElement,
    private readonly scene: Scene,
    private readonly pictures: Pictures,
    /** Told with every frame: what lies on the sheet as elements follows. */
    private readonly drawn: () => void,
  ) {
    this.upper = new UpperLayer(pictures);
    this.plane.className = "board-plane";
    sheet.append(this.plane, this.upper.element);
    new ResizeObserver(() => this.fit()).observe(sheet);
    this.fit();
  }

  /** The place of a pointer, in the board's coordinates. */
  locate(event: { clientX: number; clientY: number }): Point {
    const box = this.sheet.getBoundingClientRect();
    return this.lens.locate(event.clientX - box.left, event.clientY - box.top);
  }

  /** Something settled that belongs on top of its page. */
  addOnTop(shape: Shape): void {
    this.pages.get(shape.page)?.addOnTop(shape);
    if (shape.page === this.scene.page()) for (const picture of this.details()) picture.addOnTop(shape);
    this.refresh();
  }

  /** These parts of a page look different now. */
  repaint(page: string, boxes: Iterable<Box>): void {
    const pictures = [this.pages.get(page), ...(page === this.scene.page() ? this.details() : [])];
    for (const box of boxes) for (const picture of pictures) picture?.repaint(box);
    this.refresh();
  }

  forgetAll(): void {
    for (const [page, picture] of this.pages) {
      if (picture === this.shown) picture.repaintAll();
      else this.pages.delete(page);
    }
    for (const picture of this.details()) picture.repaintAll();
    this.refresh();
  }

  /** Another part of the page is seen. */
  moved(): void {
    this.movedAt = performance.now();
    this.refresh();
  }

  refresh(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private details(): Detail[] {
    return [this.detail, this.coming].filter((picture) => picture !== null);
  }

  private get sheetPixels(): { width: number; height: number } {
    const unit = this.lens.fit * this.ratio;
    return { width: Math.round(PAGE_WIDTH * unit), height: Math.round(PAGE_HEIGHT * unit) };
  }

  private fit(): void {
    if (this.sheet.clientWidth === 0) return;
    this.lens.fit = this.sheet.clientWidth / PAGE_WIDTH;
    this.ratio = devicePixelRatio;
    this.pages.clear();
    this.shown?.canvas.remove();
    this.shown = null;
    this.dropDetail();
    this.draw();
  }

  private draw(): void {
    this.show(this.scene.page());
    const shapes = this.scene.upper(this.scene.page());
    const isCalm = shapes.length === 0 && performance.now() - this.movedAt > 2 * SHARPEN_MS;
    const isFirst = this.shown?.isFirst ?? false;
    const deadline = performance.now() + (!isCalm ? BUDGET_MS : isFirst ? FIRST_BUDGET_MS : CALM_BUDGET_MS);
    const isDone = this.shown?.work(deadline) ?? true;
    const isSharp = this.sharpen(deadline);
    this.place();
    const aim = { scale: this.lens.unit * this.ratio, left: this.lens.x * this.lens.unit * this.ratio, top: this.lens.y * this.lens.unit * this.ratio };
    this.upper.draw(shapes, aim, this.sheetPixels);
    this.drawn();
    if (!isDone || !isSharp) this.refresh();
  }

  private show(page: string): void {
    const picture = this.pictureOf(page);
    if (picture === this.shown) return;
    this.shown?.canvas.remove();
    this.plane.prepend(picture.canvas);
    this.shown = picture;
    this.dropDetail();
  }

  private pictureOf(page: string): Picture {
    const known = this.pages.get(page);
    if (known !== undefined) return known;
    this.makeRoom();
    const aim = { scale: this.lens.fit * this.ratio, left: 0, top: 0 };
    const { width, height } = this.sheetPixels;
    const picture = new Picture(this.sourceOf(page), this.pictures, aim, width, height);
    this.pages.set(page, picture);
    return picture;
  }

  private sourceOf(page: string) {
    return { background: () => this.scene.background(page), find: (box: Box) => this.scene.find(page, box) };
  }

  private makeRoom(): void {
    for (const [page, picture] of this.pages) {
      if (this.pages.size < PICTURES_KEPT) return;
      if (picture !== this.shown) this.pages.delete(page);
    }
  }

  /** The sharp picture is painted beside the one that is shown and takes its place when it is done. */
  private sharpen(deadline: number): boolean {
    const { x, y, zoom } = this.lens;
    if (zoom === 1) {
      this.dropDetail();
      return true;
    }
    const isStill = performance.now() - this.movedAt > SHARPEN_MS;
    if (isStill && !isAt(this.coming ?? this.detail, this.lens)) this.coming = this.aimDetail({ x, y, zoom });
    this.detail?.work(deadline);
    if (this.coming?.work(deadline) === true) {
      this.detail?.canvas.remove();
      this.detail = this.coming;
      this.coming = null;
      this.plane.append(this.detail.canvas);
    }
    return this.coming === null && (this.detail?.isDone ?? true) && isAt(this.detail, this.lens);
  }

  private aimDetail(view: Detail["view"]): Detail {
    const scale = this.lens.fit * view.zoom * this.ratio;
    const aim = { scale, left: Math.round(view.x * scale), top: Math.round(view.y * scale) };
    const { width, height } = this.sheetPixels;
    const picture = new Picture(this.sourceOf(this.scene.page()), this.pictures, aim, width, height);
    return Object.assign(picture, { view });
  }

  private dropDetail(): void {
    this.detail?.canvas.remove();
    this.detail = this.coming = null;
  }

  private place(): void {
    const { lens } = this;
    if (this.shown !== null) {
      moveCanvas(this.shown.canvas, -lens.x * lens.unit, -lens.y * lens.unit, lens.zoom);
      // Enlarged, its blurred edges would stand out all around the sharp ones.
      this.shown.canvas.style.visibility = this.detail?.isDone === true && isAt(this.detail, lens) ? "hidden" : "";
    }
    if (this.detail === null) return;
    const { x, y, zoom } = this.detail.view;
    moveCanvas(this.detail.canvas, (x - lens.x) * lens.unit, (y - lens.y) * lens.unit, lens.zoom / zoom);
  }
}

function isAt(detail: Detail | null, { x, y, zoom }: Lens): boolean {
  return detail !== null && detail.view.x === x && detail.view.y === y && detail.view.zoom === zoom;
}

function moveCanvas(canvas: HTMLCanvasElement, left: number, top: number, scale: number): void {
  const transform = left === 0 && top === 0 && scale === 1 ? "" : `translate(${left}px, ${top}px) scale(${scale})`;
  if (canvas.style.transform !== transform) canvas.style.transform = transform;
}
