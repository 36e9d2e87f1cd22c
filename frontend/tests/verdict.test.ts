import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, type Measured } from "../src/connection/verdict.ts";

const good: Measured = { roundTripMs: 60, lostPercent: 0, downloadKbit: 8_000, video: true, relay: null, savesData: false };
const said = (change: Partial<Measured>): string => {
  const { profile, why } = judge({ ...good, ...change });
  return [profile, ...why].join(" ");
};

test("a good network gets everything, and no reason is made up", () => {
  assert.equal(said({}), "normal");
  assert.equal(said({ relay: false }), "normal");
});

test("each weakness lowers the profile and is named", () => {
  assert.equal(said({ downloadKbit: 700 }), "saver slow");
  assert.equal(said({ downloadKbit: 150 }), "audio_only slow");
  assert.equal(said({ downloadKbit: 60 }), "board_only slow");
  assert.equal(said({ roundTripMs: 600 }), "saver late");
  assert.equal(said({ lostPercent: 8 }), "saver lossy");
  assert.equal(said({ roundTripMs: 1_500, downloadKbit: 200 }), "audio_only slow late");
  assert.equal(said({ savesData: true }), "saver saving");
});

test("where no video connection or no word gets through, the board is what is left", () => {
  assert.equal(said({ video: false }), "board_only blocked");
  assert.equal(said({ roundTripMs: null, lostPercent: null }), "board_only unreachable");
});

test("what could not be measured is not held against anybody", () => {
  assert.equal(said({ downloadKbit: null }), "normal");
});
