import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { LiveReader } from "../src/whiteboard/live.ts";
import type { InkItem } from "../src/wire/words.ts";

interface Vector {
  name: string;
  hex: string;
  way: "down" | "bad";
  items: InkItem[];
  facts: boolean;
}

const FOLDER = "../tests/transcripts/ink";
const vectors = readdirSync(FOLDER).map((file) => JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Vector);
const never = (): never => {
  throw new Error("nobody said that");
};

/** What is heard of a frame: each item, and whether it is a fact. */
function hear(hex: string): [InkItem, boolean][] {
  const heard: [InkItem, boolean][] = [];
  const kept = (ink: InkItem[], isFact: boolean): void => {
    for (const item of ink) heard.push([item, isFact]);
  };
  const reader = new LiveReader({ extended: never, pointed: never, told: never, kept });
  reader.read(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  return heard;
}

for (const { name, way, hex, items, facts } of vectors) {
  if (way === "down") test(name, () => assert.deepEqual(hear(hex), items.map((item) => [item, facts])));
  else test(name, () => assert.ok(isRefused(hex)));
}

function isRefused(hex: string): boolean {
  try {
    return hear(hex).length < 0;
  } catch (error) {
    return error instanceof RangeError;
  }
}
