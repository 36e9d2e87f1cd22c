import assert from "node:assert/strict";
import { test } from "node:test";
import { applyRoomFact, enterRoom, sortPeople } from "../src/room/state.ts";
import type { Breakouts, Participant, Role, RoomEntered } from "../src/wire/words.ts";

const person = (occupant: string, role: Role, joined_at: number): Participant => ({
  occupant, role, joined_at, person: occupant, name: occupant, microphone: true, camera: false, screen: false, door: "page",
});

const amina = person("amina", "student", 1);
const snapshot: RoomEntered = {
  you: amina,
  participants: [amina],
  recorder: null,
  lesson: { id: "l", title: "Fractions", status: "live", ends_at: 0 },
  recording: { state: "starting" },
  knocks: [],
  ice_servers: [],
  audience: 0,
  breakouts: null,
  server_at: 0,
};

test("the teacher is shown first, then those who came first", () => {
  const state = enterRoom(snapshot);
  applyRoomFact(state, { type: "participant.joined", data: person("jonas", "student", 3) });
  applyRoomFact(state, { type: "participant.joined", data: person("ms_otieno", "teacher", 2) });
  assert.deepEqual(sortPeople(state).map(({ name }) => name), ["ms_otieno", "amina", "jonas"]);
  applyRoomFact(state, { type: "participant.left", data: { occupant: "jonas" } });
  assert.equal(state.participants.size, 2);
});

test("media, recorder and recording follow what was said", () => {
  const state = enterRoom(snapshot);
  applyRoomFact(state, { type: "media.changed", data: { occupant: "amina", microphone: false, camera: true, screen: false } });
  applyRoomFact(state, { type: "recorder.joined", data: { occupant: "r2" } });
  applyRoomFact(state, { type: "recorder.left", data: { occupant: "r1" } });
  applyRoomFact(state, { type: "recording.changed", data: { state: "recording" } });
  assert.deepEqual([state.participants.get("amina")?.camera, state.recorder, state.recording], [true, "r2", "recording"]);
});

test("somebody's door follows what was said, and what I note of myself leaves mine as it is", () => {
  const state = enterRoom(snapshot);
  const quiet = { occupant: "amina", microphone: false, camera: false, screen: false };
  applyRoomFact(state, { type: "media.changed", data: { ...quiet, door: "board" } });
  applyRoomFact(state, { type: "media.changed", data: quiet });
  assert.equal(state.participants.get("amina")?.door, "board");
  applyRoomFact(state, { type: "media.changed", data: { ...quiet, door: "page" } });
  assert.equal(state.participants.get("amina")?.door, "page");
});

test("who waits at the door is known until somebody decides", () => {
  const knock = { knock: "k", name: "Ms Otieno", role: "guest" as const, asked_at: 1, may_be: "" };
  const state = enterRoom({ ...snapshot, knocks: [knock] });
  applyRoomFact(state, { type: "knock.waiting", data: { ...knock, knock: "k2" } });
  assert.deepEqual([...state.waiting.keys()], ["k", "k2"]);
  applyRoomFact(state, { type: "knock.decided", data: { knock: "k", state: "admitted" } });
  assert.deepEqual([...state.waiting.keys()], ["k2"]);
});

test("how somebody's connection is goes when they go, and outlives a resync", () => {
  const state = enterRoom(snapshot);
  const link = { loss_percent: 6, rtt_ms: 40, visible: true, idle_seconds: 0 };
  applyRoomFact(state, { type: "link.changed", data: { occupant: "amina", ...link } });
  assert.deepEqual(enterRoom(snapshot, state).links.get("amina"), link);
  applyRoomFact(state, { type: "participant.changed", data: { ...amina, role: "co_teacher" } });
  assert.equal(state.participants.get("amina")?.role, "co_teacher");
  applyRoomFact(state, { type: "participant.left", data: { occupant: "amina" } });
  assert.equal(state.links.size, 0);
});

test("each word about breakouts bears all that is known of them", () => {
  const open: Breakouts = { session: "s", state: "open", opened_at: 1, closes_at: 2, warned: false, note: null, rooms: [], yours: "r" };
  const state = enterRoom(snapshot);
  applyRoomFact(state, { type: "breakouts.opened", data: { breakouts: open } });
  assert.equal(state.breakouts?.yours, "r");
  applyRoomFact(state, { type: "seat.moved", data: { breakouts: { ...open, yours: "r2" } } });
  assert.deepEqual(state.breakouts, enterRoom({ ...snapshot, breakouts: { ...open, yours: "r2" } }).breakouts);
  applyRoomFact(state, { type: "breakouts.closed", data: { breakouts: null } });
  assert.equal(state.breakouts, null);
});
