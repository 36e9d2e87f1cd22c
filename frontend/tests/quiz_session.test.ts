import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Quiz } from "../src/quizzes/quiz.ts";
import { QuizSession } from "../src/quizzes/session.ts";
import type { Drawer } from "../src/wire/outbox.ts";
import type { Command } from "../src/wire/words.ts";
import { FakeSocket, makeDrawer } from "./wire.ts";

const makeQuiz = (id: string, state: Quiz["state"]): Quiz =>
  ({ id, state, closes_at: 0, questions: [{ id: "q" }, { id: "r" }], tally: null, key: null, mine: {} }) as unknown as Quiz;
const answerTo = (quiz: string, question = "q", ref = "given offline"): Command => ({ type: "answer.submit", ref, data: { quiz, question, value: "1" } });

/** As a page that an earlier one left `kept`, which finds `quiz` on the desk. */
async function begin(kept: Command[], quiz: Quiz | null, drawer: Drawer = makeDrawer(kept)) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new FakeSocket();
  const session = new QuizSession({ address: () => "", drawer, open: () => socket as unknown as WebSocket });
  let seq = 0;
  const say = (type: string, data: object, ref?: string): void => {
    const isAnswer = type === "error" || type === "answer.counted";
    socket.onmessage?.({ data: JSON.stringify({ type, data, ...(isAnswer ? {} : { seq: (seq += 1) }), ...(ref === undefined ? {} : { ref }) }) });
  };
  void session.open();
  await Promise.resolve();
  await Promise.resolve();
  socket.onopen?.();
  say("quizzes.opened", { you: { person: "me", may_run: false, may_answer: true }, quiz, server_at: 0 });
  return { session, say, socket };
}

test("that an answer came too late is known to whoever asks afterwards, also when the quiz is told again", async () => {
  const { session, say, socket } = await begin([answerTo("a")], makeQuiz("a", "closed"));
  assert.deepEqual(socket.sent.map(({ ref }) => ref), ["given offline"]);
  say("error", { code: "late" }, "given offline");
  assert.deepEqual(session.refusal, { quiz: "a", question: "q", code: "late" });
  assert.deepEqual(session.waiting, []);
  say("quiz.revealed", { quiz: makeQuiz("a", "revealed") });
  assert.deepEqual([session.refusalOf("q"), session.refusalOf("r")], ["late", null]);
});

test("the next quiz makes it forget, but not the one that goes on already when it is refused", async () => {
  const { session, say } = await begin([answerTo("a")], makeQuiz("b", "open"));
  say("error", { code: "late" }, "given offline");
  say("quiz.shared", { quiz: makeQuiz("b", "open") });
  assert.deepEqual([session.refusal?.quiz, session.refusalOf("q")], ["a", null]);
  say("quiz.launched", { quiz: makeQuiz("c", "open") });
  assert.equal(session.refusal, null);
});

test("an answer that is kept makes it forget, one to another question of the same quiz does not", async () => {
  const { session, say, socket } = await begin([answerTo("a")], makeQuiz("a", "open"));
  say("error", { code: "bad_data" }, "given offline");
  session.answer("r", "1");
  say("answer.counted", { quiz: "a", question: "r", value: "1" }, socket.sent.at(-1)?.ref);
  assert.equal(session.refusalOf("q"), "bad_data");
  session.answer("q", "2");
  assert.equal(session.refusal, null);
  say("error", { code: "slow_down" }, socket.sent.at(-1)?.ref);
  assert.equal(session.refusal, null);
  assert.equal(session.waiting.length, 1);
});

const asking = { questions: ["q"] };

test("a question asked without a connection is asked of nobody, also not when the connection is back", async () => {
  const { session, say, socket } = await begin([], null);
  socket.readyState = 3;
  session.launch(asking);
  assert.deepEqual([session.wasNotAsked, session.isAsking, socket.said("quiz.launch").length], [true, false, 0]);
  socket.readyState = 1;
  say("quizzes.opened", { you: { person: "me", may_run: true, may_answer: false }, quiz: null, server_at: 0 });
  assert.deepEqual([session.wasNotAsked, socket.said("quiz.launch").length], [true, 0]);
  session.launch(asking);
  assert.deepEqual([session.wasNotAsked, session.isAsking], [false, true]);
  session.launch(asking);
  assert.equal(socket.said("quiz.launch").length, 1);
});

test("of one that was on its way when the connection broke, the next snapshot says whether it arrived", async () => {
  for (const arrives of [true, false]) {
    const { session, say, socket } = await begin([], null);
    session.launch(asking);
    const { quiz } = socket.said("quiz.launch")[0]?.data as { quiz: string };
    say("quizzes.opened", { you: { person: "me", may_run: true, may_answer: false }, quiz: arrives ? makeQuiz(quiz, "open") : null, server_at: 0 });
    assert.deepEqual([session.wasNotAsked, session.isAsking], [!arrives, false]);
  }
});

test("a refused question may be asked again", async () => {
  const { session, say, socket } = await begin([], null);
  session.launch(asking);
  say("error", { code: "quiz_open" }, socket.sent.at(-1)?.ref);
  assert.deepEqual([session.wasNotAsked, session.isAsking], [false, false]);
});

test("storage that does not answer keeps nobody from answering, and what it had is older than that", async () => {
  let answer: (kept: Command[]) => void = () => undefined;
  const drawer = { ...makeDrawer(), load: () => new Promise<Command[]>((resolve) => (answer = resolve)) };
  const { session, socket } = await begin([], makeQuiz("a", "open"), drawer);
  session.answer("q", "2");
  answer([answerTo("a"), answerTo("a", "r", "another")]);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  assert.deepEqual(socket.said("answer.submit").map(({ data }) => data), [
    { quiz: "a", question: "q", value: "2" },
    { quiz: "a", question: "r", value: "1" },
  ]);
});
