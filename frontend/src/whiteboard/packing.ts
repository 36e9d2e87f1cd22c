/** Finished ink as bytes: the mirror of whiteboard/packing.py; both replay tests/transcripts/ink/*.json. */

import type { InkItem } from "../wire/words.ts";
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
  const width = reader.varint() / SIXTEENTHS;
  const ink: InkItem[] = [];
  while (!reader.isDone) {
    const [id, seq] = [reader.uuid(), reader.zigzag()];
    const [order, at, duration_ms] = [seq + reader.zigzag(), reader.zigzag(), reader.varint()];
    const points = (flags & WITH_PRESSURE) === 0 ? readPoints(reader) : readPressed(reader);
    ink.push({ id, author, at, seq, order, page, layer, kind, colour, width, points, duration_ms });
  }
  return { ink, isFact: (flags & AS_FACT) !== 0 };
}

function readPoints(reader: Reader): [number, number][] {
  const count = reader.varint();
  const steps = reader.zigzags(2 * count);
  const points = new Array<[number, number]>(count);
  let [x, y] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    x += steps[2 * n] as number;
    y += steps[2 * n + 1] as number;
    points[n] = [x / TENTHS, y / TENTHS];
  }
  return points;
}

function readPressed(reader: Reader): [number, number, number][] {
  const count = reader.varint();
  const steps = reader.zigzags(3 * count);
  const points = new Array<[number, number, number]>(count);
  let [x, y, pressure] = [0, 0, 0];
  for (let n = 0; n < count; n += 1) {
    x += steps[3 * n] as number;
    y += steps[3 * n + 1] as number;
    pressure += steps[3 * n + 2] as number;
    points[n] = [x / TENTHS, y / TENTHS, pressure / HUNDREDTHS];
  }
  return points;
}
