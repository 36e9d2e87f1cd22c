import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsUntilClosed } from "../src/room/breakout_banner.ts";
import { chooseRoom, findOverfull } from "../src/room/breakout_choice.ts";
import { breakoutPage } from "../src/room/breakout_page.ts";
import type { RoomPage } from "../src/room/page.ts";
import type { BreakoutRoom, Breakouts } from "../src/wire/words.ts";

const room = (id: string | null, number: number): BreakoutRoom => ({ room: id, name: id, number, title: `Room ${number}`, people: [], help: [] });
const open: Breakouts = { session: "s", state: "open", opened_at: 0, closes_at: 60_000, warned: false, note: null, rooms: [room("a", 1), room("b", 2)], yours: null };

test("a seat is where I belong, a visit where I wish to be, and without both I stay", () => {
  assert.equal(chooseRoom({ ...open, yours: "b" }, "a")?.room, "b");
  assert.equal(chooseRoom(open, "a")?.room, "a");
  assert.equal(chooseRoom(open, null), null);
});

test("nobody goes anywhere while rooms are only planned, or closed, or another division's", () => {
  assert.equal(chooseRoom({ ...open, state: "planned", rooms: [room(null, 1)], yours: null }, "a"), null);
  assert.equal(chooseRoom(null, "a"), null);
  assert.equal(chooseRoom(open, "gone"), null);
});

test("time runs by the server's clock and never below nothing", () => {
  assert.equal(secondsUntilClosed(open, 10_000, 20_000), 30);
  assert.equal(secondsUntilClosed(open, 0, 90_000), 0);
  assert.equal(secondsUntilClosed({ ...open, closes_at: null }, 0, 0), null);
});

test("a room is too full where more sit than see each other, and never with Jitsi", () => {
  const sit = (count: number): BreakoutRoom["people"] => Array.from({ length: count }, (_, n) => ({ person: `p${n}`, name: `P${n}` }));
  const rooms = [{ ...room("a", 1), people: sit(5) }, { ...room("b", 2), people: sit(6) }];
  assert.deepEqual(findOverfull(rooms, 6).map(({ number }) => number), [2]);
  assert.deepEqual(findOverfull(rooms, null), []);
});

test("whoever holds the lesson keeps its door in a breakout room, and nothing else of it", () => {
  const main = { lesson: { title: "Fractions" }, room_socket: "/ws/rooms/main/", jitsi: null, may_manage: true, may_moderate: true } as RoomPage;
  const { may_manage, may_moderate, keeps_door, room_socket } = breakoutPage(main, room("a", 1));
  assert.deepEqual([may_manage, may_moderate, keeps_door, room_socket], [false, false, true, "/ws/rooms/a/"]);
  assert.equal(breakoutPage({ ...main, may_manage: false }, room("a", 1)).keeps_door, false);
});
