import assert from "node:assert/strict";
import { test } from "node:test";
import { StrainJudge } from "../src/room/strain.ts";

/** What the judge says after `looks` windows of 40 timers, each so late. */
function look(judge: StrainJudge, lateMs: number, looks: number): boolean {
  for (let beat = 0; beat < looks * 40; beat += 1) judge.hear(lateMs);
  return judge.isStrained;
}

test("timers that come late for two seconds are strain, a single late one is not", () => {
  const judge = new StrainJudge();
  judge.hear(900);
  for (let beat = 1; beat < 40; beat += 1) judge.hear(1);
  assert.equal(judge.isStrained, false);
  assert.equal(look(judge, 20, 1), true);
});

test("calm is believed after a while, and the next time after twice as long", () => {
  const judge = new StrainJudge();
  look(judge, 20, 1);
  assert.equal(look(judge, 1, 4), true);
  assert.equal(look(judge, 1, 1), false);
  look(judge, 20, 1);
  assert.equal(look(judge, 1, 9), true);
  assert.equal(look(judge, 1, 1), false);
});

test("half a calm is none", () => {
  const judge = new StrainJudge();
  look(judge, 20, 1);
  look(judge, 1, 4);
  look(judge, 10, 1);
  assert.equal(look(judge, 1, 4), true);
});

test("it tells only what has changed", () => {
  const judge = new StrainJudge();
  const told = Array.from({ length: 120 }, () => judge.hear(20)).filter(Boolean);
  assert.equal(told.length, 1);
});
