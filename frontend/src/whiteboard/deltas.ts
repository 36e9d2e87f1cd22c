/** Live ink as bytes: the mirror of whiteboard/deltas.py; both replay tests/transcripts/live/*.json. */

import type { InkItem, Point } from "../wire/words.ts";
import { Reader } from "./reader.ts";
import { readPack } from "./packing.ts";

export const KINDS = ["pen", "highlighter", "pointer", "laser"] as const;
export type LiveKind = (typeof KINDS)[number];

/** What all points of one stroke share; `author` is empty on the way up. */
export interface Begin {
  index: number;
  author: string;
  stroke: string;
  page: string;
  kind: LiveKind;
  colour: string;
  width: number;
  sent_at: number;
}

export type LiveRecord = { begin: Begin } | { index: number; points: Point[] } | { words: string } | { ink: InkItem[]; isFact: boolean };

const BEGIN = 0;
const POINTS = 1;
const WORDS = 2;
const SCALE = 16;

/** The records of a frame from the server; throws at the first one that is none. */
export function* decode(frame: Uint8Array): Generator<LiveRecord> {
  const reader = new Reader(frame);
  while (!reader.isDone) {
    const head = reader.varint();
    const n = Math.floor(head / 4);
    if (head % 4 === BEGIN) yield { begin: readBegin(reader, n) };
    else if (head % 4 === POINTS) yield { index: reader.varint(), points: readPoints(reader, n) };
    else if (head % 4 === WORDS) yield { words: new TextDecoder().decode(reader.take(n)) };
    else yield readPack(new Reader(reader.take(n)));
  }
}

export function encodeBegin(begin: Omit<Begin, "author">): number[] {
  const out: number[] = [];
  putVarint(out, begin.index * 4 + BEGIN);
  putUuid(out, begin.stroke);
  putUuid(out, begin.page);
  out.push(KINDS.indexOf(begin.kind), ...bytesOf(begin.colour.slice(1)));
  putVarint(out, Math.round(begin.width * SCALE));
  putVarint(out, begin.sent_at);
  return out;
}

export function encodePoints(index: number, points: readonly (readonly number[])[]): number[] {
  const out: number[] = [];
  putVarint(out, points.length * 4 + POINTS);
  putVarint(out, index);
  const before = [0, 0];
  for (const point of points) {
    for (const axis of [0, 1]) {
      const at = Math.round((point[axis] as number) * SCALE);
      const delta = at - (before[axis] as number);
      putVarint(out, delta >= 0 ? delta * 2 : -delta * 2 - 1);
      before[axis] = at;
    }
  }
  return out;
}

function readBegin(reader: Reader, index: number): Begin {
  const [stroke, author, page] = [reader.uuid(), reader.uuid(), reader.uuid()];
  const kind = KINDS[reader.byte()];
  if (kind === undefined) throw new RangeError("no such pen");
  const colour = `#${reader.hex(3)}`;
  const width = reader.varint() / SCALE;
  return { index, author, stroke, page, kind, colour, width, sent_at: reader.varint() };
}

function readPoints(reader: Reader, count: number): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    x += reader.zigzag();
    y += reader.zigzag();
    points.push([x / SCALE, y / SCALE]);
  }
  return points;
}

function putVarint(out: number[], value: number): void {
  while (value > 127) {
    out.push((value % 128) + 128);
    value = Math.floor(value / 128);
  }
  out.push(value);
}

function putUuid(out: number[], uuid: string): void {
  out.push(...bytesOf(uuid.replaceAll("-", "")));
}

function bytesOf(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}
