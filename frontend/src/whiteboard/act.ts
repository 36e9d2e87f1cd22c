import type { InkPoint } from "../wire/words.ts";
import type { BoardCanvas } from "./canvas.ts";
import type { Kit } from "./kit.ts";
import type { Selection } from "./selection.ts";
import type { BoardSession } from "./session.ts";
import type { Box, Figure, Shape } from "./shape.ts";
import type { Opener } from "./writer.ts";

/** Where a pointer is, and how. */
export interface Press {
  point: InkPoint;
  /** CSS pixels on the screen. */
  left: number;
  top: number;
  isShifted: boolean;
  isTouch: boolean;
  /** The handle of the selection's frame that was taken: "n", "se", … */
  handle: string | null;
}

/** Everything between a pointer's going down and its being lifted. */
export interface Act {
  move(presses: readonly Press[]): void;
  finish(): void;
  /** It was the first of two fingers: nothing happened. */
  cancel(): void;
  /** Settled items that are not to be seen meanwhile. */
  readonly hidden?: ReadonlySet<string>;
  /** What is to be seen above everything. */
  readonly shapes?: readonly Shape[];
  readonly marquee?: Box | null;
}

/** What the acts of a hand work with. */
export interface Desk {
  readonly session: BoardSession;
  readonly canvas: BoardCanvas;
  readonly kit: Kit;
  readonly selection: Selection;
  /** What is hidden or shown by the act is different now. */
  refresh(): void;
  writeAt(point: InkPoint, by: Opener): void;
  edit(figure: Figure, by: Opener): void;
}
