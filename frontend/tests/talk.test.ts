import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makeReport } from "../src/talk/concern.ts";
import { TalkSession } from "../src/talk/session.ts";
import { isAsked, mayWrite, showWaited, splitLinks, wantsLinks, type ChatMessage } from "../src/talk/talk.ts";
import type { Command } from "../src/wire/words.ts";
import { FakeSocket, makeDrawer } from "./wire.ts";

const ME = "me";

async function begin(drawer = makeDrawer()) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const made: FakeSocket[] = [];
  const session = new TalkSession({
    address: (last, standing) => `since=${last ?? ""}&as=${standing}`,
    drawer,
    open: (address) => {
      const fake = new FakeSocket(address);
      made.push(fake);
      return fake as unknown as WebSocket;
    },
  });
  void session.open();
  await Promise.resolve();
  await Promise.resolve();
  const latest = (): FakeSocket => made.at(-1) as FakeSocket;
  const say = (type: string, data: object, seq?: number, ref?: string): void =>
    latest().onmessage?.({ data: JSON.stringify({ type, data, ...(seq === undefined ? {} : { seq }), ...(ref === undefined ? {} : { ref }) }) });
  const open = (messages: ChatMessage[] = [], seq = 0): void => {
    latest().onopen?.();
    say("talk.opened", { ...opening, messages, more: false }, seq);
  };
  return { session, drawer, made, latest, say, open };
}

const opening = {
  you: { person: ME, standing: "student" },
  mode: "open",
  hands: { mine: null, queue: null },
  pulse: null,
  pulses: null,
  server_at: 0,
};
const message = (id: string, seq: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id,
  seq,
  author: "other",
  name: "Bilal",
  standing: "student",
  text: `text ${id}`,
  sent_at: 0,
  to_staff: false,
  deleted: false,
  ...more,
});

test("what is written offline waits, survives a reload, goes out once and is acknowledged by its own id", async () => {
  const first = await begin();
  first.session.write("Hello");
  assert.deepEqual(first.session.waiting.map(({ text }) => text), ["Hello"]);
  const { session, latest, open, say, drawer } = await begin(makeDrawer([...first.drawer.rows.values()]));
  open();
  const [sent] = latest().said("chat.send");
  assert.deepEqual(sent?.data, { text: "Hello" });
  say("chat.sent", message(sent?.ref as string, 1, { author: ME }), 1, sent?.ref);
  assert.deepEqual([session.waiting, session.messages.length, drawer.rows.size], [[], 1, 0]);
});

test("a browser whose storage does not answer connects all the same; what it kept comes when it does", async () => {
  let answer: (kept: Command[]) => void = () => undefined;
  const { session, latest, open, drawer } = await begin({ ...makeDrawer(), load: () => new Promise((resolve) => (answer = resolve)) });
  open();
  session.write("now");
  const changes: number[] = [];
  session.on("changed", () => changes.push(session.waiting.length));
  answer([{ type: "chat.send", ref: "old", data: { text: "before" } }]);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(latest().said("chat.send").map(({ data }) => data), [{ text: "now" }, { text: "before" }]);
  assert.deepEqual([changes, drawer.rows.size], [[2], 1]);
});

test("after a break it says what it has, and what was missed is merged in order", async () => {
  const { session, made, latest, open, say } = await begin();
  const heard: string[] = [];
  session.on("said", ({ id }) => heard.push(id));
  open([message("a", 1), message("b", 2)], 2);
  session.write("mine");
  const ref = latest().said("chat.send")[0]?.ref as string;
  latest().onclose?.({ code: 1006 });
  mock.timers.tick(60_000);
  assert.deepEqual([made.length, latest().address], [2, "since=2&as=student"]);
  latest().onopen?.();
  // It had arrived: the answer alone was lost.
  say("talk.resumed", { ...opening, messages: [message(ref, 3, { author: ME, text: "mine" }), message("c", 4)], deleted: ["a"] }, 5);
  assert.deepEqual(session.messages.map(({ id, text }) => [id, text]), [["a", ""], ["b", "text b"], [ref, "mine"], ["c", "text c"]]);
  assert.deepEqual([session.waiting, heard], [[], ["b", "c"]]);
});

test("the answer to what was said twice comes with an old number, and counts", async () => {
  const { session, latest, open, say } = await begin();
  open([], 7);
  session.write("mine");
  const ref = latest().said("chat.send")[0]?.ref as string;
  say("chat.sent", message(ref, 3, { author: ME }), 3, ref);
  assert.deepEqual(session.waiting, []);
});

test("what is hidden leaves no gap, and a gap leads back to the beginning", async () => {
  const { session, made, open, say } = await begin();
  open();
  say("talk.hidden", {}, 1);
  say("chat.sent", message("a", 2), 2);
  assert.equal(session.messages.length, 1);
  say("chat.sent", message("c", 4), 4);
  mock.timers.tick(60_000);
  assert.equal(made.length, 2);
});

test("what the server refuses for good is given back, what it takes later is not", async () => {
  const { session, latest, open, say } = await begin();
  const unsent: string[] = [];
  session.on("unsent", () => unsent.push(...session.takeBack().map(({ text, code }) => `${code}: ${text}`)));
  open();
  session.write("one");
  session.write("two");
  const [one, two] = latest().said("chat.send").map(({ ref }) => ref);
  say("error", { code: "chat_closed" }, undefined, one);
  say("error", { code: "slow_down" }, undefined, two);
  assert.deepEqual([unsent, session.waiting.map(({ text }) => text)], [["chat_closed: one"], ["two"]]);
  mock.timers.tick(3_000);
  assert.equal(latest().said("chat.send").filter(({ ref }) => ref === two).length, 2);
});

