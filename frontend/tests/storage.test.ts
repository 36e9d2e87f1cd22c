import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Storage } from "../src/wire/storage.ts";
import { isLost } from "../src/room/left_behind.ts";
import { openDraft, openDrawer, type Row } from "../src/wire/drawer.ts";
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
  readonly kept: (Row & { order: number })[] = [];
  opened = 0;
  isHanging = false;
  isForbidden = false;
  isClosed = false;
  isFull = false;
  private readonly hanging: Request[] = [];

  get rows(): string[] {
    return this.kept.map(({ key }) => key);
  }

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
    const written: (Row & { order: number })[] = [];
    const work: { objectStore(): object; oncomplete?: () => void; onabort?: () => void } = {
      objectStore: () => ({ put: (one: Row & { order: number }) => written.push(one), index: () => ({ getKey: () => ({}), getAll: (owner: string) => ({ result: this.kept.filter((one) => one.owner === owner) }) }) }),
    };
    queueMicrotask(() => {
      if (this.isFull) return work.onabort?.();
      this.kept.push(...written);
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
  assert.equal([...disk.kept].sort((one, other) => one.order - other.order)[0]?.key, "me b", "it comes first, as it was first");
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

test("what is being written is kept beside what waits, and not among what is sent", async () => {
  const { disk } = begin();
  const place = { lesson: "fractions", room: "one", title: "Room 1" };
  const drawer = openDrawer("me /ws/talk/one/", place);
  openDraft("me /ws/talk/one/", place).keep("Seven halves");
  drawer.keep({ type: "chat.send", ref: "a", data: { text: "sent" } });
  await settle();
  assert.deepEqual([await drawer.load(), await openDraft("me /ws/talk/one/", place).load()], [[{ type: "chat.send", ref: "a", data: { text: "sent" } }], "Seven halves"]);
  const draft = disk.kept.find(({ isDraft }) => isDraft) as Row;
  assert.equal(isLost(draft, { person: { id: "me" }, lesson: { id: "fractions" } } as Parameters<typeof isLost>[1], null as never), true);
});
