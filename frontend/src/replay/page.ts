import type { RecordingState } from "../wire/words.ts";

export interface Chapter {
  at_seconds: number;
  title: string;
  kind: "page" | "quiz" | "breakouts" | "screen";
}

/** The board's edits at `src`; `pictures` is where its slides and images are, by file and page. */
export interface BoardSource {
  src: string;
  pictures: string;
  /** Epoch seconds that the video shows, from when to when, one after another. */
  spans: [number, number][];
}

export interface CaptionsSource {
  language: string;
  label: string;
  is_automatic: boolean;
  src: string;
}

/** One picture with `number` small ones, `columns` in a row, each for `every_seconds`. */
export interface Thumbnails {
  src: string;
  every_seconds: number;
  number: number;
  columns: number;
  width: number;
  height: number;
}

/** A recording that can be watched. `src` is an address of this site that leads to a fresh signed one. */
export interface Replay {
  src: string;
  /** For weak links: several sizes of which the player takes what fits, a small picture, the sound alone. */
  smaller: { auto?: string; low?: string; audio?: string };
  poster: string | null;
  duration_seconds: number;
  chapters: Chapter[];
  /** What is missing: people were inside and nothing was recorded. `cause` has a sentence `gap.<cause>`. */
  gaps: { at_seconds: number; seconds: number; cause: string }[];
  board: BoardSource | null;
  captions: CaptionsSource[];
  thumbnails: Thumbnails | null;
  position_seconds: number;
}

/** What the recorder filmed, before the video is composed: for those who hold the lesson. */
export interface Early {
  src: string;
  duration_seconds: number;
  board: BoardSource | null;
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
  early?: Early;
}

/** `page-data` of replay.html. */
export interface ReplayPage {
  lesson: { id: string; title: string; course: string; starts_at: number };
  progress: Progress;
  progress_url: string;
  position_url: string;
  notes_url: string;
  notes_text_url: string;
  pack_url: string;
  pack_file_url: string;
  csrf: string;
}
