import { makeId } from "../common/identity.ts";
import { MAX_POINTS, type ItemAdd, type Point, type StrokeExtend } from "../wire/words.ts";
import type { Ink } from "./ink.ts";

export interface PenPort {
  extendStroke(stroke: StrokeExtend): void;
  addItem(id: string, item: ItemAdd): void;
}

const EXTEND_MS = 40;
const SMALLEST_STEP = 0.8;

/** A stroke while it is drawn: told live at most 25 times a second, told whole when it ends. */
export class PenStroke implements Ink {
  readonly id = makeId();
  readonly points: Point[] = [];
  private readonly startedAt = Date.now();
  private told = 0;
  private timer = 0;

  constructor(
    private readonly port: PenPort,
    readonly page: string,
    readonly colour: string,
    readonly width: number,
  ) {}

  get isFull(): boolean {
    return this.points.length >= MAX_POINTS;
  }

  add(point: Point): void {
    const last = this.points.at(-1);
    if (last !== undefined && Math.hypot(point[0] - last[0], point[1] - last[1]) < SMALLEST_STEP) return;
    this.points.push(point);
    if (this.timer === 0) this.tell();
  }

  finish(): void {
    clearTimeout(this.timer);
    const { page, colour, width, points } = this;
    const duration_ms = Date.now() - this.startedAt;
    this.port.addItem(this.id, { kind: "pen", page, colour, width, points, duration_ms });
  }

  private tell(): void {
    const points = this.points.slice(this.told);
    this.timer = 0;
    if (points.length === 0) return;
    this.told = this.points.length;
    const { id, page, colour, width } = this;
    this.port.extendStroke({ stroke: id, page, colour, width, points, sent_at: Date.now() });
    this.timer = setTimeout(() => this.tell(), EXTEND_MS) as unknown as number;
  }
}