test("what was refused before anybody shows it is there for whoever comes later, once and in order", async () => {
  const kept = ["one", "two"].map((text) => ({ type: "chat.send", ref: text, data: { text } }));
  const { session, drawer, open, say } = await begin(makeDrawer(kept));
  open();
  for (const ref of ["one", "two"]) say("error", { code: "chat_closed" }, undefined, ref);
  assert.deepEqual([session.waiting, drawer.rows.size], [[], 0]);
  assert.deepEqual(session.takeBack(), ["one", "two"].map((text) => ({ text, code: "chat_closed" })));
  assert.deepEqual(session.takeBack(), []);
});

test("many that waited go out as slowly as the server takes them", async () => {
  const kept = Array.from({ length: 9 }, (_, number) => ({ type: "chat.send", ref: `r${number}`, data: { text: "x" } }));
  const { latest, open } = await begin(makeDrawer(kept));
  open();
  assert.equal(latest().said("chat.send").length, 4);
});

test("a concern sent again after a break is the same one; with other words it is another", async () => {
  const { session, latest, open } = await begin();
  open();
  const report = makeReport(session);
  const first = report({ text: "He hurts me" });
  latest().onclose?.({ code: 1006 });
  assert.equal(report({ text: "He hurts me" }), null);
  mock.timers.tick(60_000);
  open();
  assert.equal(report({ text: "He hurts me" }), first);
  // The server would take the words that it has for these.
  const other = report({ text: "He hurts me, and Bilal" });
  assert.ok(other !== null && other !== first, "other words are not lost under a ref that is known");
  assert.deepEqual(latest().said("concern.raise").map(({ ref }) => ref), [first, other]);
  assert.ok(makeReport(session)({ text: "He hurts me" }) !== first, "nor are they when somebody begins anew");
});

test("deleting, the mode, hands, calls, reactions and the pulse are told on", async () => {
  const { session, open, say } = await begin();
  const heard: string[] = [];
  session.on("said", ({ id }) => heard.push(`said ${id}`));
  session.on("called", ({ name, isMe }) => heard.push(`${name} ${isMe}`));
  session.on("reacted", (counts) => heard.push(JSON.stringify(counts)));
  open();
  say("chat.sent", message("a", 1), 1);
  say("chat.deleted", { message: "a" }, 2);
  say("chat.mode_set", { mode: "closed" }, 3);
  say("hands.moved", { mine: { hand: "h", raised_at: 1, place: 3 }, queue: null });
  say("hand.called", { hand: "h", person: ME, name: "Amina" });
  say("reactions.counted", { counts: { clap: 12 } });
  say("pulse.moved", { counts: { too_fast: 2 } });
  assert.deepEqual([session.messages[0]?.deleted, session.messages[0]?.text, session.mode], [true, "", "closed"]);
  assert.deepEqual([session.hands.mine?.place, session.pulses.too_fast], [3, 2]);
  assert.deepEqual(heard, ["said a", "Amina true", '{"clap":12}']);
});

test("earlier messages are asked for by the first one that is there", async () => {
  const { session, latest, open, say } = await begin();
  open([message("b", 5)], 9);
  assert.equal(session.askEarlier(), true);
  assert.deepEqual(latest().said("chat.earlier")[0]?.data, { before: 5 });
  say("chat.found", { messages: [message("a", 2)], more: true });
  assert.deepEqual([session.messages.map(({ id }) => id), session.hasEarlier], [["a", "b"], true]);
});

test("only plain addresses of the web become links, and only where they may", () => {
  const links = (text: string, areWanted = true): (string | null)[] => splitLinks(text, areWanted).filter(({ href }) => href !== null).map(({ href }) => href);
  assert.deepEqual(links("see https://here.test/a?b=c. And (http://there.test)!"), ["https://here.test/a?b=c", "http://there.test/"]);
  assert.deepEqual(links("javascript:alert(1) data:text/html,x ftp://x.test www.x.test"), []);
  assert.deepEqual(links("https://bank.test@evil.test https://"), []);
  assert.deepEqual(links("https://here.test", false), []);
  const whole = "<b>https://here.test/x</b> end";
  assert.equal(splitLinks(whole, true).map(({ text }) => text).join(""), whole);
});

test("who writes follows from who one is and the mode; waiting is told in minutes", () => {
  assert.deepEqual([mayWrite("student", "open"), mayWrite("guest", "questions"), mayWrite("student", "closed")], [true, true, false]);
  assert.deepEqual([mayWrite("teacher", "closed"), mayWrite("observer", "open"), isAsked("observer")], [true, false, false]);
  assert.deepEqual([showWaited(0, 65_900), showWaited(5, 0)], ["1:05", "0:00"]);
});

test("a guest has nothing to click on, and nothing of a guest's is to be clicked on", () => {
  const standings = ["teacher", "co_teacher", "student", "guest", "observer"] as const;
  const text = "Look: https://example.org/a";
  for (const reader of standings) {
    for (const author of standings) {
      const links = splitLinks(text, wantsLinks(reader, author)).filter(({ href }) => href !== null);
      assert.equal(links.length, reader === "guest" || author === "guest" ? 0 : 1, `${reader} reads ${author}`);
    }
  }
});
