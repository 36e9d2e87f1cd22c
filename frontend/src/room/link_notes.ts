import type { Link } from "../wire/words.ts";

const POOR = { loss_percent: 5, rtt_ms: 500 };
const FAIR = { loss_percent: 2, rtt_ms: 250 };
/** From the first whole minute on: the panel is where somebody looks who asks when a pupil last did something. */
const QUIET_SECONDS = 60;

/** The key of a sentence, and the number in it. */
export interface LinkNote {
  key: string;
  n?: number;
}

export function judge(link: Link): "good" | "fair" | "poor" {
  if (isBeyond(link, POOR)) return "poor";
  return isBeyond(link, FAIR) ? "fair" : "good";
}

function isBeyond({ loss_percent, rtt_ms }: Link, limits: typeof POOR): boolean {
  return (loss_percent ?? 0) > limits.loss_percent || (rtt_ms ?? 0) > limits.rtt_ms;
}

/** What is worth saying of a page: its network, that another is looked at, and since when nothing was done here. */
export function noteLink(link: Link): LinkNote[] {
  const notes: LinkNote[] = [];
  if (judge(link) !== "good") notes.push({ key: judge(link) === "poor" ? "people.link_poor" : "people.link_fair" });
  if (!link.visible) notes.push({ key: "people.elsewhere" });
  if (link.idle_seconds >= QUIET_SECONDS) notes.push({ key: "people.quiet", n: Math.floor(link.idle_seconds / 60) });
  return notes;
}
