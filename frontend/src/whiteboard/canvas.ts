import { PAGE_HEIGHT, PAGE_WIDTH, type Point } from "../wire/words.ts";
import { aimPen, drawInk, prepareInk, type Ink } from "./ink.ts";
import { roundPoint } from "./path.ts";
import { UpperLayer } from "./upper.ts";

/** Where the picture comes from. */
export interface InkSource {
  page(): string;
  settled(page: string): readonly Ink[];
  upper(page: string): readonly Ink[];
}

const PICTURES_KEPT = 4;

/**
 * Two layers. Below, one picture per page of what is settled, drawn once and only added to; above, what still
 * moves, redrawn at most once a frame.
 */
export class BoardCanvas {
  private readonly pictures = new Map<string, HTMLCanvasElement>();
  private readonly upper = new UpperLayer();
  private shown: HTMLCanvasElement | null = null;
  private scale = 1;
  private frame = 0;

  constructor(
    private readonly sheet: HTMLElement,
    private readonly source: InkSource,
  ) {
    sheet.append(this.upper.element);
    new ResizeObserver(() => this.fit()).observe(sheet);
    this.fit();
  }

  /** The sheet's place on the screen, turned into the board's coordinates. */
  locate(event: PointerEvent): Point {
    const box = this.sheet.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * PAGE_WIDTH;
    const y = ((event.clientY - box.top) / box.height) * PAGE_HEIGHT;
    return roundPoint(clamp(x, PAGE_WIDTH), clamp(y, PAGE_HEIGHT));
  }

  /** Settled ink that belongs on top of its page. */
  addOnTop(ink: Ink): void {
    const picture = this.pictures.get(ink.page);
    if (picture !== undefined) drawInk(aimPen(picture, this.scale), ink);
    this.refresh();
  }

  /** Something below changed: the page is drawn anew when it is next seen. */
  forget(page: string): void {
    if (this.pictures.get(page) !== this.shown || this.shown === null) this.pictures.delete(page);
    else this.shown.dataset["stale"] = "";
    this.refresh();
  }

  forgetAll(): void {
    for (const page of [...this.pictures.keys()]) this.forget(page);
    this.refresh();
  }

  refresh(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private fit(): void {
    const width = Math.round(this.sheet.clientWidth * devicePixelRatio);
    if (width === 0) return;
    this.scale = width / PAGE_WIDTH;
    for (const picture of this.pictures.values()) picture.remove();
    this.pictures.clear();
    this.shown = null;
    this.draw();
  }

  private draw(): void {
    const page = this.source.page();
    this.show(page);
    this.upper.draw(this.source.upper(page), this.scale);
  }

  private show(page: string): void {
    const picture = this.pictureOf(page);
    if (picture === this.shown) return;
    this.shown?.remove();
    this.sheet.prepend(picture);
    this.shown = picture;
  }

  private pictureOf(page: string): HTMLCanvasElement {
    const known = this.pictures.get(page);
    if (known !== undefined) {
      if ("stale" in known.dataset) this.paint(known, page);
      return known;
    }
    this.makeRoom();
    const picture = document.createElement("canvas");
    picture.className = "board-layer";
    size(picture, this.scale);
    this.paint(picture, page);
    this.pictures.set(page, picture);
    return picture;
  }

  private makeRoom(): void {
    for (const [page, picture] of this.pictures) {
      if (this.pictures.size < PICTURES_KEPT) return;
      if (picture !== this.shown) this.pictures.delete(page);
    }
  }

  private paint(picture: HTMLCanvasElement, page: string): void {
    delete picture.dataset["stale"];
    const pen = prepareInk(picture, this.scale);
    for (const ink of this.source.settled(page)) drawInk(pen, ink);
  }
}

function size(canvas: HTMLCanvasElement, scale: number): void {
  canvas.width = Math.round(PAGE_WIDTH * scale);
  canvas.height = Math.round(PAGE_HEIGHT * scale);
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}
