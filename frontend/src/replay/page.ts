import type { RecordingState } from "../wire/words.ts";

/** A recording that can be watched. `src` is an address of this site that leads to a fresh signed one. */
export interface Replay {
  src: string;
  poster: string | null;
  duration_seconds: number;
  chapters: { at_seconds: number; title: string }[];
  /** What is missing: people were inside and nothing was recorded. `cause` has a sentence `gap.<cause>`. */
  gaps: { at_seconds: number; seconds: number; cause: string }[];
  position_seconds: number;
}

/** The answer of `progress_url`; `replay` comes with `ready`. */
export interface Progress {
  state: RecordingState;
  /** 0 to 100. */
  percent: number;
  /** A word with a sentence `step.<word>`, or empty. */
  step: string;
  /** Why it failed: a word with a sentence `reason.<word>`, or empty. */
  reason: string;
  ready: boolean;
  replay?: Replay;
}

/** `page-data` of replay.html. */
export interface ReplayPage {
  lesson: { id: string; title: string; course: string; starts_at: number };
  progress: Progress;
  progress_url: string;
  position_url: string;
  csrf: string;
}
