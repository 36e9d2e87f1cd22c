import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherLost, isLost } from "../src/room/left_behind.ts";
import type { Row } from "../src/wire/drawer.ts";
import type { Breakouts } from "../src/wire/words.ts";

const page = { person: { id: "amina" }, lesson: { id: "fractions" } } as Parameters<typeof isLost>[1];
const open = (...rooms: string[]): Breakouts => ({ state: "open", rooms: rooms.map((room) => ({ room })) }) as unknown as Breakouts;
const row = (type: string, data: object, room = "one", owner = "amina /ws/talk/one/", lesson = "fractions"): Row =>
  ({ key: `${owner} ${type}`, owner, command: { type, ref: type, data }, place: { lesson, room, title: `Room ${room}` } });

test("what is kept for a breakout room is lost once that room is closed, for its author in its lesson alone", () => {
  const said = row("chat.send", { text: "42" });
  assert.equal(isLost(said, page, null), true);
  assert.equal(isLost(said, page, open("two")), true);
  assert.equal(isLost(said, page, open("one", "two")), false);
  assert.equal(isLost(row("chat.send", {}, "one", "bilal /ws/talk/one/"), page, null), false);
  assert.equal(isLost(row("chat.send", {}, "one", "amina /ws/talk/one/", "another"), page, null), false);
});

test("what is kept for the main room of any lesson is never lost so", () => {
  const { place: _, ...said } = row("chat.send", { text: "42" });
  assert.equal(isLost(said, page, null), false);
});

test("their words come back whole, answers and strokes are counted, by room", () => {
  const rows = [row("chat.send", { text: "first" }), row("item.add", {}), row("answer.submit", {}, "two"), row("chat.send", { text: "second" })];
  assert.deepEqual(gatherLost(rows), [
    { title: "Room one", texts: ["first", "second"], answers: 0, strokes: 1 },
    { title: "Room two", texts: [], answers: 1, strokes: 0 },
  ]);
});
