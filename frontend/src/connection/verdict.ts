import type { Profile } from "../common/profile.ts";

/** What the browser found out; null where it could not measure. */
export interface Measured {
  roundTripMs: number | null;
  lostPercent: number | null;
  downloadKbit: number | null;
  /** Whether two ends of a video connection meet in this browser. */
  video: boolean;
  /** Whether the relay for strict networks was reached; null where none is set up. */
  relay: boolean | null;
  savesData: boolean;
}

export type Why = "slow" | "late" | "lossy" | "blocked" | "unreachable" | "saving";

export interface Verdict {
  profile: Profile;
  why: Why[];
}

interface Needs {
  profile: Profile;
  downloadKbit: number;
  roundTripMs: number;
  lostPercent: number;
}

/** A video of 360 lines wants about 600 kbit/s, a small one 150, a voice 40; several come at once. */
const NEEDS: readonly Needs[] = [
  { profile: "normal", downloadKbit: 1_500, roundTripMs: 400, lostPercent: 5 },
  { profile: "saver", downloadKbit: 400, roundTripMs: 800, lostPercent: 10 },
  { profile: "audio_only", downloadKbit: 100, roundTripMs: 2_000, lostPercent: 30 },
];

/** The best profile that everything measured allows, and what kept it from a better one. */
export function judge(measured: Measured): Verdict {
  if (!measured.video) return { profile: "board_only", why: ["blocked"] };
  const failed = NEEDS.map((needs) => findFaults(measured, needs));
  const index = failed.findIndex((faults) => faults.length === 0);
  const why = failed[index === -1 ? failed.length - 1 : index - 1] ?? [];
  return { profile: NEEDS[index]?.profile ?? "board_only", why };
}

function findFaults({ roundTripMs, lostPercent, downloadKbit, savesData }: Measured, needs: Needs): Why[] {
  const faults: Why[] = [];
  if (downloadKbit !== null && downloadKbit < needs.downloadKbit) faults.push("slow");
  if (roundTripMs !== null && roundTripMs > needs.roundTripMs) faults.push("late");
  if (lostPercent !== null && lostPercent > needs.lostPercent) faults.push("lossy");
  // Without the live connection there is no lesson, but a school's first page may still load.
  if (roundTripMs === null) faults.push("unreachable");
  if (savesData && needs.profile === "normal") faults.push("saving");
  return faults;
}
