import type { InkItem, InkPoint } from "../wire/words.ts";
import { lineOf, type Line } from "./path.ts";
import type { Box } from "./shape.ts";

export interface PackedLine extends Line {
  /** Around the points, without the width of the line. */
  readonly core: Box;
}

/** What strokes that came together share. */
export type Shared = Pick<InkItem, "author" | "page" | "layer" | "kind" | "colour" | "width">;

/**
 * A stroke as it came in bytes. A full page has half a million numbers: they stay in rows, and become points one by
 * one only for whoever changes them. `points` is no field of its own: who copies an item copies what `unpacked` gives.
 */
export class PackedInk {
  readonly author: string;
  readonly page: string;
  readonly layer: string;
  readonly kind: InkItem["kind"];
  readonly colour: string;
  readonly width: number;
  readonly #line: PackedLine;
  #points: InkPoint[] | null = null;
  #touched: Box | null = null;

  constructor(
    shared: Shared,
    readonly id: string,
    readonly seq: number,
    readonly order: number,
    readonly at: number,
    readonly duration_ms: number,
    line: PackedLine,
  ) {
    this.author = shared.author;
    this.page = shared.page;
    this.layer = shared.layer;
    this.kind = shared.kind;
    this.colour = shared.colour;
    this.width = shared.width;
    this.#line = line;
  }

  get line(): PackedLine {
    return this.#line;
  }

  /** Everything that drawing it touches, once somebody has asked. */
  get touched(): Box | null {
    return this.#touched;
  }

  set touched(box: Box | null) {
    this.#touched = box;
  }

  get points(): InkPoint[] {
    return (this.#points ??= pointsOf(this.#line));
  }

  toJSON(): object {
    return unpacked(this);
  }
}

function pointsOf({ row, from, count, pressures }: Line): InkPoint[] {
  return Array.from({ length: count }, (_, n): InkPoint => {
    const x = row[from + 2 * n] as number;
    const y = row[from + 2 * n + 1] as number;
    return pressures === null ? [x, y] : [x, y, pressures[from / 2 + n] as number];
  });
}

/** The same as an object like any other, with all its fields. */
export function unpacked<Value extends object>(figure: Value): Value {
  return figure instanceof PackedInk ? { ...figure, points: figure.points } : figure;
}

export function inkLine(ink: { points: readonly InkPoint[] }): Line {
  return ink instanceof PackedInk ? ink.line : lineOf(ink.points);
}
