import type { Point } from "../wire/words.ts";
import type { Act, Press } from "./act.ts";
import { AreaEraserAct, EraserAct, InkAct, LaserAct, PanAct, pointOf, ShapeAct } from "./acts.ts";
import type { Hand } from "./gesture.ts";
import { isShapeTool } from "./kit.ts";
import { beginSelecting } from "./select_acts.ts";
import type { Workbench } from "./workbench.ts";

const POINT_MS = 80;

/** What a pointer on the sheet does with the chosen tool. */
export class BoardHand implements Hand {
  act: Act | null = null;
  private pointedAt = 0;

  constructor(private readonly bench: Workbench) {}

  get mayLook(): boolean {
    return this.bench.looking.mayLook;
  }

  get isZoomed(): boolean {
    return this.bench.looking.isZoomed;
  }

  begin(event: PointerEvent): boolean {
    const { bench } = this;
    if (bench.writer.isOpen) {
      bench.writer.finish();
      return false;
    }
    const press = this.read(event);
    this.act = bench.session.mayDraw && bench.session.page !== "" ? this.choose(press) : this.isZoomed && this.mayLook ? new PanAct(press, bench.looking) : null;
    bench.refresh();
    return this.act !== null;
  }

  move(events: readonly PointerEvent[]): void {
    this.act?.move(events.map((event) => this.read(event)));
    this.bench.refresh();
  }

  finish(): void {
    const { act } = this;
    this.act = null;
    act?.finish();
    this.bench.refresh();
  }

  cancel(): void {
    const { act } = this;
    this.act = null;
    act?.cancel();
    this.bench.refresh();
  }

  /** Others see where a mouse or a pen that may draw hovers. */
  hover(event: PointerEvent): void {
    const { session, canvas } = this.bench;
    const now = performance.now();
    if (event.pointerType === "touch" || !session.mayDraw || now - this.pointedAt < POINT_MS) return;
    this.pointedAt = now;
    session.point("pointer", session.page, canvas.locate(event));
  }

  pan(left: number, top: number): void {
    this.bench.looking.pan(left, top);
  }

  zoom(clientX: number, clientY: number, factor: number): void {
    const box = this.bench.sheet.getBoundingClientRect();
    this.bench.looking.zoomAt(clientX - box.left, clientY - box.top, factor);
  }

  private choose(press: Press): Act | null {
    const { bench } = this;
    const { tool } = bench.kit;
    if (tool === "select") return beginSelecting(bench, press);
    bench.selection.clear();
    if (tool === "pen" || tool === "highlighter") return new InkAct(bench, tool, press);
    if (tool === "eraser") return new EraserAct(bench, press);
    if (tool === "area_eraser") return new AreaEraserAct(bench, press);
    if (isShapeTool(tool)) return new ShapeAct(bench, tool, press);
    if (tool === "laser") return new LaserAct(bench, (point: Point) => bench.shine(point), press);
    this.write(press);
    return null;
  }

  /** A press on a text opens it; anywhere else begins another one. */
  private write(press: Press): void {
    const hit = this.bench.selection.topmost(pointOf(press), 2);
    if (hit?.kind === "text") this.bench.edit(hit, "press");
    else this.bench.writeAt(press.point, "press");
  }

  private read(event: PointerEvent): Press {
    const [x, y] = this.bench.canvas.locate(event);
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? Math.round(event.pressure * 100) / 100 : undefined;
    const handle = event.target instanceof HTMLElement ? (event.target.dataset["handle"] ?? null) : null;
    return {
      point: pressure === undefined ? [x, y] : [x, y, pressure],
      left: event.clientX,
      top: event.clientY,
      isShifted: event.shiftKey,
      isTouch: event.pointerType === "touch",
      handle,
    };
  }
}
