import { makeId } from "../common/identity.ts";
import type { ItemAdd, Point } from "../wire/words.ts";
import type { Act, Desk, Press } from "./act.ts";
import { cutInk, type Pieces } from "./cut.ts";
import { touches } from "./hit.ts";
import type { ShapeTool } from "./kit.ts";
import { PenStroke } from "./pen.ts";
import { boxAround, boxBetween, doOverlap, boxOf, growBox, isInkShape, roundPoint, type Figure, type Ink, type Shape } from "./shape.ts";

const REACH = 9;
const AREA_RADIUS = 16;
const TINY = 3;
/** For so long a finger may turn out to be the first of two. */
const FINGER_MS = 120;

/** Staff who look at somebody's answer write on it. */
function layerOf({ session }: Desk): { layer?: string } {
  return session.you.may_manage && session.shownLayer !== "" ? { layer: session.shownLayer } : {};
}

export class InkAct implements Act {
  private stroke: PenStroke;

  constructor(
    private readonly desk: Desk,
    kind: Ink["kind"],
    first: Press,
  ) {
    this.stroke = this.begin(kind, desk.session.page, first.isTouch ? FINGER_MS : 0);
    this.stroke.add(first.point);
  }

  get shapes(): readonly Shape[] {
    return [this.stroke];
  }

  move(presses: readonly Press[]): void {
    for (const { point } of presses) {
      this.stroke.add(point);
      if (!this.stroke.isFull) continue;
      this.stroke.finish();
      this.stroke = this.begin(this.stroke.kind, this.stroke.page, 0);
      this.stroke.add(point);
    }
  }

  finish(): void {
    this.stroke.finish();
  }

  cancel(): void {
    this.stroke.drop();
  }

  private begin(kind: Ink["kind"], page: string, quietMs: number): PenStroke {
    const { session, kit } = this.desk;
    return new PenStroke(session, page, { kind, colour: kit.colour, width: kit.lineWidth }, quietMs, layerOf(this.desk).layer);
  }
}

/** Line, arrow, rectangle or ellipse between two corners; Shift makes it straight or square. */
export class ShapeAct implements Act {
  private readonly id = makeId();
  private readonly page: string;
  private item: ItemAdd;
  private far = 0;

  constructor(
    private readonly desk: Desk,
    private readonly tool: ShapeTool,
    private readonly first: Press,
  ) {
    this.page = desk.session.page;
    this.item = this.between(pointOf(first), pointOf(first));
  }

  get shapes(): readonly Shape[] {
    return this.far < TINY ? [] : [this.item];
  }

  move(presses: readonly Press[]): void {
    const last = presses.at(-1);
    if (last === undefined) return;
    const [from, raw] = [pointOf(this.first), pointOf(last)];
    const to = last.isShifted ? straighten(this.tool, from, raw) : raw;
    this.far = Math.hypot(to[0] - from[0], to[1] - from[1]);
    this.item = this.between(from, to);
  }

  finish(): void {
    if (this.far >= TINY) this.desk.session.addItem(this.id, this.item);
  }

  cancel(): void {
    this.far = 0;
  }

  private between(from: Point, to: Point): ItemAdd {
    return { ...makeShape(this.tool, this.page, this.desk.kit, from, to), ...layerOf(this.desk) };
  }
}

export function makeShape(tool: ShapeTool, page: string, { ink, width, fill }: { ink: string; width: number; fill: string | null }, from: Point, to: Point): ItemAdd {
  if (tool === "line" || tool === "arrow") return { kind: tool, page, colour: ink, width, from, to };
  return { kind: tool, page, colour: ink, width, fill, box: boxBetween(from, to) };
}

/** Lines go to the nearest eighth of a turn; frames become squares and circles. */
export function straighten(tool: ShapeTool, from: Point, to: Point): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  if (tool === "line" || tool === "arrow") {
    const turn = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4;
    const far = Math.hypot(dx, dy);
    return roundPoint(from[0] + far * Math.cos(turn), from[1] + far * Math.sin(turn));
  }
  const side = Math.max(Math.abs(dx), Math.abs(dy));
  return roundPoint(from[0] + (dx < 0 ? -side : side), from[1] + (dy < 0 ? -side : side));
}

