import type { Row } from "../wire/drawer.ts";
import type { QuizCommands, TalkCommands } from "../wire/words.ts";

/** What somebody wrote, answered and drew for one room that was closed before it could be sent. */
export interface LeftBehind {
  /** Null for the main room. */
  title: string | null;
  texts: string[];
  /** How many. */
  answers: number;
  strokes: number;
}

/** By room, in the order in which it was done. */
export function gatherLost(rows: readonly Row[]): LeftBehind[] {
  const rooms = new Map<string, LeftBehind>();
  for (const { place, command } of rows) {
    const room = place?.room ?? "";
    const left = rooms.get(room) ?? { title: place?.title ?? null, texts: [], answers: 0, strokes: 0 };
    rooms.set(room, left);
    if (command.type === ("chat.send" satisfies keyof TalkCommands)) left.texts.push((command.data as TalkCommands["chat.send"]).text);
    else if (command.type === ("answer.submit" satisfies keyof QuizCommands)) left.answers += 1;
    else left.strokes += 1;
  }
  return [...rooms.values()];
}
