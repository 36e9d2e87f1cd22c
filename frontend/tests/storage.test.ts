import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Storage } from "../src/wire/storage.ts";
import type { Command } from "../src/wire/words.ts";

const row = (ref: string) => ({ key: `me ${ref}`, owner: "me", command: { type: "chat.send", ref, data: {} } satisfies Command });
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

interface Request {
  onsuccess?: () => void;
  onerror?: () => void;
  result?: unknown;
}

/** What a page has of a browser's database: opened when the test says so, closed or full behind the page's back. */
class Disk {
  readonly rows: string[] = [];
  opened = 0;
  isHanging = false;
  isForbidden = false;
  isClosed = false;
  isFull = false;
  private readonly hanging: Request[] = [];

  readonly factory = {
    open: (): Request => {
      const request: Request = {};
      this.opened += 1;
      if (this.isHanging) this.hanging.push(request);
      else queueMicrotask(() => (this.isForbidden ? request.onerror?.() : this.grant(request)));
      return request;
    },
  };

  answer(): void {
    this.isHanging = false;
    for (const request of this.hanging.splice(0)) this.grant(request);
  }

  private grant(request: Request): void {
    this.isClosed = false;
    request.result = { transaction: () => this.begin(), close: () => undefined };
    request.onsuccess?.();
  }

  private begin(): object {
    if (this.isClosed) throw new Error("InvalidStateError");
    const written: string[] = [];
    const work: { objectStore(): object; oncomplete?: () => void; onabort?: () => void } = {
      objectStore: () => ({ put: (one: { key: string }) => written.push(one.key), index: () => ({ getKey: () => ({}) }) }),
    };
    queueMicrotask(() => {
      if (this.isFull) return work.onabort?.();
      this.rows.push(...written);
      work.oncomplete?.();
    });
    return work;
  }
}

function begin() {
  const disk = new Disk();
  Object.assign(globalThis, { indexedDB: disk.factory });
  const storage = new Storage();
  const told: boolean[] = [];
  storage.on("changed", () => told.push(storage.isFailing));
  return { disk, storage, told };
}

test("a database that the browser closed behind the page's back is opened anew, and nothing is lost", async () => {
  const { disk, storage, told } = begin();
  storage.keep(row("a"));
  await settle();
  disk.isClosed = true;
  for (const ref of ["b", "c"]) storage.keep(row(ref));
  await settle();
  assert.deepEqual([disk.rows, disk.opened, told], [["me a", "me b", "me c"], 2, []]);
});

test("what a full disk does not keep is said to be unkept, until it has arrived or there is room again", async () => {
  const { disk, storage, told } = begin();
  disk.isFull = true;
  for (const ref of ["a", "b"]) storage.keep(row(ref));
  await settle();
  assert.deepEqual([storage.isFailing, told], [true, [true]]);
  storage.forget("me a");
  assert.equal(storage.isFailing, true, "the other one is still nowhere but on this page");
  disk.isFull = false;
  storage.keep(row("c"));
  await settle();
  assert.deepEqual([disk.rows, storage.isFailing, told], [["me c", "me b"], false, [true, false]]);
});

test("a browser without storage is asked again, and never called a keeper", async () => {
  const { disk, storage } = begin();
  disk.isForbidden = true;
  storage.keep(row("a"));
  await settle();
  assert.equal(storage.isFailing, true);
  storage.forget("me a");
  assert.equal(storage.isFailing, false, "it has arrived");
  Reflect.deleteProperty(globalThis, "indexedDB");
  storage.keep(row("b"));
  await settle();
  assert.equal(storage.isFailing, true);
});

test("a database that does not answer is no keeper meanwhile; when it answers it is", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { disk, storage, told } = begin();
  disk.isHanging = true;
  storage.keep(row("a"));
  mock.timers.tick(10_000);
  assert.equal(storage.isFailing, true);
  disk.answer();
  await settle();
  assert.deepEqual([disk.rows, disk.opened, told], [["me a"], 1, [true, false]]);
  mock.timers.reset();
});

test("what arrived while it was being kept is not missed", async () => {
  const { disk, storage, told } = begin();
  disk.isFull = true;
  storage.keep(row("a"));
  storage.forget("me a");
  await settle();
  assert.deepEqual([storage.isFailing, told], [false, []]);
});
