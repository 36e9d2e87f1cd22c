import type { Profile } from "../common/profile.ts";

/** One look at the connection; null where nobody can say. */
export interface LinkSample {
  lossPercent: number | null;
  rttMs: number | null;
}

const LOWER: Partial<Record<Profile, Profile>> = { normal: "saver", saver: "audio_only", audio_only: "board_only" };
/** What a profile no longer bears. */
const LIMITS: Partial<Record<Profile, { lossPercent: number; rttMs: number }>> = {
  normal: { lossPercent: 5, rttMs: 500 },
  saver: { lossPercent: 10, rttMs: 900 },
  audio_only: { lossPercent: 20, rttMs: 2_000 },
};
const BAD_IN_A_ROW = 3;
const QUIET_MS = 180_000;

/** Says when to offer less: only what lasts counts, and nobody is asked twice within three minutes. */
export class LinkJudge {
  private bad = 0;
  private quietUntil = -Infinity;

  /** The profile to offer, or null. */
  hear({ lossPercent, rttMs }: LinkSample, profile: Profile, now: number): Profile | null {
    const limits = LIMITS[profile];
    const lower = LOWER[profile];
    if (limits === undefined || lower === undefined) return null;
    const isBad = (lossPercent ?? 0) > limits.lossPercent || (rttMs ?? 0) > limits.rttMs;
    this.bad = isBad ? this.bad + 1 : 0;
    if (this.bad < BAD_IN_A_ROW || now < this.quietUntil) return null;
    this.rest(now);
    return lower;
  }

  /** After an answer, and after a change by hand. */
  rest(now: number): void {
    this.bad = 0;
    this.quietUntil = now + QUIET_MS;
  }
}

/** The worse of two looks at the same connection. */
export function worse(one: LinkSample, other: LinkSample): LinkSample {
  return { lossPercent: most(one.lossPercent, other.lossPercent), rttMs: most(one.rttMs, other.rttMs) };
}

/** What most links of a mesh say: one bad one is the other side's. */
export function typical(samples: readonly LinkSample[]): LinkSample {
  return { lossPercent: middle(samples.map((one) => one.lossPercent)), rttMs: middle(samples.map((one) => one.rttMs)) };
}

function most(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((one, other) => one - other);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}
