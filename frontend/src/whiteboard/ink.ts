import type { Point } from "../wire/words.ts";

/** Anything that can be drawn: a settled stroke, a pending one, one that is growing. */
export interface Ink {
  page: string;
  colour: string;
  width: number;
  points: readonly Point[];
}
