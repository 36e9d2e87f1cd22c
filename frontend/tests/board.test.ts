import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { applyFact, openBoard, sortItems } from "../src/whiteboard/board.ts";
import type { BoardOpened, BoardSnapshot, Envelope } from "../src/wire/words.ts";

interface Transcript {
  name: string;
  before: BoardOpened & { seq: number };
  heard: Envelope[];
  after: BoardSnapshot;
}

const FOLDER = "../tests/transcripts";

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".json"))) {
  const transcript = JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Transcript;
  test(transcript.name, () => {
    assert.deepEqual(replay(transcript, transcript.heard), transcript.after);
  });
  test(`${transcript.name}, each fact heard twice`, () => {
    const twice = transcript.heard.flatMap((fact) => [fact, fact]);
    assert.deepEqual(replay(transcript, twice), transcript.after);
  });
}

function replay({ before }: Transcript, heard: Envelope[]): BoardSnapshot {
  const state = openBoard(before, before.seq);
  for (const fact of heard) applyFact(state, fact);
  const { pages, current_page, draw, named, isolated, follow } = state;
  return { pages, current_page, draw, named, isolated, follow, items: sortItems(state) };
}
