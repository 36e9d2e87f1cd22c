/** The edits of a recorded board, as recordings/board_log.py writes them: ink packed, all else as envelopes, in any order. */
import { decode } from "../whiteboard/deltas.ts";
import type { Envelope, InkItem } from "../wire/words.ts";
import type { LessonClock } from "./lesson_clock.ts";

/** One edit at its second of the video. */
export interface Moment {
  at: number;
  fact: Envelope;
}

/** A stroke while it was being drawn. */
export interface Stroke {
  begins: number;
  ends: number;
  ink: InkItem;
}

const LONGEST_MS = 60_000;

/** In the order of their numbers; a clock that went back for a moment does not undo time. */
export function readLog(bytes: Uint8Array, clock: LessonClock): Moment[] {
  const facts = [...readFacts(bytes)].sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
  let last = 0;
  return facts.map((fact) => {
    last = Math.max(last, clock.offsetOf((fact.data as { at: number }).at / 1000));
    return { at: last, fact };
  });
}

function* readFacts(bytes: Uint8Array): Generator<Envelope> {
  for (const record of decode(bytes)) {
    if ("words" in record) yield JSON.parse(record.words) as Envelope;
    if ("ink" in record) for (const ink of record.ink) yield { type: "item.added", seq: ink.seq, data: ink };
  }
}

/** Strokes in the order they were begun, as far as their authors can be believed. */
export function findStrokes(moments: readonly Moment[], clock: LessonClock): Stroke[] {
  return moments
    .filter(({ fact }) => fact.type === "item.added" && "duration_ms" in (fact.data as object))
    .map(({ at, fact }) => {
      const ink = fact.data as InkItem;
      const lasted = Math.min(Math.max(0, ink.duration_ms), LONGEST_MS);
      return { begins: clock.offsetOf((ink.at - lasted) / 1000), ends: at, ink };
    })
    .sort((one, other) => one.begins - other.begins);
}
