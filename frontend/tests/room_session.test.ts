import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { watchRooms, type OpenRooms } from "../src/room/left_behind.ts";
import { RoomSession } from "../src/room/session.ts";
import type { Envelope, Participant, RoomFact } from "../src/wire/words.ts";
import { FakeSocket } from "./wire.ts";

const person = (occupant: string): Participant => ({
  occupant, role: "student", joined_at: 1, person: occupant, name: occupant, microphone: false, camera: false, screen: false, door: "page",
});

function open() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const made: FakeSocket[] = [];
  const session = new RoomSession((_, last) => `?${new URLSearchParams(last).toString()}`, undefined, (address) => {
    const fake = new FakeSocket(address, 0);
    made.push(fake);
    return fake as unknown as WebSocket;
  });
  session.connect();
  const latest = (): FakeSocket => made.at(-1) as FakeSocket;
  latest().open();
  return { session, made, latest };
}

function beside(session: RoomSession) {
  return {
    you: person(session.occupant), recorder: null, lesson: { id: "l", title: "Fractions", status: "live", ends_at: 0 }, recording: { state: "starting" },
    knocks: [], ice_servers: [], audience: 2, breakouts: null, server_at: 5_000,
  };
}

function entered(session: RoomSession, ...others: string[]): Envelope<RoomFact> {
  return { type: "room.entered", seq: 4, data: { ...beside(session), participants: [session.occupant, ...others].map(person) } };
}

test("a room that comes back says what it heard last, and when that was", () => {
  const { session, made, latest } = open();
  assert.equal(latest().address, "?");
  latest().say(entered(session, "amina"));
  latest().say({ type: "participant.joined", seq: 5, data: person("bilal") });
  latest().say({ type: "room.ponged", data: { server_at: 9_000 } });
  latest().onclose?.({ code: 1006 });
  mock.timers.tick(60_000);
  assert.equal(made.length, 2);
  assert.equal(latest().address, "?since=5&heard=9000");
});

test("what was missed is put to what was known", () => {
  const { session, latest } = open();
  latest().say(entered(session, "amina", "bilal"));
  const facts = [
    { type: "participant.left", seq: 6, data: { occupant: "amina" } },
    { type: "participant.joined", seq: 7, data: person("jonas") },
    { type: "media.changed", data: { occupant: "bilal", microphone: true, camera: false, screen: false, door: "page" } },
  ];
  latest().say({ type: "room.resumed", seq: 7, data: { ...beside(session), audience: 3, facts } });
  const state = session.state;
  assert.deepEqual([...(state?.participants.keys() ?? [])], [session.occupant, "bilal", "jonas"]);
  assert.equal(state?.participants.get("bilal")?.microphone, true);
  assert.equal(state?.audience, 3);
});

test("a number that is missing is asked about with the last one that is there", () => {
  const { session, latest } = open();
  latest().say(entered(session));
  latest().say({ type: "participant.joined", seq: 6, data: person("bilal") });
  mock.timers.tick(1_000);
  assert.deepEqual(latest().said("room.resync").map(({ data }) => data), [{ since: 4, heard_at: 5_000 }]);
});

test("a server of the version before says no time, and is asked for the whole", () => {
  const { session, made, latest } = open();
  latest().say(entered(session));
  latest().say({ type: "room.ponged", data: {} });
  latest().onclose?.({ code: 1006 });
  mock.timers.tick(60_000);
  assert.equal(made.length, 2);
  assert.equal(latest().address, "?");
});

test("that rooms open and close and that the lesson is over is told once each, also where nothing but the door says so", () => {
  const { session, latest } = open();
  const told: OpenRooms[] = [];
  watchRooms(session, (rooms) => told.push(rooms));
  const divided = { state: "open", rooms: [{ room: "one", people: [] }, { room: null, people: [] }], yours: null };
  latest().say(entered(session));
  latest().say({ type: "participant.joined", seq: 5, data: person("bilal") });
  latest().say({ type: "room.entered", seq: 6, data: { ...beside(session), participants: [person(session.occupant)], breakouts: divided } });
  latest().onclose?.({ code: 1006 });
  mock.timers.tick(60_000);
  latest().open();
  latest().onclose?.({ code: 4003 });
  assert.deepEqual(told, [[], ["one"], null]);
});
