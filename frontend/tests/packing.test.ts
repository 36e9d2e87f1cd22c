import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { LiveReader } from "../src/whiteboard/live.ts";
import { applyFact, openBoard } from "../src/whiteboard/board.ts";
import { unpacked } from "../src/whiteboard/packed_ink.ts";
import { boxOf } from "../src/whiteboard/shape.ts";
import { foldWaiting } from "../src/whiteboard/waiting.ts";
import type { InkItem } from "../src/wire/words.ts";

interface Vector {
  name: string;
  hex: string;
  way: "down" | "bad";
  items: InkItem[];
  facts: boolean;
}

const FOLDER = "../tests/transcripts/ink";
const vectors = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Vector);
const never = (): never => {
  throw new Error("nobody said that");
};

/** What is heard of a frame: each item, and whether it is a fact. */
function hear(hex: string): [InkItem, boolean][] {
  const heard: [InkItem, boolean][] = [];
  const kept = (ink: InkItem[], isFact: boolean): void => {
    for (const item of ink) heard.push([item, isFact]);
  };
  const reader = new LiveReader({ extended: never, pointed: never, told: never, kept });
  reader.read(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  return heard;
}

for (const { name, way, hex, items, facts } of vectors) {
  if (way === "down") test(name, () => assert.deepEqual(hear(hex).map(([item, isFact]) => [unpacked(item), isFact]), items.map((item) => [item, facts])));
  else test(name, () => assert.ok(isRefused(hex)));
}

function isRefused(hex: string): boolean {
  try {
    return hear(hex).length < 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}

test("a stroke that came in bytes is changed, copied and told like any other", () => {
  const { hex } = vectors.find(({ way, facts }) => way === "down" && !facts) as Vector;
  const [[ink]] = hear(hex) as [[InkItem, boolean]];
  const plain = unpacked(ink);
  assert.ok(plain !== ink);
  assert.deepEqual(JSON.parse(JSON.stringify(ink)), plain);
  assert.deepEqual(boxOf(ink), boxOf(plain), "where it lies");
  const state = openBoard({ pages: [], current_page: "", draw: "all", named: [], isolated: false, follow: false, items: [ink] }, 1);
  applyFact(state, { type: "item.changed", seq: 2, data: { items: [{ id: ink.id, colour: "#ff0000" }], before: [] } });
  assert.deepEqual(state.items.get(ink.id), { ...plain, colour: "#ff0000" });
  const change = { type: "item.change", ref: "r", data: { items: [{ id: ink.id, width: 9 }] } };
  const [waiting] = foldWaiting([change], new Map([[ink.id, ink]])).figures;
  assert.deepEqual("points" in (waiting as object) && (waiting as InkItem).points, plain.points);
});
