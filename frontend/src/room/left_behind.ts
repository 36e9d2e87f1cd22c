import type { TalkSession } from "../talk/session.ts";
import { takeRows, type Row } from "../wire/drawer.ts";
import type { Breakouts, QuizCommands, TalkCommands } from "../wire/words.ts";
import type { RoomPage } from "./page.ts";
import type { RoomSession } from "./session.ts";

/** What somebody wrote, answered and drew for one breakout room that was closed before it could be sent. */
export interface LeftBehind {
  title: string;
  texts: string[];
  /** How many. */
  answers: number;
  strokes: number;
}

/** Whether nobody will ever send it: kept by this person, for a breakout room of this lesson that is not open. */
export function isLost({ owner, place }: Row, page: Pick<RoomPage, "person" | "lesson">, breakouts: Breakouts | null): boolean {
  if (place === undefined || place.lesson !== page.lesson.id || !owner.startsWith(`${page.person.id} `)) return false;
  return !listOpen(breakouts).includes(place.room);
}

/** By room, in the order in which it was done. */
export function gatherLost(rows: readonly Row[]): LeftBehind[] {
  const rooms = new Map<string, LeftBehind>();
  for (const { place, command } of rows) {
    const { room = "", title = "" } = place ?? {};
    const left = rooms.get(room) ?? { title, texts: [], answers: 0, strokes: 0 };
    rooms.set(room, left);
    if (command.type === ("chat.send" satisfies keyof TalkCommands)) left.texts.push((command.data as TalkCommands["chat.send"]).text);
    else if (command.type === ("answer.submit" satisfies keyof QuizCommands)) left.answers += 1;
    else left.strokes += 1;
  }
  return [...rooms.values()];
}

/** Each time rooms have closed, and when the page begins: whoever was away meanwhile is told what was not sent. */
export function watchLeftBehind(page: RoomPage, main: RoomSession, getTalk: () => TalkSession | null): void {
  let seen: string | null = null;
  main.on("changed", ({ breakouts: now, status }) => {
    const breakouts = status === "ended" ? null : now;
    const open = listOpen(breakouts).join(" ");
    if (open === seen) return;
    seen = open;
    void takeRows((row) => isLost(row, page, breakouts)).then(async (rows) => {
      if (rows.length === 0) return;
      const { tellLeftBehind } = await import("./left_behind_dialog.ts");
      tellLeftBehind(gatherLost(rows), getTalk());
    });
  });
}

function listOpen(breakouts: Breakouts | null): string[] {
  return breakouts?.state === "open" ? breakouts.rooms.flatMap(({ room }) => room ?? []) : [];
}
