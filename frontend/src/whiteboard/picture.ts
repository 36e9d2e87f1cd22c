import type { Background } from "../wire/words.ts";
import { drawBackground, drawShape } from "./drawing.ts";
import type { Pictures } from "./pictures.ts";
import { boxOf, doOverlap, uniteBoxes, type Box, type Shape } from "./shape.ts";

/** What is to be seen of one page, from the lowest to the highest. */
export interface PageSource {
  background(): Background | null;
  find(box: Box): readonly Shape[];
}

/** How a canvas lies on its page: device pixels of a board unit, and those left of and above it. */
export interface Aim {
  scale: number;
  left: number;
  top: number;
}

interface Task {
  box: Box;
  /** Asked for when its turn comes, so that it is the newest. */
  shapes: readonly Shape[] | null;
  next: number;
}

const LOOK_EVERY = 16;
const SEPARATE = 6;

export function aimPen(canvas: HTMLCanvasElement, { scale, left, top }: Aim): CanvasRenderingContext2D {
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("This browser has no canvas.");
  pen.setTransform(scale, 0, 0, scale, -left, -top);
  pen.lineCap = pen.lineJoin = "round";
  return pen;
}

/** One canvas of a page, painted piece by piece so that ten thousand strokes never hold up a hand. */
export class Picture {
  readonly canvas = document.createElement("canvas");
  /** It was never finished so far. */
  isFirst = true;
  private tasks: Task[] = [];

  constructor(
    private readonly source: PageSource,
    private readonly pictures: Pictures,
    readonly aim: Aim,
    width: number,
    height: number,
  ) {
    this.canvas.className = "board-layer";
    this.canvas.width = width;
    this.canvas.height = height;
    this.repaint(this.whole());
  }

  get isDone(): boolean {
    return this.tasks.length === 0;
  }

  /** Something in this box looks different. */
  repaint(box: Box): void {
    if (!doOverlap(box, this.whole())) return;
    this.tasks.push({ box, shapes: null, next: 0 });
    const waiting = this.tasks.filter((task) => task.shapes === null);
    if (waiting.length <= SEPARATE) return;
    const united = uniteBoxes(waiting.map((task) => task.box));
    this.tasks = this.tasks.filter((task) => task.shapes !== null);
    if (united !== null) this.tasks.push({ box: united, shapes: null, next: 0 });
  }

  repaintAll(): void {
    this.tasks = [];
    this.repaint(this.whole());
  }

  /** Something new that lies above everything else. */
  addOnTop(shape: Shape): void {
    if (this.isDone) drawShape(aimPen(this.canvas, this.aim), shape, this.pictures, 1 / this.aim.scale);
    else this.repaint(boxOf(shape));
  }

  /** Paints until it is done or the time is over; true when it is done. */
  work(deadline: number): boolean {
    let task = this.tasks[0];
    while (task !== undefined) {
      if (!this.carryOn(task, deadline)) return false;
      this.tasks.shift();
      if (performance.now() > deadline) break;
      task = this.tasks[0];
    }
    if (this.isDone) this.isFirst = false;
    return this.isDone;
  }

  private carryOn(task: Task, deadline: number): boolean {
    const pen = aimPen(this.canvas, this.aim);
    pen.save();
    const area = this.clip(pen, task.box);
    if (task.shapes === null) {
      this.clear(pen, area);
      task.shapes = this.source.find(area);
    }
    const { shapes } = task;
    for (; task.next < shapes.length; task.next += 1) {
      if (task.next % LOOK_EVERY === LOOK_EVERY - 1 && performance.now() > deadline) break;
      drawShape(pen, shapes[task.next] as Shape, this.pictures, 1 / this.aim.scale);
    }
    pen.restore();
    return task.next >= shapes.length;
  }

  private clear(pen: CanvasRenderingContext2D, area: Box): void {
    pen.clearRect(area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0);
    const background = this.source.background();
    if (background !== null) drawBackground(pen, background, this.pictures);
  }

  /** Whole device pixels: half a pixel cleared would leave a seam. */
  private clip(pen: CanvasRenderingContext2D, box: Box): Box {
    const { scale, left, top } = this.aim;
    const x0 = Math.max(0, Math.floor(box.x0 * scale - left));
    const y0 = Math.max(0, Math.floor(box.y0 * scale - top));
    const x1 = Math.min(this.canvas.width, Math.ceil(box.x1 * scale - left));
    const y1 = Math.min(this.canvas.height, Math.ceil(box.y1 * scale - top));
    const area = { x0: (x0 + left) / scale, y0: (y0 + top) / scale, x1: (x1 + left) / scale, y1: (y1 + top) / scale };
    pen.beginPath();
    pen.rect(area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0);
    pen.clip();
    return area;
  }

  private whole(): Box {
    const { scale, left, top } = this.aim;
    const { width, height } = this.canvas;
    return { x0: left / scale, y0: top / scale, x1: (left + width) / scale, y1: (top + height) / scale };
  }
}
