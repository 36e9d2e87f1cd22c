import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { askAgain } from "../src/room/ask_again.ts";
import type { Row } from "../src/wire/drawer.ts";
import { FakeSocket } from "./wire.ts";

const row = (path: string, ref: string): Row => ({ key: ref, owner: `amina ${path}`, command: { type: "chat.send", ref, data: { text: ref } } });

function ask(...rows: Row[]) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const sockets = new Map<string, FakeSocket>();
  const known = askAgain(rows, (path) => {
    sockets.set(path, new FakeSocket(path));
    return sockets.get(path) as unknown as WebSocket;
  });
  return { known, at: (path: string): FakeSocket => sockets.get(path) as FakeSocket, sockets };
}

test("each room is asked once it has let us in, with the same refs, and what it has is known", async () => {
  const { known, at } = ask(row("/ws/talk/one/?guest=g", "a"), row("/ws/talk/one/?guest=g", "b"), row("/ws/quizzes/one/", "c"));
  const [talk, quiz] = [at("/ws/talk/one/?guest=g"), at("/ws/quizzes/one/")];
  assert.deepEqual([talk.sent, quiz.sent], [[], []]);
  talk.say({ type: "talk.opened", seq: 3, data: {} });
  quiz.say({ type: "quizzes.opened", seq: 1, data: {} });
  assert.deepEqual(talk.sent.map(({ ref }) => ref), ["a", "b"]);
  talk.say({ type: "chat.sent", seq: 2, ref: "a", data: {} }, { type: "chat.sent", seq: 4, ref: "another's", data: {} });
  talk.say({ type: "error", ref: "b", data: { code: "lesson_over" } });
  quiz.say({ type: "answer.counted", ref: "c", data: {} });
  assert.deepEqual([...(await known)], ["a", "c"]);
  assert.deepEqual([talk.readyState, quiz.readyState], [3, 3]);
});

test("a door that is closed, and a room that says nothing, know of nothing", async () => {
  const { known, at } = ask(row("/ws/talk/one/", "a"), row("/ws/quizzes/one/", "b"));
  at("/ws/talk/one/").onclose?.({ code: 4004 });
  mock.timers.tick(5_000);
  assert.deepEqual([...(await known)], []);
});

test("of what was still being written nobody is asked", async () => {
  const { known, sockets } = ask({ ...row("/ws/talk/one/", "draft"), isDraft: true });
  assert.deepEqual([...(await known)], []);
  assert.equal(sockets.size, 0);
});
