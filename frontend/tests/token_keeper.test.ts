import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { TokenKeeper } from "../src/room/token_keeper.ts";

function start(valid_ms = 600_000) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let asked = 0;
  const keeper = new TokenKeeper({ jwt: "first", valid_ms }, () => {
    asked += 1;
    return true;
  });
  return { keeper, asked: () => asked };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test("a token of ten minutes is renewed after eight, once it is answered", () => {
  const { keeper, asked } = start();
  mock.timers.tick(479_000);
  assert.equal(asked(), 0);
  mock.timers.tick(1_000);
  assert.equal(asked(), 1);
  keeper.hear({ jwt: "second", valid_ms: 600_000 });
  mock.timers.tick(479_000);
  assert.equal(asked(), 1);
  mock.timers.tick(1_000);
  assert.equal(asked(), 2);
});

test("while nobody answers it is asked for again and again", () => {
  const { asked } = start();
  mock.timers.tick(480_000);
  for (let times = 0; times < 4; times += 1) mock.timers.tick(5_000);
  assert.equal(asked(), 5);
});

test("a token that works for a while is handed out at once", async () => {
  const { keeper, asked } = start();
  assert.equal(await keeper.fresh(), "first");
  assert.equal(asked(), 0);
});

test("whoever joins from a lobby where the token grew old gets the next one", async () => {
  const { keeper, asked } = start(60_000);
  mock.timers.tick(59_000);
  let got = "";
  void keeper.fresh().then((jwt) => (got = jwt));
  await settle();
  assert.equal(got, "");
  assert.ok(asked() > 0);
  keeper.hear({ jwt: "second", valid_ms: 600_000 });
  await settle();
  assert.equal(got, "second");
});

test("somebody who gets no other token is not kept waiting for ever", async () => {
  const { keeper } = start(60_000);
  mock.timers.tick(59_000);
  let got = "";
  void keeper.fresh().then((jwt) => (got = jwt));
  await settle();
  mock.timers.tick(15_000);
  await settle();
  assert.equal(got, "first");
});

test("after the laptop slept, the return of the socket renews what is due, and nothing else", () => {
  const { keeper, asked } = start();
  keeper.hurry();
  assert.equal(asked(), 0);
  keeper.stop();
  mock.timers.tick(500_000);
  keeper.hurry();
  assert.equal(asked(), 1);
});
