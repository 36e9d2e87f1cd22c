import assert from "node:assert/strict";
import { test } from "node:test";
import { shorten } from "../src/whiteboard/outline.ts";

test("a short text is said as it is", () => {
  assert.equal(shorten("Halves and quarters"), "Halves and quarters");
  assert.equal(shorten("x".repeat(100)), "x".repeat(100));
});

test("a long one ends with dots, never within a letter", () => {
  assert.equal(shorten("x".repeat(101)), `${"x".repeat(100)}…`);
  assert.equal(shorten("𝒳".repeat(101)), `${"𝒳".repeat(100)}…`);
  assert.equal(shorten("one two three", 4), "one…");
});
