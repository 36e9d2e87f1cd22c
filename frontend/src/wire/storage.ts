import { Emitter } from "../common/emitter.ts";
import type { Row } from "./drawer.ts";

const DATABASE = "darasa";
const STORE = "outbox";
const LATE_MS = 3_000;

/** `late`: the database does not answer; `unkept`: it did not take it. Until then it is nowhere but on this page. */
type State = "writing" | "late" | "unkept";

/** As it lies in the database, which gives them back in this order. */
type Ordered = Row & { order: number };

/** The browser's own database. It may be forbidden, full, or closed behind the page's back, as some telephones do with pages in
 * the background: then it is opened anew, and what it did not take is known until it has arrived or is taken after all. */
export class Storage extends Emitter<{ changed: undefined }> {
  private opening: Promise<IDBDatabase> | null = null;
  private readonly rows = new Map<string, { row: Ordered; state: State }>();
  private last = 0;

  /** Whether something that waits would not survive this page. */
  get isFailing(): boolean {
    return [...this.rows.values()].some(({ state }) => state !== "writing");
  }

  keep(row: Row): void {
    const ordered = { ...row, order: this.nextOrder() };
    this.rows.set(row.key, { row: ordered, state: "writing" });
    void this.write(ordered);
  }

  /** It has arrived, or is given up. One that cannot be deleted is sent once more, and has arrived already. */
  forget(key: string): void {
    this.note(() => this.rows.delete(key));
    void this.run("readwrite", (store) => deleteByKey(store, key)).catch(() => undefined);
  }

  /** What `act` leaves to be read once its transaction is through. Rejects when opening the database anew did not help. */
  async run<Result>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => () => Result): Promise<Result> {
    const used = (this.opening ??= openDatabase());
    try {
      return await transact(await used, mode, act);
    } catch {
      if (this.opening === used) {
        this.opening = openDatabase();
        used.then((database) => database.close(), () => undefined);
      }
      return transact(await this.opening, mode, act);
    }
  }

  /** What is taken only at the second try still comes before what was done after it. Another tab is at another fraction. */
  private nextOrder(): number {
    this.last = Math.max(Date.now() + Math.random(), this.last + 0.01);
    return this.last;
  }

  private async write(row: Ordered): Promise<void> {
    const late = setTimeout(() => this.mark(row, "late"), LATE_MS);
    try {
      await this.run("readwrite", (store) => {
        store.put(row);
        return () => undefined;
      });
      this.note(() => this.rows.delete(row.key));
      this.writeUnkept();
    } catch {
      this.mark(row, "unkept");
    } finally {
      clearTimeout(late);
    }
  }

  /** There is room again. */
  private writeUnkept(): void {
    for (const one of this.rows.values()) {
      if (one.state !== "unkept") continue;
      one.state = "late";
      void this.write(one.row);
    }
  }

  private mark({ key }: Row, state: State): void {
    const one = this.rows.get(key);
    if (one !== undefined) this.note(() => (one.state = state));
  }

  private note(act: () => void): void {
    const before = this.isFailing;
    act();
    if (this.isFailing !== before) this.emit("changed", undefined);
  }
}

/** Of this page: one connection for all that waits. */
export const storage = new Storage();

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => createStore(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error("Storage is forbidden"));
  });
}

function createStore(database: IDBDatabase): void {
  const store = database.createObjectStore(STORE, { keyPath: "order", autoIncrement: true });
  store.createIndex("owner", "owner");
  store.createIndex("key", "key", { unique: true });
}

function transact<Result>(database: IDBDatabase, mode: IDBTransactionMode, act: (store: IDBObjectStore) => () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    const work = database.transaction(STORE, mode);
    const read = act(work.objectStore(STORE));
    work.oncomplete = () => resolve(read());
    work.onabort = () => reject(new Error("Storage did not take it"));
  });
}

function deleteByKey(store: IDBObjectStore, key: string): () => void {
  const request = store.index("key").getKey(key);
  request.onsuccess = () => {
    if (request.result !== undefined) store.delete(request.result);
  };
  return () => undefined;
}
