import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../src/common/emitter.ts";
import type { Profile } from "../src/common/profile.ts";
import type { LocalMedia } from "../src/room/local_media.ts";
import { PeerEngine } from "../src/room/peer_engine.ts";
import type { PeerSignal, PeerSignalled } from "../src/wire/words.ts";

// A browser's connection as far as the engine looks at it; nothing is ever connected.
class Connection {
  localDescription = { type: "offer", sdp: "v=0" };
  remoteDescription = null;
  connectionState = "new";
  addTransceiver = () => ({
    sender: { replaceTrack: () => Promise.resolve(), getParameters: () => ({}), track: null },
    receiver: { track: {} },
  });
  getTransceivers = () => [];
  setLocalDescription = () => Promise.resolve();
  setRemoteDescription = () => Promise.resolve();
  close = (): void => undefined;
}
Object.assign(globalThis, { RTCPeerConnection: Connection, MediaStream: class {} });

class NoDevices extends Emitter<object> {
  readonly changes: string[] = [];
  isOn = () => false;
  sent = () => null;
  set = (device: string, on: boolean) => Promise.resolve(void this.changes.push(`${device} ${on}`));
  setPeople = (): void => undefined;
  stop = (): void => undefined;
}

async function enter(profile: Profile) {
  const sent: PeerSignal[] = [];
  const gone: string[] = [];
  const local = new NoDevices();
  const port = { occupant: "m", send: (signal: PeerSignal) => sent.push(signal) > 0 };
  const engine = new PeerEngine(port, local as unknown as LocalMedia, profile);
  engine.on("gone", ({ occupant }) => gone.push(occupant));
  engine.follow({ people: ["a", "m", "z"], recorder: null, iceServers: [] });
  await engine.join();
  await settle();
  const hear = (signal: Partial<PeerSignalled>): void => engine.hear({ from: "a", session: "s", ...signal });
  const said = (): string[] =>
    sent.splice(0).map(({ to, wish, description }) => `${to} ${wish ?? description?.type ?? "?"}`);
  return { engine, gone, hear, said, local };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

const offer = { from: "z", description: { type: "offer", sdp: "v=0" } } as const;

test("over a good network nobody is asked for anything", async () => {
  const { engine, said } = await enter("normal");
  assert.deepEqual(said(), ["a offer"]);
  engine.leave(); // or its attempts would go on
});

test("over a poor one each of the others is asked for less, and cameras go off where there are no pictures", async () => {
  const { engine, said, local } = await enter("saver");
  assert.deepEqual(said().sort(), ["a offer", "a small"]);
  await engine.use("audio_only");
  assert.deepEqual(said(), ["a none", "z none"]);
  assert.deepEqual(local.changes, ["camera false", "screen false"]);
  engine.leave(); // or its attempts would go on
});

test("who is away is left in peace, and connected again like somebody new", async () => {
  const { engine, hear, gone, said } = await enter("normal");
  said();
  hear({ wish: "away" });
  await settle();
  assert.deepEqual(gone, ["a"]);
  assert.deepEqual(said(), []);
  hear({ wish: "small" });
  await settle();
  assert.deepEqual(said(), ["a offer"]);
  engine.leave(); // or its attempts would go on
});

test("with the board alone every connection ends, offers are declined, and coming back tells everybody", async () => {
  const { engine, hear, gone, said } = await enter("normal");
  said();
  await engine.use("board_only");
  assert.deepEqual(gone, ["a"]);
  assert.deepEqual(said(), ["a away", "z away"]);
  hear(offer);
  engine.follow({ people: ["a", "b", "m", "z"], recorder: "r", iceServers: [] });
  await settle();
  assert.deepEqual(said(), ["z away"]);
  await engine.use("normal");
  await settle();
  assert.deepEqual(said().sort(), ["a all", "a offer", "b all", "b offer", "r offer", "z all"]);
  engine.leave(); // or its attempts would go on
});

test("whoever joins with the board alone connects to nobody", async () => {
  const { engine, said } = await enter("board_only");
  assert.deepEqual(said(), []);
  engine.leave();
});
