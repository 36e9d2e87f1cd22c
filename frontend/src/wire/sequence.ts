import type { Envelope } from "./words.ts";

export type Verdict = "ephemeral" | "snapshot" | "next" | "stale" | "gap" | "too_early";

/** Watches `seq`: what is next, what is old, and where something is missing. */
export class Sequence {
  last: number | null = null;
  private waiting = false;

  constructor(private readonly snapshotTypes: ReadonlySet<string>) {}

  judge(envelope: Envelope): Verdict {
    const { seq } = envelope;
    if (seq === undefined) return "ephemeral";
    if (this.snapshotTypes.has(envelope.type)) return this.accept(seq, "snapshot");
    if (this.last !== null && seq <= this.last) return "stale";
    if (this.last === null) return "too_early";
    if (seq === this.last + 1) return this.accept(seq, "next");
    if (this.waiting) return "too_early";
    this.waiting = true;
    return "gap";
  }

  private accept(seq: number, verdict: Verdict): Verdict {
    this.last = seq;
    this.waiting = false;
    return verdict;
  }

  /** A new connection begins with a snapshot or with what was missed. */
  restart(): void {
    this.waiting = false;
  }
}
