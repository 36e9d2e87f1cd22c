import assert from "node:assert/strict";
import { test } from "node:test";
import { touchesInk } from "../src/whiteboard/hit.ts";
import { tracePath } from "../src/whiteboard/path.ts";
import type { InkItem, Point } from "../src/wire/words.ts";

function trace(points: Point[]): string[] {
  const drawn: string[] = [];
  tracePath(
    {
      moveTo: (...at) => drawn.push(`M${at.join(" ")}`),
      lineTo: (...at) => drawn.push(`L${at.join(" ")}`),
      quadraticCurveTo: (...at) => drawn.push(`Q${at.join(" ")}`),
    },
    points,
  );
  return drawn;
}

const stroke = (points: Point[], width = 4): InkItem => ({
  kind: "pen", id: "s", author: "a", at: 0, page: "p", layer: "", colour: "#000000", width, points, duration_ms: 1, seq: 1, order: 1,
});

test("a stroke is smoothed through the middles and ends on its last point", () => {
  assert.deepEqual(trace([[0, 0], [10, 0], [10, 10], [20, 10]]), ["M0 0", "Q10 0 10 5", "Q10 10 15 10", "L20 10"]);
  assert.deepEqual(trace([[0, 0], [10, 0]]), ["M0 0", "L10 0"]);
  assert.deepEqual(trace([[5, 5]]), ["M5 5", "L5.01 5"]);
  assert.deepEqual(trace([]), []);
});

test("the eraser takes what it crosses, however fast it was, and leaves the neighbour", () => {
  const line = stroke([[100, 100], [200, 100]]);
  assert.ok(touchesInk(line, [150, 0], [150, 300], 9));
  assert.ok(touchesInk(line, [150, 110], [150, 110], 9));
  assert.ok(!touchesInk(line, [150, 112], [150, 112], 9));
  assert.ok(touchesInk(stroke([[50, 50]]), [45, 50], [45, 50], 9));
});
