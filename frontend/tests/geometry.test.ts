import assert from "node:assert/strict";
import { test } from "node:test";
import { touchesInk } from "../src/whiteboard/hit.ts";
import { isDense, lineOf, traceCoarse, tracePath } from "../src/whiteboard/path.ts";
import type { InkItem, Point } from "../src/wire/words.ts";

function trace(points: Point[]): string[] {
  const drawn: string[] = [];
  tracePath(
    {
      moveTo: (...at) => drawn.push(`M${at.join(" ")}`),
      lineTo: (...at) => drawn.push(`L${at.join(" ")}`),
      quadraticCurveTo: (...at) => drawn.push(`Q${at.join(" ")}`),
    },
    lineOf(points),
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

test("points that a screen cannot tell apart are drawn as fewer straight lines, corners and ends in their places", () => {
  const dense = Array.from({ length: 101 }, (_, n): Point => (n <= 50 ? [n, 0] : [50, n - 50]));
  assert.ok(isDense(lineOf(dense), 1.5));
  assert.ok(!isDense(lineOf(dense.filter((_, n) => n % 5 === 0)), 1.5));
  const places: Point[] = [];
  const note = (x: number, y: number): number => places.push([x, y]);
  traceCoarse({ moveTo: note, lineTo: note, quadraticCurveTo: () => assert.ok(false, "a curve") }, lineOf(dense), 1.5);
  assert.ok(places.length < 55);
  assert.deepEqual([places[0], places.at(-1)], [[0, 0], [50, 50]]);
  assert.ok(places.some(([x, y]) => Math.hypot(x - 50, y) < 1.5), "the corner");
  places.length = 0;
  traceCoarse({ moveTo: note, lineTo: note, quadraticCurveTo: note }, lineOf([[5, 5]]), 1.5);
  assert.deepEqual(places, [[5, 5], [5.01, 5]], "a dot");
});

test("the eraser takes what it crosses, however fast it was, and leaves the neighbour", () => {
  const line = stroke([[100, 100], [200, 100]]);
  assert.ok(touchesInk(line, [150, 0], [150, 300], 9));
  assert.ok(touchesInk(line, [150, 110], [150, 110], 9));
  assert.ok(!touchesInk(line, [150, 112], [150, 112], 9));
  assert.ok(touchesInk(stroke([[50, 50]]), [45, 50], [45, 50], 9));
});
