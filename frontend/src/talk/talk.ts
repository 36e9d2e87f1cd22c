/** What the talk socket tells (docs/wire.md), and what is read out of it. No page, no socket. */

export type Standing = "teacher" | "co_teacher" | "student" | "guest" | "observer";
export type ChatMode = "open" | "questions" | "closed";
export type Pace = "too_fast" | "too_slow" | "got_it";
export type Reaction = "clap" | "thumbs_up" | "heart" | "laugh" | "surprised" | "celebrate";
export type Counts<Kind extends string> = Partial<Record<Kind, number>>;

export interface ChatMessage {
  id: string;
  seq: number;
  author: string;
  name: string;
  standing: Standing;
  text: string;
  sent_at: number;
  to_staff: boolean;
  deleted: boolean;
}

export interface RaisedHand {
  hand: string;
  person: string;
  name: string;
  standing: Standing;
  raised_at: number;
}

export interface Hands {
  mine: { hand: string; raised_at: number; place: number } | null;
  /** Null for who does not hold the lesson. */
  queue: RaisedHand[] | null;
}

export interface TalkYou {
  person: string;
  standing: Standing;
}

export interface TalkOpening {
  you: TalkYou;
  mode: ChatMode;
  messages: ChatMessage[];
  hands: Hands;
  pulse: Pace | null;
  pulses: Counts<Pace> | null;
  server_at: number;
}

export const REACTIONS: Readonly<Record<Reaction, string>> = {
  clap: "👏",
  thumbs_up: "👍",
  heart: "❤️",
  laugh: "😂",
  surprised: "😮",
  celebrate: "🎉",
};
export const PACES: readonly Pace[] = ["too_slow", "got_it", "too_fast"];

export function isStaff(standing: Standing): boolean {
  return standing === "teacher" || standing === "co_teacher";
}

/** Pupils and guests: they are asked, raise hands and say how the pace is. */
export function isAsked(standing: Standing): boolean {
  return standing === "student" || standing === "guest";
}

export function mayWrite(standing: Standing, mode: ChatMode): boolean {
  return isStaff(standing) || (isAsked(standing) && mode !== "closed");
}

/** Links of guests, and for guests, stay text: nobody knows who they are. */
export function wantsLinks(reader: Standing, author: Standing): boolean {
  return reader !== "guest" && author !== "guest";
}

export interface Part {
  text: string;
  /** Where it leads, for what is a link. */
  href: string | null;
}

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
const TRAILING = /[.,;:!?)\]}»”’…]+$/u;

/** The text in parts; only what is plainly an address of the web is a link, and only where links are wanted. */
export function splitLinks(text: string, areWanted: boolean): Part[] {
  const parts: Part[] = [];
  let done = 0;
  for (const { 0: found, index } of areWanted ? text.matchAll(ADDRESS) : []) {
    const address = found.replace(TRAILING, "");
    const href = readAddress(address);
    if (href === null) continue;
    if (index > done) parts.push({ text: text.slice(done, index), href: null });
    parts.push({ text: address, href });
    done = index + address.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), href: null });
  return parts;
}

function readAddress(text: string): string | null {
  try {
    const { protocol, href, username, password } = new URL(text);
    // A name before the host makes one site look like another.
    const isPlain = username === "" && password === "";
    return isPlain && (protocol === "http:" || protocol === "https:") ? href : null;
  } catch {
    return null;
  }
}

/** "1:05": how long somebody waits. */
export function showWaited(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
