import assert from "node:assert/strict";
import { test } from "node:test";
import { findExtent } from "../src/whiteboard/upper.ts";

const PAGE = { width: 960, height: 720 };
const aim = (scale: number, left = 0, top = 0) => ({ scale, left, top });
const sheet = (scale: number) => ({ width: PAGE.width * scale, height: PAGE.height * scale });
const box = (x0: number, y0: number, x1 = x0, y1 = y0) => ({ x0, y0, x1, y1 });

test("nothing moves: no canvas at all", () => {
  assert.equal(findExtent([], aim(1), PAGE), null);
});

test("the canvas holds every box as far as the sheet shows it", () => {
  for (const scale of [0.33, 1, 2.5]) {
    const extent = findExtent([box(130, 200, 700, 310), box(40, 600)], aim(scale), sheet(scale));
    if (extent === null) throw new Error("no extent");
    assert.ok(extent.left <= 40 * scale && extent.top <= 200 * scale);
    assert.ok(extent.left + extent.width >= 700 * scale && extent.top + extent.height >= 600 * scale);
  }
});

test("a stroke that grows a little keeps its canvas", () => {
  assert.deepEqual(findExtent([box(130, 200)], aim(1), PAGE), findExtent([box(130, 200, 133, 204)], aim(1), PAGE));
});

test("a stroke beyond the page's edge begins at the page's edge", () => {
  const extent = findExtent([box(-20, -5, 30, 30)], aim(1), PAGE);
  assert.deepEqual([extent?.left, extent?.top], [0, 0]);
});

test("zoomed in, what lies elsewhere on the page needs no canvas", () => {
  assert.equal(findExtent([box(0, 0, 50, 50)], aim(4, 2000, 1500), sheet(1)), null);
  assert.ok(findExtent([box(500, 375, 550, 400)], aim(4, 2000, 1500), sheet(1)) !== null);
});
