import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, countOf, runsOf, type Picture } from "../src/heatmap/heatmap.ts";

const OLD: Picture = {
  starts_at: 0,
  rows: [
    { person: "1", name: "Amina", cells: "aa", now: "active", needs: [] },
    { person: "2", name: "Bilal", cells: "--", now: "away", needs: [["not_here", 0]] },
  ],
};

test("what changed makes the new picture, and names the rows that look different", () => {
  const { picture, touched } = apply(OLD, { cells: { "3": { A: [1] } }, now: { active: [1] }, needs: { "1": [] } });
  assert.deepEqual(picture.rows[1], { person: "2", name: "Bilal", cells: "-- A", now: "active", needs: [] });
  assert.deepEqual([...touched], [1]);
  assert.equal(picture.rows[0], OLD.rows[0]);
});

test("another class is a whole picture", () => {
  const next = { starts_at: 5, rows: OLD.rows.slice(1) };
  assert.deepEqual(apply(OLD, next).picture, next);
});

test("minutes are counted by what they were", () => {
  assert.deepEqual(runsOf("aaA--"), [
    { letter: "a", length: 2 },
    { letter: "A", length: 1 },
    { letter: "-", length: 2 },
  ]);
  assert.deepEqual([...countOf("aaA-- ")], [
    ["active", 3],
    ["away", 2],
  ]);
});
