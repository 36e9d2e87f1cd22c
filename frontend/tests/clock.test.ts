import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseStart, findChapter, showClock } from "../src/replay/clock.ts";

test("a clock shows hours only when there are some", () => {
  assert.deepEqual([0, 75.9, 3675].map(showClock), ["0:00", "1:15", "1:01:15"]);
});

test("the current chapter is the last one that has begun", () => {
  const chapters = [{ at_seconds: 0 }, { at_seconds: 60 }, { at_seconds: 200 }];
  assert.deepEqual([0, 59, 59.9, 60, 500].map((at) => findChapter(chapters, at)), [0, 0, 1, 1, 2]);
  assert.equal(findChapter([], 5), -1);
});

test("who watched to the end begins again", () => {
  assert.deepEqual([3, 300, 595].map((at) => chooseStart(at, 600)), [0, 300, 0]);
});
