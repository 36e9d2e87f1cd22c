import assert from "node:assert/strict";
import { test } from "node:test";
import { isRight, readNumber, secondsLeft, showTime, type Key, type Question, type Quiz } from "../src/quizzes/quiz.ts";

const quiz = { closes_at: 100_000 } as Quiz;

test("the time that is left is the server's, whatever this clock shows", () => {
  assert.equal(secondsLeft(quiz, 0, 70_000), 30);
  assert.equal(secondsLeft(quiz, 20_000, 70_000), 10);
  assert.equal(secondsLeft(quiz, -5_000, 70_000), 35);
  assert.equal(secondsLeft(quiz, 0, 200_000), 0);
  assert.equal(showTime(65), "1:05");
});

test("numbers are read as people type them, in the digits of their language", () => {
  assert.deepEqual(["3,5", " -2 ", "٣٫٥", "۱۲", "1e3", ".5"].map(readNumber), [3.5, -2, 3.5, 12, 1000, 0.5]);
  assert.deepEqual(["three", "", "1.2.3", "--1"].map(readNumber), [null, null, null, null]);
});

test("a bar is right by the key of its kind", () => {
  const key: Key = { question: "q", choices: ["2"], number: 3, tolerance: 0.1, variants: ["Denominator"], explanation: "" };
  const of = (kind: Question["kind"]): Question => ({ id: "q", kind, text: "?", choices: [] });
  assert.deepEqual([isRight(key, of("single"), "2"), isRight(key, of("single"), "1")], [true, false]);
  assert.deepEqual([isRight(key, of("numeric"), "3.1"), isRight(key, of("numeric"), "3.2")], [true, false]);
  assert.deepEqual([isRight(key, of("short_text"), " denominator! "), isRight(key, of("short_text"), "numerator")], [true, false]);
});
