import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { chooseDelaySeconds } from "../src/wire/backoff.ts";
import { LiveSocket, type SocketOptions } from "../src/wire/socket.ts";
import type { Envelope } from "../src/wire/words.ts";
import { FakeSocket } from "./wire.ts";

function connect(options: Partial<SocketOptions> = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const made: FakeSocket[] = [];
  const heard: string[] = [];
  const statuses: string[] = [];
  const socket = new LiveSocket({
    address: (last) => `since=${last ?? ""}`,
    ping: { type: "board.ping", answer: "board.ponged" },
    snapshots: ["board.opened"],
    hear: ({ type, seq }) => heard.push(`${type} ${seq ?? "-"}`),
    hearStale: ({ seq }) => heard.push(`stale ${seq}`),
    changed: (status, code) => statuses.push(code === null ? status : `${status} ${code}`),
    open: (address) => {
      const fake = new FakeSocket(address, 0);
      made.push(fake);
      return fake as unknown as WebSocket;
    },
    random: () => 1,
    ...options,
  });
  socket.connect();
  const latest = (): FakeSocket => made.at(-1) as FakeSocket;
  return { socket, made, latest, heard, statuses };
}

const fact = (type: string, seq?: number): Envelope => (seq === undefined ? { type, data: {} } : { type, seq, data: {} });

test("facts before the snapshot are dropped; arrays and single envelopes are the same", () => {
  const { latest, heard } = connect();
  latest().open();
  latest().say(fact("item.added", 4));
  latest().say(fact("board.opened", 5), fact("item.added", 6), fact("stroke.extended"));
  latest().say(fact("item.added", 6));
  assert.deepEqual(heard, ["board.opened 5", "item.added 6", "stroke.extended -", "stale 6"]);
});

test("a gap reconnects and names the last known number", () => {
  const { latest, made, heard } = connect();
  latest().open();
  latest().say(fact("board.opened", 5), fact("item.added", 7), fact("item.added", 8));
  assert.deepEqual(heard, ["board.opened 5"]);
  mock.timers.tick(250);
  assert.equal(made.length, 2);
  assert.equal(latest().address, "since=5");
});

test("a gap asks once for a resync where the wire has one, and waits for the snapshot", () => {
  let asked = 0;
  const { latest, heard } = connect({ resync: () => (asked += 1) });
  latest().open();
  latest().say(fact("board.opened", 1), fact("x", 3), fact("x", 5));
  assert.equal(asked, 0);
  mock.timers.tick(1_000);
  assert.equal(asked, 1);
  latest().say(fact("x", 6), fact("board.opened", 4));
  mock.timers.tick(1_000);
  assert.equal(asked, 1);
  assert.deepEqual(heard, ["board.opened 1", "board.opened 4", "x 5", "x 6"]);
});

test("words out of turn are put in their order, and nothing is asked for", () => {
  let asked = 0;
  const { latest, heard } = connect({ resync: () => (asked += 1) });
  latest().open();
  latest().say(fact("board.opened", 1), fact("x", 3), fact("x", 5), fact("x", 2), fact("x", 4), fact("x", 6));
  mock.timers.tick(10_000);
  assert.equal(asked, 0);
  assert.deepEqual(heard, ["board.opened 1", "x 2", "x 3", "x 4", "x 5", "x 6"]);
});

test("what came too early for a connection that broke is not heard on the next one", () => {
  const { latest, heard } = connect({ resync: () => undefined });
  latest().open();
  latest().say(fact("board.opened", 1), fact("x", 3));
  latest().onclose?.({ code: 1006 });
  mock.timers.tick(300);
  latest().open();
  latest().say(fact("board.opened", 2), fact("x", 4));
  assert.deepEqual(heard, ["board.opened 1", "board.opened 2"]);
});

test("a ping that is not answered within ten seconds means reconnect", () => {
  const { latest, made, statuses } = connect();
  latest().open();
  mock.timers.tick(15_000);
  assert.deepEqual(latest().sent.map(({ type }) => type), ["board.ping"]);
  latest().say(fact("board.ponged"));
  mock.timers.tick(15_000);
  mock.timers.tick(10_000);
  assert.equal(statuses.at(-1), "reconnecting");
  mock.timers.tick(200);
  assert.equal(made.length, 2);
});

test("a final close code ends it", () => {
  const { latest, made, statuses } = connect();
  latest().open();
  latest().onclose?.({ code: 4010 });
  mock.timers.tick(60_000);
  assert.equal(made.length, 1);
  assert.equal(statuses.at(-1), "closed 4010");
});

const alive = (made: FakeSocket[]): number[] => made.flatMap(({ readyState }, index) => (readyState === 3 ? [] : [index]));

test("however often it is hurried in one outage, one connection comes of it, and closing leaves none", () => {
  const { socket, made, latest } = connect();
  latest().open();
  latest().onclose?.({ code: 1006 });
  made[0]?.close();
  for (let n = 0; n < 3; n += 1) socket.hurry();
  assert.deepEqual(alive(made), [1]);
  latest().open();
  for (let n = 0; n < 3; n += 1) socket.hurry();
  assert.deepEqual([alive(made), latest().said("board.ping").length], [[1], 3]);
  latest().onclose?.({ code: 1006 });
  made[1]?.close();
  mock.timers.tick(400); // the timer's own attempt is under way
  socket.hurry();
  assert.deepEqual(alive(made), [2]);
  socket.close();
  socket.hurry();
  mock.timers.tick(60_000);
  assert.deepEqual([alive(made), made.length], [[], 3]);
});

test("an attempt that hangs since before a telephone slept is given up for a new one, a young one is not", () => {
  const { socket, made, latest, statuses } = connect();
  socket.hurry();
  assert.equal(made.length, 1);
  mock.timers.setTime(Date.now() + 60_000); // asleep: no timer runs meanwhile, the clock does
  socket.hurry();
  socket.hurry();
  assert.deepEqual([alive(made), made.length], [[1], 2]);
  latest().open();
  mock.timers.tick(5_000);
  assert.deepEqual([statuses, alive(made)], [["online"], [1]]);
});

test("the back-off doubles from 0.2 s, stops at 15 s, and jitters down to nothing", () => {
  assert.deepEqual([0, 1, 2, 6, 7, 40].map((n) => Number(chooseDelaySeconds(n, () => 1).toFixed(1))), [0.2, 0.4, 0.8, 12.8, 15, 15]);
  assert.equal(chooseDelaySeconds(9, () => 0), 0);
});
