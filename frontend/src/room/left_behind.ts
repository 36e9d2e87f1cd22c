import type { TalkSession } from "../talk/session.ts";
import { takeRows, type Row } from "../wire/drawer.ts";
import { CloseCode, type Breakouts } from "../wire/words.ts";
import type { RoomSession } from "./session.ts";

/** Of any page of a lesson: whose it is, and whether they hold it. */
export interface LessonPage {
  lesson: { id: string };
  person: { id: string };
  may_manage: boolean;
}

/** The breakout rooms that are open; null when the lesson is over. */
export type OpenRooms = readonly string[] | null;

/** Nobody's words stay longer in a browser where they do not come back. */
const FORGOTTEN_MS = 14 * 24 * 3600_000;

/** Whether nobody will ever send it: kept by this person for a room of this lesson where nobody writes any more. */
export function isLost({ owner, place }: Row, page: LessonPage, open: OpenRooms): boolean {
  if (place?.lesson !== page.lesson.id || !owner.startsWith(`${page.person.id} `)) return false;
  if (place.room !== undefined) return open?.includes(place.room) !== true;
  // Whoever held the lesson draws on: reading/reading.ts sends it.
  return open === null && !(page.may_manage && owner.startsWith(`${page.person.id} /ws/boards/`));
}

/** Whosever it is. */
export function isForgotten({ place }: Row, now: number): boolean {
  return place?.opened_at !== undefined && place.opened_at < now - FORGOTTEN_MS;
}

/** Whoever was away meanwhile is told what was not sent. */
export function watchLeftBehind(page: LessonPage, main: RoomSession, getTalk: () => TalkSession | null): void {
  watchRooms(main, (open) => void tellLost(page, open, getTalk));
}

/** Each time rooms have opened, closed, or the lesson is over, and when the page begins. */
export function watchRooms(main: RoomSession, told: (open: OpenRooms) => void): void {
  let seen: string | null = null;
  const look = (open: OpenRooms): void => {
    const now = open?.join(" ") ?? "over";
    if (now === seen) return;
    seen = now;
    told(open);
  };
  main.on("changed", ({ breakouts, status }) => look(status === "ended" ? null : listOpen(breakouts)));
  // Whoever comes back to a lesson that is over is told nothing else.
  main.on("status", ({ status, code }) => {
    if (status === "closed" && code === CloseCode.LESSON_OVER) look(null);
  });
}

export async function tellLost(page: LessonPage, open: OpenRooms, getTalk: () => TalkSession | null): Promise<void> {
  const found: Row[] = [];
  await takeRows((row) => {
    if (isLost(row, page, open)) found.push(row);
    return isForgotten(row, Date.now());
  });
  if (found.length === 0) return;
  // They stay until they are told: this page may be gone before.
  const { askAgain, tellLeftBehind } = await import("./left_behind_dialog.ts");
  const known = await askAgain(found);
  const keys = new Set(found.map(({ key }) => key));
  const rows = (await takeRows(({ key }) => keys.has(key))).filter(({ command }) => !known.has(command.ref));
  const talk = getTalk();
  if (rows.length > 0) tellLeftBehind(rows, talk?.status === "closed" ? null : talk);
}

export function listOpen(breakouts: Breakouts | null): string[] {
  return breakouts?.state === "open" ? breakouts.rooms.flatMap(({ room }) => room ?? []) : [];
}
