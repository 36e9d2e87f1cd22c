import assert from "node:assert/strict";
import { test } from "node:test";
import { cutInk } from "../src/whiteboard/cut.ts";
import type { InkPoint } from "../src/wire/words.ts";

const line: InkPoint[] = [[100, 100], [300, 100]];

test("the rubber takes out the middle and leaves both ends, cut at its own edge", () => {
  const pieces = cutInk([line], [200, 50], [200, 150], 20);
  assert.deepEqual(pieces?.map((piece) => [piece.at(0)?.[0], Math.round(piece.at(-1)?.[0] ?? 0)]), [[100, 180], [220, 300]]);
});

test("what it does not touch is left as it was", () => {
  assert.equal(cutInk([line], [200, 0], [200, 70], 20), null);
  assert.equal(cutInk([[[50, 50]]], [90, 50], [90, 50], 20), null);
});

test("rubbed over from end to end, nothing is left", () => {
  assert.deepEqual(cutInk([line], [80, 100], [320, 100], 20), []);
  assert.deepEqual(cutInk([[[50, 50]]], [55, 50], [55, 50], 20), []);
});

test("a second pull cuts the pieces of the first", () => {
  const once = cutInk([line], [160, 100], [160, 100], 10) ?? [];
  assert.equal(cutInk(once, [240, 100], [240, 100], 10)?.length, 3);
});

test("every cut keeps its pressure between that of its neighbours, and stays within the line's bounds", () => {
  const pressed: InkPoint[] = [[100, 100, 0.2], [300, 100, 0.8]];
  for (const piece of cutInk([pressed], [200, 100], [200, 100], 20) ?? []) {
    for (const [x, y, pressure] of piece) {
      assert.ok(x >= 100 && x <= 300 && y === 100);
      assert.ok(pressure !== undefined && pressure >= 0.2 && pressure <= 0.8);
    }
  }
});
