import assert from "node:assert/strict";
import { test } from "node:test";
import { ItemIndex } from "../src/whiteboard/index.ts";
import { boxOf, doOverlap } from "../src/whiteboard/shape.ts";
import { foldWaiting } from "../src/whiteboard/waiting.ts";
import { splitByWeight } from "../src/whiteboard/portions.ts";
import type { Item } from "../src/wire/words.ts";

function stroke(seq: number, x: number, y: number, far = 20): Item {
  return { kind: "pen", id: `s${seq}`, author: "a", at: 0, page: "p", layer: "", colour: "#000000", width: 4, points: [[x, y], [x + far, y]], duration_ms: 1, seq, order: seq };
}

test("what a box touches is found in the order in which it is drawn, like looking at everything", () => {
  const items = Array.from({ length: 500 }, (_, n) => stroke(500 - n, (n * 97) % 960, (n * 53) % 720, (n * 7) % 300));
  const index = new ItemIndex(items);
  for (const box of [{ x0: 100, y0: 100, x1: 180, y1: 160 }, { x0: -50, y0: 0, x1: 960, y1: 720 }, { x0: 955, y0: 700, x1: 1200, y1: 900 }]) {
    const expected = items.filter((item) => doOverlap(boxOf(item), box)).sort((one, other) => one.order - other.order);
    assert.deepEqual(index.find("p", box).map((item) => item.id), expected.map((item) => item.id));
  }
});

test("what was moved is found where it is now, and what was removed nowhere", () => {
  const index = new ItemIndex([stroke(1, 100, 100), stroke(2, 110, 100)]);
  index.add({ ...stroke(1, 700, 500) });
  index.remove(stroke(2, 110, 100));
  assert.deepEqual(index.find("p", { x0: 90, y0: 90, x1: 150, y1: 110 }), []);
  assert.deepEqual(index.on("p").map((item) => item.id), ["s1"]);
});

const add = { type: "item.add", ref: "new", data: { kind: "pen", page: "p", colour: "#000000", width: 4, points: [[0, 0]], duration_ms: 1 } };

test("what waits is seen as it will be", () => {
  const items = new Map([["s1", stroke(1, 0, 0)], ["s2", stroke(2, 0, 0)], ["s3", stroke(3, 0, 0)]]);
  const { hidden, figures } = foldWaiting(
    [
      add,
      { type: "item.change", ref: "c", data: { items: [{ id: "s1", colour: "#ff0000" }, { id: "new", width: 9 }, { id: "gone", width: 9 }] } },
      { type: "item.erase", ref: "e", data: { items: ["s2"] } },
      { type: "item.divide", ref: "d", data: { items: ["s3"], parts: [{ source: "s3", points: [[0, 0], [5, 0]] }] } },
    ],
    items,
  );
  assert.deepEqual([...hidden].sort(), ["s1", "s2", "s3"]);
  assert.deepEqual(figures.map((figure) => figure.id), ["new", "s1", "d 0"]);
  assert.deepEqual(figures.map((figure) => ("width" in figure ? [figure.colour, figure.width] : [])), [["#000000", 9], ["#ff0000", 4], ["#000000", 4]]);
});

test("what was added and has come is not shown twice", () => {
  assert.deepEqual(foldWaiting([{ ...add, ref: "s1" }], new Map([["s1", stroke(1, 0, 0)]])).figures, []);
});

test("a large change goes in messages that are small enough", () => {
  const values = Array.from({ length: 450 }, (_, n) => ({ id: n, points: "x".repeat(300) }));
  const portions = splitByWeight(values, 200);
  assert.deepEqual(portions.flat(), values);
  assert.ok(portions.every((portion) => portion.length <= 200 && JSON.stringify(portion).length < 60_000));
  assert.deepEqual(splitByWeight([]), []);
});
