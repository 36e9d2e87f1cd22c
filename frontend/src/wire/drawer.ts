import type { Draft } from "../talk/draft.ts";
import type { Drawer } from "./outbox.ts";
import { storage } from "./storage.ts";
import type { Command, TalkCommands } from "./words.ts";

/** The lesson for which it is kept: it may be over when somebody comes back. */
export interface Origin {
  lesson: string;
  /** Of a breakout room, which ends before the lesson does. */
  room?: string;
  title?: string;
  /** When its page was opened; milliseconds since 1970. */
  opened_at?: number;
}

export interface Row {
  key: string;
  owner: string;
  command: Command;
  place?: Origin;
  /** Still being written: nobody sends it. */
  isDraft?: true;
}

/** `owner` names person and board: on a shared computer nobody sends another's strokes. */
export function openDrawer(owner: string, place?: Origin): Drawer {
  return {
    isReclaimed: place !== undefined,
    load: async () => (await readRows(owner, false)).map(({ command }) => command),
    keep: (command) => storage.keep({ key: keyOf(owner, command.ref), owner, command, ...(place === undefined ? {} : { place }) }),
    drop: (ref) => storage.forget(keyOf(owner, ref)),
  };
}

/** Of one chat: kept like what waits there, but not sent. It comes back to its author when its room is closed. */
export function openDraft(owner: string, place: Origin): Draft {
  const ref = "draft"; // which no server takes
  const key = keyOf(owner, ref);
  const textOf = ({ command }: Row): string => (command.data as TalkCommands["chat.send"]).text;
  return {
    load: async () => (await readRows(owner, true)).map(textOf).join("\n"),
    keep: (text) => {
      storage.forget(key);
      const command = { type: "chat.send" satisfies keyof TalkCommands, ref, data: { text } };
      if (text !== "") storage.keep({ key, owner, command, place, isDraft: true });
    },
  };
}

/** Takes out what `isLost`, for whoever tells its author. What could not be taken out is not told: it will be found the next time. */
export function takeRows(isLost: (row: Row) => boolean): Promise<Row[]> {
  const take = (store: IDBObjectStore): (() => Row[]) => {
    const taken: Row[] = [];
    const request = store.openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return;
      const row = cursor.value as Row;
      if (isLost(row)) {
        taken.push(row);
        cursor.delete();
      }
      cursor.continue();
    };
    return () => taken;
  };
  return storage.run("readwrite", take).catch(() => []);
}

/** None where the browser forbids storage: then the outbox lasts as long as the page. */
function readRows(owner: string, areDrafts: boolean): Promise<Row[]> {
  const read = (store: IDBObjectStore): (() => Row[]) => {
    const request = store.index("owner").getAll(owner);
    return () => (request.result as Row[]).filter(({ isDraft = false }) => isDraft === areDrafts);
  };
  return storage.run("readonly", read).catch(() => []);
}

function keyOf(owner: string, ref: string): string {
  return `${owner} ${ref}`;
}
