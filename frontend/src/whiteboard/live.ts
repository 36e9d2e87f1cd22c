import type { Point, StrokeExtended } from "../wire/words.ts";
import type { Ink } from "./ink.ts";

interface LiveStroke extends Ink {
  points: Point[];
  heard: number;
}

const FORGET_MS = 30_000;

/** Strokes that others are drawing now. Nothing here is durable: `item.added` replaces it. */
export class LiveStrokes {
  private readonly strokes = new Map<string, LiveStroke>();

  extend(message: StrokeExtended, now: number): void {
    const known = this.strokes.get(message.stroke);
    if (known === undefined) {
      const { page, colour, width, points } = message;
      this.strokes.set(message.stroke, { page, colour, width, points: [...points], heard: now });
      return;
    }
    known.points.push(...message.points);
    known.heard = now;
  }

  settle(id: string): void {
    this.strokes.delete(id);
  }

  clear(): void {
    this.strokes.clear();
  }

  /** A pen whose owner vanished leaves nothing behind. */
  list(now: number): Ink[] {
    for (const [id, stroke] of this.strokes) if (now - stroke.heard > FORGET_MS) this.strokes.delete(id);
    return [...this.strokes.values()];
  }
}