/** Everything that one pull touched goes in one edit, so one undo brings it back. */
export class EraserAct implements Act {
  readonly hidden = new Set<string>();
  private last: Point;

  constructor(
    private readonly desk: Desk,
    first: Press,
  ) {
    this.last = pointOf(first);
    this.pull(this.last);
  }

  move(presses: readonly Press[]): void {
    for (const press of presses) this.pull(pointOf(press));
  }

  finish(): void {
    if (this.hidden.size > 0) this.desk.session.eraseItems([...this.hidden]);
  }

  cancel(): void {
    this.hidden.clear();
  }

  private pull(to: Point): void {
    for (const figure of this.desk.selection.near(growBox(boxAround([this.last, to]), REACH))) {
      if (!this.hidden.has(figure.id) && touches(figure, this.last, to, REACH)) this.hidden.add(figure.id);
    }
    this.last = to;
  }
}

/** Rubs out what lies under it; what is left of each stroke stays. */
export class AreaEraserAct implements Act {
  readonly hidden = new Set<string>();
  private readonly cut = new Map<string, { source: Figure & Ink; pieces: Pieces }>();
  private last: Point;

  constructor(
    private readonly desk: Desk,
    first: Press,
  ) {
    this.last = pointOf(first);
    this.rub(this.last);
  }

  get shapes(): readonly Shape[] {
    return [...this.cut.values()].flatMap(({ source, pieces }) => pieces.map((points) => ({ ...inkOf(source), points })));
  }

  move(presses: readonly Press[]): void {
    for (const press of presses) this.rub(pointOf(press));
  }

  finish(): void {
    const sources = [...this.cut].map(([id, { pieces }]) => [id, pieces] as const);
    if (sources.length > 0) this.desk.session.divideItems(new Map(sources));
  }

  cancel(): void {
    this.hidden.clear();
    this.cut.clear();
  }

  private rub(to: Point): void {
    const way = growBox(boxAround([this.last, to]), AREA_RADIUS);
    for (const figure of this.desk.selection.near(way)) {
      if (!isInkShape(figure) || !doOverlap(boxOf(figure), way)) continue;
      const before = this.cut.get(figure.id)?.pieces ?? [figure.points];
      const pieces = cutInk(before, this.last, to, AREA_RADIUS + figure.width / 2);
      if (pieces === null) continue;
      this.cut.set(figure.id, { source: figure, pieces });
      this.hidden.add(figure.id);
    }
    this.last = to;
  }
}

function inkOf({ kind, page, colour, width, points }: Ink): Ink {
  return { kind, page, colour, width, points };
}

const TELL_MS = 45;

export class LaserAct implements Act {
  private toldAt = 0;

  constructor(
    private readonly desk: Desk,
    private readonly trail: (point: Point) => void,
    first: Press,
  ) {
    this.move([first]);
  }

  move(presses: readonly Press[]): void {
    for (const press of presses) this.trail(pointOf(press));
    const [last, now] = [presses.at(-1), performance.now()];
    if (last === undefined || now - this.toldAt < TELL_MS) return;
    this.toldAt = now;
    this.desk.session.point("laser", this.desk.session.page, pointOf(last));
  }

  finish(): void {}

  cancel(): void {}
}

export class PanAct implements Act {
  constructor(
    private last: Press,
    private readonly page: { pan(left: number, top: number): void },
  ) {}

  move(presses: readonly Press[]): void {
    const now = presses.at(-1);
    if (now === undefined) return;
    this.page.pan(now.left - this.last.left, now.top - this.last.top);
    this.last = now;
  }

  finish(): void {}

  cancel(): void {}
}

export function pointOf({ point }: Press): Point {
  return [point[0], point[1]];
}
