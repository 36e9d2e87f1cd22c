import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { keepDraft } from "../src/talk/draft.ts";
import { TalkSession } from "../src/talk/session.ts";
import { FakeSocket, makeDrawer } from "./wire.ts";

const settle = async (turns = 20): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
};

/** A field of a chat, with what an earlier page left there, and what is kept of it. */
async function begin(left = "") {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = new EventTarget();
  Object.assign(globalThis, { addEventListener: page.addEventListener.bind(page), removeEventListener: page.removeEventListener.bind(page) });
  const kept: string[] = [];
  const draft = { load: () => settle(5).then(() => left), keep: (text: string) => kept.push(text) };
  const session = new TalkSession({ address: () => "", drawer: makeDrawer(), draft, open: () => new FakeSocket() as unknown as WebSocket });
  const field = Object.assign(new EventTarget(), { value: "" });
  const type = (text: string): void => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  };
  const stop = keepDraft(field as unknown as HTMLTextAreaElement, session);
  return { session, field, kept, type, stop, page };
}

test("what is being written is kept in pauses, and at once when its room closes or the page goes", async () => {
  const { kept, type, stop, page } = await begin();
  for (const text of ["S", "Se", "Seven"]) type(text);
  assert.deepEqual(kept, []);
  mock.timers.tick(500);
  assert.deepEqual(kept, ["Seven"]);
  type("Seven halves");
  page.dispatchEvent(new Event("pagehide"));
  type("Seven halves are");
  stop();
  assert.deepEqual(kept, ["Seven", "Seven halves", "Seven halves are"]);
  type("nothing of the next room's");
  mock.timers.tick(10_000);
  assert.equal(kept.length, 3);
});

test("what was sent, or taken out, is kept no longer", async () => {
  const { session, field, kept, type } = await begin();
  type("Seven");
  mock.timers.tick(500);
  field.value = "";
  session.write("Seven");
  assert.deepEqual(kept, ["Seven", ""]);
  type("Eight");
  mock.timers.tick(500);
  type("  ");
  mock.timers.tick(500);
  assert.deepEqual(kept, ["Seven", "", "Eight", ""]);
});

test("it is there again when somebody comes back, before what they have begun meanwhile", async () => {
  const again = await begin("Seven");
  await settle();
  assert.equal(again.field.value, "Seven");
  const begun = await begin("Seven");
  begun.type("Eight");
  await settle();
  assert.deepEqual([begun.field.value, begun.kept.at(-1)], ["Seven\nEight", "Seven\nEight"]);
  const gone = await begin("Seven");
  gone.stop();
  await settle();
  assert.deepEqual([gone.field.value, gone.kept], ["", []]);
});
