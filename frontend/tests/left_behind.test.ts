import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherLost } from "../src/room/gather_lost.ts";
import { isForgotten, isLost, listOpen } from "../src/room/left_behind.ts";
import type { Row } from "../src/wire/drawer.ts";
import type { Breakouts } from "../src/wire/words.ts";

const page = { person: { id: "amina" }, lesson: { id: "fractions" }, may_manage: false };
const open = (...rooms: string[]): string[] => listOpen({ state: "open", rooms: rooms.map((room) => ({ room })) } as unknown as Breakouts);
const fromMain = (socket: string, lesson = "fractions"): Row => ({
  key: socket, owner: `amina ${socket}`, command: { type: "chat.send", ref: "r", data: { text: "42" } }, place: { lesson, opened_at: 1_000 },
});
const row = (type: string, data: object, room = "one", owner = "amina /ws/talk/one/", lesson = "fractions"): Row =>
  ({ key: `${owner} ${type}`, owner, command: { type, ref: type, data }, place: { lesson, room, title: `Room ${room}` } });

test("what is kept for a breakout room is lost once that room is closed, for its author in its lesson alone", () => {
  const said = row("chat.send", { text: "42" });
  assert.equal(isLost(said, page, listOpen(null)), true);
  assert.equal(isLost(said, page, open("two")), true);
  assert.equal(isLost(said, page, open("one", "two")), false);
  assert.equal(isLost(row("chat.send", {}, "one", "bilal /ws/talk/one/"), page, open()), false);
  assert.equal(isLost(row("chat.send", {}, "one", "amina /ws/talk/one/", "another"), page, open()), false);
});

test("what is kept for the main room is lost when its lesson is over, and what is kept for a breakout room of it too", () => {
  const said = fromMain("/ws/talk/main/");
  assert.deepEqual([isLost(said, page, open()), isLost(said, page, open("one")), isLost(said, page, null)], [false, false, true]);
  assert.equal(isLost(fromMain("/ws/talk/main/", "another"), page, null), false);
  assert.equal(isLost(row("chat.send", {}), page, null), true);
  const { place: _, ...old } = said;
  assert.equal(isLost(old, page, null), false);
});

test("whoever held the lesson goes on with its board, and with nothing else", () => {
  const drawn = fromMain("/ws/boards/main/");
  assert.deepEqual([isLost(drawn, page, null), isLost(drawn, { ...page, may_manage: true }, null)], [true, false]);
  assert.equal(isLost(fromMain("/ws/talk/main/"), { ...page, may_manage: true }, null), true);
});

test("what nobody came back for is forgotten after two weeks, whosever it is", () => {
  const days = (n: number): number => 1_000 + n * 24 * 3600_000;
  const said = fromMain("/ws/talk/main/");
  assert.deepEqual([isForgotten(said, days(13)), isForgotten(said, days(15)), isForgotten(row("chat.send", {}), days(99))], [false, true, false]);
});

test("their words come back whole, answers and strokes are counted, by room", () => {
  const rows = [row("chat.send", { text: "first" }), row("item.add", {}), row("answer.submit", {}, "two"), row("chat.send", { text: "second" })];
  assert.deepEqual(gatherLost(rows), [
    { title: "Room one", texts: ["first", "second"], answers: 0, strokes: 1 },
    { title: "Room two", texts: [], answers: 1, strokes: 0 },
  ]);
  const [inMain] = gatherLost([fromMain("/ws/talk/main/")]);
  assert.deepEqual(inMain, { title: null, texts: ["42"], answers: 0, strokes: 0 });
});
