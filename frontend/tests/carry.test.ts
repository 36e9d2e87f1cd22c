import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { takeAlong, upload } from "../src/whiteboard/carry.ts";
import { FileTrouble } from "../src/whiteboard/files.ts";

const door = { base: "/boards/b/", csrf: "token", guest: "" };
const slides = (state: string, percent = 0): object => ({ id: "f", kind: "slides", state, percent, error: null, pictures: [] });

type Answer = { status?: number; body?: unknown } | "lost";

/** A server that gives these answers in turn, the last one again and again, while the clock is wound forward. */
async function ask<Result>(answers: Answer[], act: () => Promise<Result>): Promise<{ result: Result | string; asked: string[]; seconds: number }> {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const asked: string[] = [];
  const answer = (address: string, { method = "GET" }: RequestInit): Promise<Response> => {
    asked.push(`${method} ${address}`);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next === undefined || next === "lost") return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(new Response(typeof next.body === "string" ? next.body : JSON.stringify(next.body), { status: next.status ?? 200 }));
  };
  Object.assign(globalThis, { fetch: answer });
  let result: Result | string | null = null;
  void act().then(
    (value) => (result = value),
    (trouble: unknown) => (result = trouble instanceof FileTrouble ? trouble.code : String(trouble)),
  );
  const began = Date.now();
  for (let turn = 0; turn < 20_000 && result === null; turn += 1) {
    await Promise.resolve();
    if (turn % 20 === 19) mock.timers.tick(100);
  }
  assert.ok(result !== null, "it never ends");
  return { result: result as Result | string, asked, seconds: (Date.now() - began) / 1000 };
}

const bring = (told: number[] = []) => upload(door, new Blob(["%PDF"]), "a.pdf", null, (percent) => told.push(percent));
const POST = "POST /boards/b/files?name=a.pdf";
const POLL = "GET /boards/b/files/f";

test("an import goes on over a network that comes and goes, and over a server that restarts", async () => {
  const told: number[] = [];
  const bad = { status: 502, body: "<h1>Bad gateway</h1>" };
  const answers: Answer[] = [{ body: slides("waiting") }, "lost", bad, { body: "<h1>Sign in to the network</h1>" }, { status: 429, body: { error: "slow_down" } }, { body: slides("working", 50) }, "lost", { body: slides("ready") }];
  const { result, asked } = await ask(answers, () => bring(told));
  assert.deepEqual(result, slides("ready"));
  assert.deepEqual(asked, [POST, ...Array<string>(7).fill(POLL)], "it is brought up once");
  assert.deepEqual(told, [0, 50]);
});

test("after a minute without an answer it is given up, and asked ever more seldom until then", async () => {
  const { result, asked, seconds } = await ask([{ body: slides("working") }, "lost"], bring);
  assert.equal(result, "unavailable");
  assert.ok(seconds >= 60 && seconds < 75, `${seconds} seconds`);
  assert.ok(asked.length > 5 && asked.length < 20, `${asked.length} times`);
});

test("what cannot be brought up is not tried again by itself, and a file that is gone ends it at once", async () => {
  const lost = await ask(["lost"], bring);
  assert.deepEqual([lost.result, lost.asked], ["unavailable", [POST]]);
  const gone = await ask([{ body: slides("working") }, { status: 404, body: {} }], bring);
  assert.deepEqual([gone.result, gone.asked], ["not_found", [POST, POLL]]);
});

test("a copy of the board is followed in the same way", async () => {
  const copy = (state: string, src: string | null): object => ({ state, percent: 0, error: null, src, follow: "/boards/b/exports/e" });
  const { result } = await ask([{ body: copy("working", null) }, "lost", { body: copy("ready", "/copy.pdf") }], () => takeAlong(door, "pdf", true, () => undefined));
  assert.equal(result, "/copy.pdf");
});
