import assert from "node:assert/strict";
import { test } from "node:test";
import { HALO, isLater, markLater } from "../src/whiteboard/later.ts";
import { boxOf } from "../src/whiteboard/shape.ts";
import type { Item } from "../src/wire/words.ts";

const line = (): Item => ({
  kind: "line", id: "l", author: "a", at: 5, page: "p", layer: "", colour: "#000000", width: 4, from: [10, 10], to: [90, 10], seq: 1, order: 1,
});

test("what was added after the lesson is as much larger as its light", () => {
  const [before, after] = [line(), markLater(line())];
  assert.deepEqual([isLater(before), isLater(after)], [false, true]);
  const [plain, shining] = [boxOf(before), boxOf(after)];
  assert.deepEqual([plain.x0 - shining.x0, shining.y1 - plain.y1], [HALO, HALO]);
});
