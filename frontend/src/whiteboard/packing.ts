/** Finished ink as bytes: the mirror of whiteboard/packing.py; both replay tests/transcripts/ink/*.json. */

import type { InkItem } from "../wire/words.ts";
import { PackedInk, type PackedLine, type Shared } from "./packed_ink.ts";
import type { Reader } from "./reader.ts";

const KINDS = ["pen", "highlighter"] as const;
const [WITH_LAYER, WITH_PRESSURE, AS_FACT] = [2, 4, 8] as const;
const [TENTHS, HUNDREDTHS, SIXTEENTHS] = [10, 100, 16] as const;

export interface Pack {
  ink: InkItem[];
  /** Each one is told as the `item.added` of its `seq`. */
  isFact: boolean;
}

/** The body of a record. */
export function readPack(reader: Reader): Pack {
  const flags = reader.byte();
  const [author, page] = [reader.uuid(), reader.uuid()];
  const layer = (flags & WITH_LAYER) === 0 ? "" : reader.uuid();
  const kind = KINDS[flags & 1] as InkItem["kind"];
  const colour = `#${reader.hex(3)}`;
  const shared: Shared = { author, page, layer, kind, colour, width: reader.varint() / SIXTEENTHS };
  const rows = new Rows(reader.left, (flags & WITH_PRESSURE) !== 0);
  const ink: InkItem[] = [];
  while (!reader.isDone) {
    const [id, seq] = [reader.uuid(), reader.zigzag()];
    const [order, at, duration_ms] = [seq + reader.zigzag(), reader.zigzag(), reader.varint()];
    ink.push(new PackedInk(shared, id, seq, order, at, duration_ms, rows.read(reader)) as InkItem);
  }
  return { ink, isFact: (flags & AS_FACT) !== 0 };
}

/** All points of a record, one stroke behind the other. */
class Rows {
  private readonly row: Float64Array;
  private readonly pressures: Float64Array | null;
  private readonly numbers: number;
  private steps = new Int32Array(512);
  private used = 0;

  /** No number has less than a byte. */
  constructor(bytes: number, isPressed: boolean) {
    this.row = new Float64Array(bytes);
    this.pressures = isPressed ? new Float64Array(bytes) : null;
    this.numbers = isPressed ? 3 : 2;
  }

  read(reader: Reader): PackedLine {
    const count = reader.varint();
    const { row, pressures, numbers, used: from } = this;
    if (this.steps.length < numbers * count) this.steps = new Int32Array(Math.min(numbers * count, reader.left));
    const { steps } = this;
    reader.zigzags(numbers * count, steps);
    this.used += 2 * count;
    let [x, y, pressure, length] = [0, 0, 0, 0];
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let n = 0, step = 0; n < count; n += 1, step += numbers) {
      const [across, down] = [steps[step] as number, steps[step + 1] as number];
      if (n > 0) length += Math.abs(across) + Math.abs(down);
      x += across;
      y += down;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
      row[from + 2 * n] = x / TENTHS;
      row[from + 2 * n + 1] = y / TENTHS;
      if (pressures !== null) pressures[from / 2 + n] = (pressure += steps[step + 2] as number) / HUNDREDTHS;
    }
    const core = { x0: x0 / TENTHS, y0: y0 / TENTHS, x1: x1 / TENTHS, y1: y1 / TENTHS };
    return { row, from, count, length: length / TENTHS, pressures, core };
  }
}
