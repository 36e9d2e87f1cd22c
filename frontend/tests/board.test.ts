import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { applyFact, openBoard, sortStrokes } from "../src/whiteboard/board.ts";
import type { BoardOpened, DrawRight, Envelope, Page } from "../src/wire/words.ts";

interface Transcript {
  name: string;
  before: BoardOpened & { seq: number };
  heard: Envelope[];
  after: { pages: Page[]; current_page: string; draw: DrawRight; strokes: string[] };
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

function replay({ before }: Transcript, heard: Envelope[]): Transcript["after"] {
  const state = openBoard(before, before.seq);
  for (const fact of heard) applyFact(state, fact);
  const strokes = sortStrokes(state).map((stroke) => stroke.id);
  return { pages: state.pages, current_page: state.current_page, draw: state.draw, strokes };
}
