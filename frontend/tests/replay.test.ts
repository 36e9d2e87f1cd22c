import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findStrokes, readLog } from "../src/replay/board_log.ts";
import { History } from "../src/replay/history.ts";
import { LessonClock } from "../src/replay/lesson_clock.ts";
import { simplify } from "../src/replay/search.ts";
import type { InkItem } from "../src/wire/words.ts";

interface Transcript {
  spans: [number, number][];
  log: string;
  seen: { seconds: number; page: string; items: string[] }[];
}

const transcript = JSON.parse(readFileSync("../tests/transcripts/replay/a_board_at_any_second.json", "utf8")) as Transcript;
const clock = new LessonClock(transcript.spans);
const moments = readLog(Uint8Array.from(atob(transcript.log), (letter) => letter.charCodeAt(0)), clock);

function look(history: History, seconds: number) {
  history.moveTo(seconds);
  return { seconds, page: history.state.current_page, items: [...history.state.items.keys()].sort() };
}

test("the board at every second is the one that Python folds", () => {
  const history = new History(moments);
  assert.deepEqual(transcript.seen.map(({ seconds }) => look(history, seconds)), transcript.seen);
});

test("backwards it is the same board", () => {
  const history = new History(moments);
  history.moveTo(10_000);
  assert.deepEqual([...transcript.seen].reverse().map(({ seconds }) => look(history, seconds)), [...transcript.seen].reverse());
});

test("a long lesson is wound to and fro by checkpoints, and each place is the same from both sides", () => {
  const long = makeLong(3000);
  const [straight, wound] = [new History(long), new History(long)];
  for (const seconds of [2999, 10, 1500, 1501, 0, 2400, 249.5, 250, 251, 2999]) {
    const fresh = new History(long);
    fresh.moveTo(seconds);
    wound.moveTo(seconds);
    assert.deepEqual([...wound.state.items.keys()], [...fresh.state.items.keys()], String(seconds));
    assert.deepEqual(wound.itemsOn("p").map(({ id }) => id), fresh.itemsOn("p").map(({ id }) => id));
  }
  for (let seconds = 0; seconds < 3000; seconds += 1) straight.moveTo(seconds);
  assert.equal(straight.state.items.size, 2500);
});

function makeLong(number: number) {
  const shape = { page: "p", layer: "", kind: "pen", colour: "#000000", width: 2, points: [[1, 1]], author: "", duration_ms: 0 };
  return Array.from({ length: number }, (_, index) => {
    const [seq, data] = [index + 1, { at: index * 1000 }];
    if (index % 12 === 11) return { at: index, fact: { type: "item.erased", seq, data: { ...data, items: [`i${index - 1}`] } } };
    return { at: index, fact: { type: "item.added", seq, data: { ...shape, ...data, id: `i${index}`, seq, order: seq } } };
  });
}

test("a stroke grows while the hand was drawing it, on the clock of the video", () => {
  const strokes = findStrokes(moments, clock);
  assert.deepEqual(strokes.map(({ begins, ends }) => [begins, ends]), [[8, 10], [28, 30], [120, 120]]);
  assert.equal((strokes[0]?.ink as InkItem).points.length, 29);
});

test("the lesson's clock stands still in a gap, and before the start it is at the beginning", () => {
  const at = (seconds: number): number => clock.offsetOf((transcript.spans[0]?.[0] ?? 0) + seconds);
  assert.deepEqual([-10, 0, 119, 130, 179, 180, 239, 999].map(at), [0, 0, 119, 120, 120, 120, 179, 180]);
});

test("words are found without their accents and capitals", () => {
  assert.ok(simplify("Équations du SECOND degré").includes(simplify("equations")));
  assert.ok(simplify("مُعَلِّم").includes(simplify("معلم")));
});
