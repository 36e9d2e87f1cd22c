import assert from "node:assert/strict";
import { test } from "node:test";
import { findExtent } from "../src/whiteboard/upper.ts";

const ink = (...points: [number, number][]) => ({ page: "p", colour: "#000", width: 4, points });

test("nothing moves: no canvas at all", () => {
  assert.equal(findExtent([], 1), null);
  assert.equal(findExtent([ink()], 1), null);
});

test("the canvas holds every point with the pen's width around it", () => {
  for (const scale of [0.33, 1, 2.5]) {
    const extent = findExtent([ink([130, 200], [700, 310]), ink([40, 900])], scale);
    if (extent === null) throw new Error("no extent");
    assert.ok(extent.left <= (40 - 2) * scale && extent.top <= (200 - 2) * scale);
    assert.ok(extent.left + extent.width >= (700 + 2) * scale && extent.top + extent.height >= (900 + 2) * scale);
  }
});

test("a stroke that grows a little keeps its canvas", () => {
  assert.deepEqual(findExtent([ink([130, 200])], 1), findExtent([ink([130, 200], [133, 204])], 1));
});

test("a stroke at the page's edge begins at the page's edge", () => {
  const extent = findExtent([ink([0, 0])], 1);
  assert.equal(extent?.left, 0);
  assert.equal(extent?.top, 0);
});
