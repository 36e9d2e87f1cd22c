import assert from "node:assert/strict";
import { test } from "node:test";
import { straighten } from "../src/whiteboard/acts.ts";
import { touches } from "../src/whiteboard/hit.ts";
import { breakLines, isRightToLeft } from "../src/whiteboard/letters.ts";
import { Lens } from "../src/whiteboard/lens.ts";
import { resizeBox } from "../src/whiteboard/select_acts.ts";
import { boxOf, shiftShape, stretchShape, type Shape } from "../src/whiteboard/shape.ts";

const frame = (kind: "rectangle" | "ellipse", fill: string | null = null): Shape => ({
  kind, page: "p", colour: "#000000", width: 4, fill, box: [100, 100, 200, 100],
});
const arrow: Shape = { kind: "arrow", page: "p", colour: "#000000", width: 4, from: [0, 0], to: [100, 0] };

test("an empty frame is taken at its outline, a filled one anywhere", () => {
  for (const kind of ["rectangle", "ellipse"] as const) {
    assert.ok(touches(frame(kind), [200, 101], [200, 101], 5));
    assert.ok(!touches(frame(kind), [200, 150], [200, 150], 5));
    assert.ok(touches(frame(kind, "#ffffff"), [200, 150], [200, 150], 5));
  }
  assert.ok(!touches(frame("ellipse", "#ffffff"), [102, 102], [102, 102], 5), "an ellipse has no corners");
});

test("what is moved keeps its size, and what is stretched its place in the frame", () => {
  assert.deepEqual(shiftShape(frame("rectangle"), 10, -20), { box: [110, 80, 200, 100] });
  const whole = { x0: 0, y0: 0, x1: 400, y1: 400 };
  assert.deepEqual(stretchShape(frame("rectangle"), whole, { x0: 0, y0: 0, x1: 200, y1: 800 }, false), { box: [50, 200, 100, 200] });
  assert.deepEqual(stretchShape(arrow, { x0: 0, y0: 0, x1: 100, y1: 0 }, { x0: 0, y0: 0, x1: 50, y1: 9 }, true), { from: [0, 0], to: [50, 0] });
});

test("an arrow's head lies within its box", () => {
  assert.ok(boxOf(arrow).y1 >= 11 && boxOf(arrow).x1 >= 100);
});

test("a handle never turns the frame over, and a corner can keep its proportions", () => {
  const box = { x0: 100, y0: 100, x1: 300, y1: 200 };
  assert.deepEqual(resizeBox(box, "e", [50, 0], false), { x0: 100, y0: 100, x1: 104, y1: 200 });
  assert.deepEqual(resizeBox(box, "se", [500, 210], true), { x0: 100, y0: 100, x1: 500, y1: 300 });
});

test("Shift makes lines straight and frames square", () => {
  assert.deepEqual(straighten("line", [0, 0], [100, 8]), [100.3, 0]);
  assert.deepEqual(straighten("rectangle", [50, 50], [20, 60]), [20, 80]);
});

test("text breaks at blanks, then inside words, and each paragraph has its own direction", () => {
  const measure = (text: string): number => text.length * 10;
  const lines = breakLines("one two three\nمرحبا بك\nextraordinary", 80, measure);
  assert.deepEqual(lines.map((line) => line.text), ["one two", "three", "مرحبا بك", "extraord", "inary"]);
  assert.deepEqual(lines.map((line) => line.isRtl), [false, false, true, false, false]);
  assert.ok(isRightToLeft("1. שלום") && !isRightToLeft("2 + 2"));
});

test("zooming keeps what lies under the pointer, and never leaves the page", () => {
  const lens = new Lens();
  lens.fit = 0.5;
  const before = lens.locate(300, 200);
  lens.zoomAt(300, 200, 3);
  assert.deepEqual(lens.locate(300, 200), before);
  lens.pan(10_000, 10_000);
  assert.deepEqual([lens.x, lens.y], [0, 0]);
  lens.zoomAt(0, 0, 0.01);
  assert.equal(lens.zoom, 1);
});
