import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decode, encodeBegin, encodePoints, type Begin, type LiveRecord } from "../src/whiteboard/deltas.ts";
import { LiveReader, LiveWriter } from "../src/whiteboard/live.ts";
import type { Point, StrokeExtended } from "../src/wire/words.ts";

interface Vector {
  name: string;
  hex: string;
  way: "up" | "down" | "bad";
  records?: LiveRecord[];
}

const FOLDER = "../tests/transcripts/live";
const vectors = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Vector);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hexOf = (bytes: number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
const never = (): never => {
  throw new Error("nobody said that");
};

for (const { name, way, hex, records } of vectors) {
  if (way === "down") test(name, () => assert.deepEqual([...decode(bytesOf(hex))], records));
  if (way === "bad") test(name, () => assert.ok(isRefused(bytesOf(hex))));
  if (way === "up") test(name, () => assert.equal(hexOf((records ?? []).flatMap(write)), hex));
}

function isRefused(frame: Uint8Array): boolean {
  try {
    return [...decode(frame)].length < 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}

function write(record: LiveRecord): number[] {
  if ("begin" in record) return encodeBegin(record.begin);
  return "points" in record ? encodePoints(record.index, record.points) : [];
}

const stroke = { stroke: "aaaaaaaa-0000-4000-8000-000000000001", page: "bbbbbbbb-0000-4000-8000-000000000001", colour: "#374ea2", width: 4 };

test("a stroke begins once a connection and is a number from then on", () => {
  const writer = new LiveWriter();
  const points: Point[] = [[1, 2]];
  const first = writer.stroke({ ...stroke, points }).length;
  const second = writer.stroke({ ...stroke, points }).length;
  assert.ok(first > 40 && second < 8);
  writer.clear();
  assert.equal(writer.stroke({ ...stroke, points }).length, first);
});

test("points are told with what their beginning said; points without a beginning are nobody's", () => {
  const heard: StrokeExtended[] = [];
  const reader = new LiveReader({ extended: (one) => heard.push(one), pointed: never, told: never, kept: never });
  const { hex } = vectors.find(({ name }) => name.startsWith("A stroke begins")) as Vector;
  reader.read(bytesOf(hex));
  reader.read(new Uint8Array(encodePoints(70_000, [[7, 8]])));
  reader.read(new Uint8Array(encodePoints(999, [[7, 8]])));
  assert.deepEqual(heard.map(({ author, points, sent_at }) => [author.slice(0, 8), points, sent_at]), [
    ["cccccccc", [[100, 100.5], [103.25, 98]], 1795000000123],
    ["cccccccc", [[7, 8]], null],
  ]);
  reader.clear();
  reader.read(new Uint8Array(encodePoints(70_000, [[7, 8]])));
  assert.equal(heard.length, 2);
});

test("a pointer is told by where it is last", () => {
  const places: Point[] = [];
  const reader = new LiveReader({ extended: never, pointed: ({ at }) => places.push(at), told: never, kept: never });
  const begin: Begin = { ...stroke, index: 1, author: "cccccccc-0000-4000-8000-000000000001", kind: "pointer", sent_at: 0 };
  const [up, author] = [encodeBegin(begin), bytesOf(begin.author.replaceAll("-", ""))];
  reader.read(new Uint8Array([...up.slice(0, 17), ...author, ...up.slice(17), ...encodePoints(1, [[1, 2], [3, 4]])]));
  assert.deepEqual(places, [[3, 4]]);
});
