import { makeId } from "../common/identity.ts";
import { MAX_POINTS, type InkPoint, type ItemAdd, type StrokeExtend } from "../wire/words.ts";
import type { Ink } from "./shape.ts";

export interface PenPort {
  extendStroke(stroke: StrokeExtend): void;
  addItem(id: string, item: ItemAdd): void;
}

export interface Nib {
  kind: Ink["kind"];
  colour: string;
  width: number;
}

const EXTEND_MS = 40;
const SMALLEST_STEP = 0.8;
/** How much of a pen's pressure is new with each point: hardware trembles. */
const NEW_PRESSURE = 0.4;

/** A stroke while it is drawn: told live at most 25 times a second, told whole when it ends. */
export class PenStroke implements Ink {
  readonly id = makeId();
  readonly points: [number, number, number?][] = [];
  readonly kind: Ink["kind"];
  readonly colour: string;
  readonly width: number;
  private readonly startedAt = Date.now();
  private told = 0;
  private timer = 0;

  /** `quietMs`: a finger may turn out to be the first of two, and what was told cannot be taken back. */
  constructor(
    private readonly port: PenPort,
    readonly page: string,
    { kind, colour, width }: Nib,
    quietMs = 0,
    private readonly layer = "",
  ) {
    this.kind = kind;
    this.colour = colour;
    this.width = width;
    if (quietMs > 0) this.timer = later(() => this.tell(), quietMs);
  }

  get isFull(): boolean {
    return this.points.length >= MAX_POINTS;
  }

  add(point: InkPoint): void {
    const last = this.points.at(-1);
    if (last !== undefined && Math.hypot(point[0] - last[0], point[1] - last[1]) < SMALLEST_STEP) return;
    const pressure = smooth(last?.[2], point[2]);
    this.points.push(pressure === undefined ? [point[0], point[1]] : [point[0], point[1], pressure]);
    if (this.timer === 0) this.tell();
  }

  finish(): void {
    clearTimeout(this.timer);
    const { kind, page, colour, width, points } = this;
    const duration_ms = Date.now() - this.startedAt;
    const layer = this.layer === "" ? {} : { layer: this.layer };
    this.port.addItem(this.id, { kind, page, colour, width, points, duration_ms, ...layer });
  }

  drop(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    const points = this.points.slice(this.told).map(([x, y]) => [x, y] as const);
    this.timer = 0;
    if (points.length === 0) return;
    this.told = this.points.length;
    const { id, page, kind, colour, width } = this;
    this.port.extendStroke({ stroke: id, page, kind, colour, width, points, sent_at: Date.now() });
    this.timer = later(() => this.tell(), EXTEND_MS);
  }
}

function later(act: () => void, ms: number): number {
  return setTimeout(act, ms) as unknown as number;
}

function smooth(before: number | undefined, now: number | undefined): number | undefined {
  if (now === undefined) return undefined;
  const value = before === undefined ? now : before + (now - before) * NEW_PRESSURE;
  return Math.round(value * 100) / 100;
}
