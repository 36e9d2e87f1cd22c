import type { Drawer } from "./outbox.ts";
import type { Command } from "./words.ts";

const DATABASE = "darasa";
const STORE = "outbox";

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
}

/** `owner` names person and board: on a shared computer nobody sends another's strokes. */
export function openDrawer(owner: string, place?: Origin): Drawer {
  const database = openDatabase();
  const write = (act: (store: IDBObjectStore) => void): void => {
    void database.then((db) => {
      if (db !== null) act(db.transaction(STORE, "readwrite").objectStore(STORE));
    });
  };
  return {
    isReclaimed: place !== undefined,
    load: async () => readRows(await database, owner),
    keep: (command) =>
      write((store) => store.put({ key: keyOf(owner, command.ref), owner, command, ...(place === undefined ? {} : { place }) } satisfies Row)),
    drop: (ref) => write((store) => deleteByKey(store, keyOf(owner, ref))),
  };
}

/** Takes out what `isLost`, for whoever tells its author. */
export async function takeRows(isLost: (row: Row) => boolean): Promise<Row[]> {
  const database = await openDatabase();
  if (database === null) return [];
  return new Promise((resolve) => {
    const taken: Row[] = [];
    const work = database.transaction(STORE, "readwrite");
    const request = work.objectStore(STORE).openCursor();
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
    work.oncomplete = () => resolve(taken);
    // What could not be taken out is not told: it will be found the next time.
    work.onabort = () => resolve([]);
  });
}

/** Null where the browser forbids storage: then the outbox lasts as long as the page. */
function openDatabase(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => createStore(request.result);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

function createStore(database: IDBDatabase): void {
  const store = database.createObjectStore(STORE, { keyPath: "order", autoIncrement: true });
  store.createIndex("owner", "owner");
  store.createIndex("key", "key", { unique: true });
}

function readRows(database: IDBDatabase | null, owner: string): Promise<Command[]> {
  if (database === null) return Promise.resolve([]);
  return new Promise((resolve) => {
    const request = database.transaction(STORE).objectStore(STORE).index("owner").getAll(owner);
    request.onsuccess = () => resolve((request.result as Row[]).map((row) => row.command));
    request.onerror = () => resolve([]);
  });
}

function keyOf(owner: string, ref: string): string {
  return `${owner} ${ref}`;
}

function deleteByKey(store: IDBObjectStore, key: string): void {
  const request = store.index("key").getKey(key);
  request.onsuccess = () => {
    if (request.result !== undefined) store.delete(request.result);
  };
}
