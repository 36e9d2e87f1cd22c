import type { InkItem, Point, StrokeExtend, StrokeExtended } from "../wire/words.ts";
import { decode, encodeBegin, encodePoints, type Begin } from "./deltas.ts";
import type { Ink } from "./shape.ts";

export interface LiveStroke extends Ink {
  author: string;
  points: Point[];
  heard: number;
}

const FORGET_MS = 30_000;
const PENS = 8; // as many as the server remembers of one socket

/** Strokes that others are drawing now. Nothing here is durable: `item.added` replaces it. */
export class LiveStrokes {
  private readonly strokes = new Map<string, LiveStroke>();

  extend(message: StrokeExtended, now: number): void {
    const known = this.strokes.get(message.stroke);
    if (known === undefined) {
      const { author, page, kind = "pen", colour, width, points } = message;
      this.strokes.set(message.stroke, { author, kind, page, colour, width, points: [...points], heard: now });
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
  list(now: number): LiveStroke[] {
    for (const [id, stroke] of this.strokes) if (now - stroke.heard > FORGET_MS) this.strokes.delete(id);
    return [...this.strokes.values()];
  }
}

/** Where somebody points; a laser leaves its trace, a pointer only has a place. */
export interface Pointed {
  kind: "pointer" | "laser";
  author: string;
  page: string;
  at: Point;
}

interface Heard {
  extended: (message: StrokeExtended) => void;
  pointed: (pointed: Pointed) => void;
  told: (words: string) => void;
  /** Strokes that are kept: each a fact, or part of the snapshot that follows. */
  kept: (ink: InkItem[], isFact: boolean) => void;
}

/** Reads live frames. Forgets everything with each connection, because the numbers are the server process's. */
export class LiveReader {
  private readonly begun = new Map<number, Begin>();

  constructor(private readonly heard: Heard) {}

  clear(): void {
    this.begun.clear();
  }

  read(frame: Uint8Array): void {
    const fresh = new Set<number>();
    for (const record of decode(frame)) {
      if ("words" in record) this.heard.told(record.words);
      else if ("ink" in record) this.heard.kept(record.ink, record.isFact);
      else if ("begin" in record) {
        this.begun.set(record.begin.index, record.begin);
        fresh.add(record.begin.index);
      } else this.follow(record.index, record.points, fresh.delete(record.index));
    }
  }

  /** Points of a stroke whose beginning was shed belong to nobody we know. */
  private follow(index: number, points: Point[], isFirst: boolean): void {
    const begin = this.begun.get(index);
    if (begin === undefined) return;
    const { kind, author, page, stroke, colour, width, sent_at } = begin;
    if (kind === "pointer" || kind === "laser") this.heard.pointed({ kind, author, page, at: points.at(-1) as Point });
    // Only a stroke that began in this very frame says how long it took: others were told again.
    else this.heard.extended({ author, stroke, page, kind, colour, width, points, sent_at: isFirst ? sent_at : null });
  }
}

/** Writes what this person does: each stroke begins once a connection, and is a number from then on. */
export class LiveWriter {
  private next = 0;
  private readonly begun = new Map<string, number>();

  clear(): void {
    this.begun.clear();
  }

  stroke({ stroke, page, kind, colour, width, points, sent_at }: StrokeExtend): Uint8Array {
    return this.write({ stroke, page, kind: kind ?? "pen", colour, width, sent_at: sent_at ?? 0 }, stroke, points);
  }

  /** A pointer is a stroke that never ends, one for each page. */
  point(kind: Pointed["kind"], page: string, at: Point, makeId: () => string): Uint8Array {
    return this.write({ stroke: makeId(), page, kind, colour: "#000000", width: 1, sent_at: 0 }, `${kind} ${page}`, [at]);
  }

  private write(begin: Omit<Begin, "author" | "index">, name: string, points: readonly (readonly number[])[]): Uint8Array {
    const known = this.begun.get(name);
    if (known !== undefined) return new Uint8Array(encodePoints(known, points));
    const index = (this.next += 1);
    const [oldest] = this.begun.keys();
    if (oldest !== undefined && this.begun.size >= PENS) this.begun.delete(oldest);
    this.begun.set(name, index);
    return new Uint8Array([...encodeBegin({ ...begin, index }), ...encodePoints(index, points)]);
  }
}
