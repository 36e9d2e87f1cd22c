import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Outbox, type Drawer } from "../src/wire/outbox.ts";
import type { Command } from "../src/wire/words.ts";

function makeDrawer(kept: Command[] = []): Drawer & { kept: Map<string, Command> } {
  const rows = new Map(kept.map((command) => [command.ref, command]));
  return {
    kept: rows,
    load: () => Promise.resolve([...rows.values()]),
    keep: (command) => rows.set(command.ref, command),
    drop: (ref) => rows.delete(ref),
  };
}

function makeOutbox(drawer = makeDrawer()) {
  const sent: string[] = [];
  const outbox = new Outbox(drawer, ({ ref }) => sent.push(ref) > 0);
  return { outbox, sent, drawer };
}

test("nothing is sent before the connection stands, then all in order", () => {
  const { outbox, sent } = makeOutbox();
  for (const ref of ["a", "b", "c"]) outbox.put("item.add", {}, ref);
  assert.deepEqual(sent, []);
  outbox.connected();
  assert.deepEqual(sent, ["a", "b", "c"]);
});

test("what was not answered is sent again after reconnecting", () => {
  const { outbox, sent } = makeOutbox();
  outbox.connected();
  for (const ref of ["a", "b", "c"]) outbox.put("item.add", {}, ref);
  outbox.acknowledge("b");
  outbox.disconnected();
  outbox.connected();
  assert.deepEqual(sent, ["a", "b", "c", "a", "c"]);
});

test("a reload loses nothing: what the drawer kept goes out before what is new", async () => {
  const old = { type: "item.add", ref: "old", data: {} };
  const { outbox, sent, drawer } = makeOutbox(makeDrawer([old]));
  outbox.put("item.add", {}, "new");
  await outbox.load();
  outbox.connected();
  assert.deepEqual(sent, ["old", "new"]);
  outbox.acknowledge("old");
  assert.deepEqual([...drawer.kept.keys()], ["new"]);
});

test("at most eight wait for their answer at a time", () => {
  const { outbox, sent } = makeOutbox();
  outbox.connected();
  for (let n = 0; n < 12; n += 1) outbox.put("item.add", {}, `s${n}`);
  assert.equal(sent.length, 8);
  outbox.acknowledge("s0");
  assert.equal(sent.at(-1), "s8");
});

test("'later' keeps the command and sends it again, 'no' gives it up", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, sent } = makeOutbox();
  outbox.connected();
  outbox.put("item.add", {}, "a");
  assert.equal(outbox.refuse("a", "slow_down"), false);
  mock.timers.tick(600);
  assert.deepEqual(sent, ["a", "a"]);
  assert.equal(outbox.refuse("a", "forbidden"), true);
  assert.deepEqual(outbox.list(), []);
  mock.timers.reset();
});
