import assert from "node:assert/strict";
import { test } from "node:test";
import type { Profile } from "../src/common/profile.ts";
import { LinkJudge, typical, worse } from "../src/room/link_judge.ts";

const lossy = { lossPercent: 30, rttMs: 100 };
const good = { lossPercent: 0, rttMs: 40 };
const unknown = { lossPercent: null, rttMs: null };

function hear(judge: LinkJudge, samples: readonly (typeof lossy | typeof unknown)[], profile: Profile = "normal", from = 0) {
  return samples.map((sample, index) => judge.hear(sample, profile, from + index * 5_000));
}

test("three bad looks in a row offer the next lower profile, two do not", () => {
  assert.deepEqual(hear(new LinkJudge(), [lossy, lossy, good, lossy, lossy]), [null, null, null, null, null]);
  assert.deepEqual(hear(new LinkJudge(), [lossy, lossy, lossy]), [null, null, "saver"]);
  assert.deepEqual(hear(new LinkJudge(), [lossy, lossy, lossy], "saver"), [null, null, "audio_only"]);
  assert.deepEqual(hear(new LinkJudge(), [lossy, lossy, lossy], "audio_only"), [null, null, "board_only"]);
  assert.deepEqual(hear(new LinkJudge(), [lossy, lossy, lossy], "board_only"), [null, null, null]);
});

test("nobody is asked twice within three minutes", () => {
  const judge = new LinkJudge();
  hear(judge, [lossy, lossy, lossy]);
  assert.deepEqual(hear(judge, [lossy, lossy, lossy, lossy], "normal", 15_000), [null, null, null, null]);
  assert.equal(judge.hear(lossy, "normal", 190_000), "saver");
});

test("a link that nobody can measure is never called weak", () => {
  assert.deepEqual(hear(new LinkJudge(), [unknown, unknown, unknown]), [null, null, null]);
});

test("of two looks the worse counts; of a mesh what most links say", () => {
  assert.deepEqual(worse(good, { lossPercent: null, rttMs: 900 }), { lossPercent: 0, rttMs: 900 });
  assert.deepEqual(worse(unknown, unknown), unknown);
  assert.deepEqual(typical([good, lossy, good]), good);
  assert.deepEqual(typical([lossy, good, lossy]), lossy);
  assert.deepEqual(typical([]), unknown);
});
