import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Outbox, type Drawer } from "../src/wire/outbox.ts";
import { modernise } from "../src/whiteboard/modernise.ts";
import type { Command, DurableBoardCommands } from "../src/wire/words.ts";

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

test("what a closed room of a lesson refuses stays in the drawer, and is not sent again meanwhile; elsewhere it is given up", () => {
  const { outbox, sent, drawer } = makeOutbox({ ...makeDrawer(), isReclaimed: true });
  outbox.connected();
  for (const ref of ["a", "b", "c"]) outbox.put("item.add", {}, ref);
  assert.equal(outbox.refuse("a", "lesson_over"), false);
  assert.equal(outbox.refuse("b", "bad_data"), true);
  outbox.acknowledge("c");
  assert.deepEqual([...drawer.kept.keys()], ["a"]);
  assert.deepEqual(sent, ["a", "b", "c"]);
  const main = makeOutbox();
  main.outbox.connected();
  main.outbox.put("item.add", {}, "a");
  assert.equal(main.outbox.refuse("a", "lesson_over"), true);
  assert.equal(main.drawer.kept.size, 0);
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

/** With timers of the test; `tick` in milliseconds. */
function makeTimed(options: ConstructorParameters<typeof Outbox>[2] = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const sent: string[] = [];
  const drawer = makeDrawer();
  const outbox = new Outbox(drawer, ({ ref }) => sent.push(ref) > 0, { now: () => 0, burst: 1000, ...options });
  outbox.connected();
  return { outbox, sent, drawer };
}

test("while a command waits because it was put off nothing later is sent, and what is refused on its account comes after it", () => {
  const { outbox, sent, drawer } = makeTimed();
  for (const ref of ["before", "page", "stroke", "other"]) outbox.put("any", {}, ref);
  assert.equal(outbox.refuse("page", "unavailable"), false);
  assert.equal(outbox.refuse("stroke", "not_found"), false); // no such page: not yet
  outbox.acknowledge("other");
  outbox.put("any", {}, "new");
  mock.timers.tick(600);
  assert.deepEqual(sent.splice(0), ["before", "page", "stroke", "other", "page"]);
  assert.equal(outbox.refuse("before", "bad_data"), true);
  outbox.acknowledge("page");
  assert.deepEqual(sent.splice(0), ["stroke", "new"]);
  assert.equal(outbox.refuse("stroke", "bad_data"), true);
  outbox.acknowledge("new");
  assert.deepEqual([outbox.list(), drawer.kept.size], [[], 0]);
  mock.timers.reset();
});

test("of several put off the first goes alone, then all in order, also over another connection", () => {
  const { outbox, sent } = makeTimed();
  for (const ref of ["a", "b", "c"]) outbox.put("any", {}, ref);
  for (const ref of ["b", "a", "c"]) outbox.refuse(ref, "slow_down");
  mock.timers.tick(600);
  assert.deepEqual(sent.splice(0), ["a", "b", "c", "a"]);
  outbox.disconnected();
  outbox.connected();
  assert.deepEqual(sent.splice(0), ["a"]);
  outbox.acknowledge("a");
  assert.deepEqual(sent.splice(0), ["b", "c"]);
  mock.timers.reset();
});

test("what the server can never take holds the others back for about a minute, not for ever", () => {
  const { outbox, sent } = makeTimed();
  for (const ref of ["poison", "a"]) outbox.put("any", {}, ref);
  outbox.refuse("a", "unavailable");
  let seconds = 0;
  for (; seconds < 600 && sent.lastIndexOf("a") < 2; seconds += 1) {
    outbox.refuse("poison", "unavailable");
    for (let at = sent.length; at === sent.length && seconds < 600; seconds += 1) mock.timers.tick(1_000);
  }
  assert.ok(seconds > 45 && seconds < 90, `${seconds} s`);
  outbox.acknowledge("a");
  outbox.refuse("poison", "unavailable");
  outbox.put("any", {}, "b");
  mock.timers.tick(10_000);
  assert.deepEqual(sent.slice(-2), ["poison", "b"]);
  mock.timers.reset();
});

test("an undo goes when what it may take back is carried out, and nothing is carried out before it that it could take back instead", () => {
  const { outbox, sent } = makeTimed({ alone: new Set(["edit.undo", "edit.redo"]) });
  for (const [type, ref] of [["item.add", "stroke"], ["edit.undo", "undo"], ["edit.undo", "undo too"], ["edit.redo", "redo"], ["item.add", "next"]] as const) {
    outbox.put(type, {}, ref);
  }
  assert.deepEqual(sent.splice(0), ["stroke"]);
  outbox.refuse("stroke", "unavailable");
  mock.timers.tick(600);
  outbox.acknowledge("stroke");
  assert.deepEqual(sent.splice(0), ["stroke", "undo", "undo too"]);
  outbox.acknowledge("undo");
  assert.deepEqual(sent, []);
  outbox.acknowledge("undo too");
  assert.deepEqual(sent.splice(0), ["redo"]);
  outbox.acknowledge("redo");
  assert.deepEqual(sent, ["next"]);
  mock.timers.reset();
});

test("after a long absence it goes out no faster than the server takes it", () => {
  let now = 1_000_000;
  mock.timers.enable({ apis: ["setTimeout"] });
  const sent: string[] = [];
  const outbox = new Outbox(makeDrawer(), ({ ref }) => sent.push(ref) > 0, { now: () => now });
  for (let n = 0; n < 200; n += 1) outbox.put("item.add", {}, `s${n}`);
  outbox.connected();
  const answerAll = (): void => {
    for (let done = -1; done !== sent.length; ) {
      done = sent.length;
      for (const ref of [...sent]) outbox.acknowledge(ref);
    }
  };
  answerAll();
  assert.equal(sent.length, 40);
  for (let tick = 0; tick < 100; tick += 1) {
    now += 100;
    mock.timers.tick(100);
    answerAll();
  }
  assert.ok(sent.length > 120 && sent.length <= 40 + 90, `${sent.length} in ten seconds`);
  mock.timers.reset();
});

test("strokes kept by an older page are sent in today's words and dropped when they are answered", async () => {
  const stroke = { page: "p", colour: "#112233", width: 4, points: [[1, 2]], duration_ms: 5 };
  const old = [
    { type: "stroke.add", ref: "a", data: stroke },
    { type: "stroke.erase", ref: "b", data: { strokes: ["x"] } },
    { type: "page.turn", ref: "c", data: { page: "p" } },
  ];
  const drawer = makeDrawer(old);
  const sent: Command[] = [];
  const outbox = new Outbox(drawer, (command) => sent.push(command) > 0, { read: modernise });
  await outbox.load();
  outbox.connected();
  assert.deepEqual(sent, [
    { type: "item.add", ref: "a", data: { kind: "pen", ...stroke } },
    { type: "item.erase", ref: "b", data: { items: ["x"] } },
    { type: "page.turn", ref: "c", data: { page: "p" } },
  ]);
  for (const { ref } of old) outbox.acknowledge(ref);
  assert.equal(drawer.kept.size, 0);
});

test("every durable word survives a reload as it was said", async () => {
  const drawer = makeDrawer();
  const words: Record<keyof DurableBoardCommands, true> = {
    "item.add": true,
    "item.change": true,
    "item.erase": true,
    "item.divide": true,
    "page.add": true,
    "page.duplicate": true,
    "page.move": true,
    "page.rename": true,
    "page.remove": true,
    "page.clear": true,
    "page.turn": true,
    "rights.change": true,
    "follow.change": true,
    "answers.open": true,
    "answers.reveal": true,
    "answers.close": true,
    "edit.undo": true,
    "edit.redo": true,
  };
  const before = new Outbox(drawer, () => false);
  for (const type of Object.keys(words)) before.put(type, { about: type }, `ref of ${type}`);
  const sent: Command[] = [];
  const after = new Outbox(drawer, (command) => sent.push(command) > 0, { read: modernise });
  await after.load();
  after.connected();
  for (let done = 0; done < sent.length; done += 1) after.acknowledge(sent[done]?.ref ?? "");
  assert.deepEqual(sent.map(({ type, data }) => ({ type, data })), Object.keys(words).map((type) => ({ type, data: { about: type } })));
});
