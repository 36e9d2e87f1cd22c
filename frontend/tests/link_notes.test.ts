import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, noteLink } from "../src/room/link_notes.ts";

const good = { loss_percent: 0, rtt_ms: 40, visible: true, idle_seconds: 0 };

test("since when somebody did nothing is said from the first whole minute", () => {
  assert.deepEqual(noteLink({ ...good, idle_seconds: 59 }), []);
  assert.deepEqual(noteLink({ ...good, idle_seconds: 60 }), [{ key: "people.quiet", n: 1 }]);
  assert.deepEqual(noteLink({ ...good, idle_seconds: 359 }), [{ key: "people.quiet", n: 5 }]);
});

test("whoever looks elsewhere is said to, and since when as well", () => {
  assert.deepEqual(noteLink({ ...good, visible: false, idle_seconds: 130 }), [{ key: "people.elsewhere" }, { key: "people.quiet", n: 2 }]);
});

test("a network is judged by what is lost and by how long an answer takes", () => {
  assert.deepEqual([good, { ...good, rtt_ms: 300 }, { ...good, loss_percent: 6 }, { ...good, rtt_ms: null, loss_percent: null }].map(judge), ["good", "fair", "poor", "good"]);
  assert.deepEqual(noteLink({ ...good, rtt_ms: 300 }), [{ key: "people.link_fair" }]);
});
