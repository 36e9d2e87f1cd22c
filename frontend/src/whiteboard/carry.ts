/** Pictures and slides go up, copies come down. Few people do it in few lessons: this code comes when somebody does. */
import { makeId } from "../common/identity.ts";
import type { Desk } from "./act.ts";
import { addressOf, FileTrouble, type FileDoor } from "./files.ts";

/** Of the part of the page that is seen, in each direction. */
const LARGEST = 0.6;

export interface BoardFile {
  id: string;
  kind: "image" | "slides";
  state: string;
  percent: number;
  error: string | null;
  pictures: { src: string; width: number; height: number }[];
}

interface BoardExport {
  state: string;
  percent: number;
  error: string | null;
  src: string | null;
  follow: string;
}

const ASK_AGAIN_MS = 700;
const LONGEST_PAUSE_MS = 8_000;
const PATIENCE_MS = 60_000;
const PASSING = new Set(["unavailable", "slow_down"]);
const IN_WORK = new Set(["waiting", "working"]);

/** Until it is ready to be shown. `told` hears how far it is, in percent. */
export async function upload(door: FileDoor, file: Blob, name: string, after: string | null, told: (percent: number) => void): Promise<BoardFile> {
  let state = await ask<BoardFile>(addressOf(door, "files", { name, ...(after === null ? {} : { after }) }), {
    method: "POST",
    body: file,
    headers: { "Content-Type": file.type, "X-CSRFToken": door.csrf },
  });
  while (IN_WORK.has(state.state)) {
    told(state.percent);
    await pause(ASK_AGAIN_MS);
    state = await follow<BoardFile>(addressOf(door, `files/${state.id}`));
  }
  if (state.state !== "ready") throw new FileTrouble(state.error ?? "unknown");
  return state;
}

/** The address of a copy of the whole board, with or without what was added after the lesson. */
export async function takeAlong(door: FileDoor, format: string, withAdded: boolean, told: (percent: number) => void): Promise<string> {
  let state = await ask<BoardExport>(addressOf(door, "exports", withAdded ? { format } : { format, added: "none" }), { method: "POST", headers: { "X-CSRFToken": door.csrf } });
  while (IN_WORK.has(state.state)) {
    told(state.percent);
    await pause(ASK_AGAIN_MS);
    state = await follow<BoardExport>(state.follow);
  }
  if (state.src === null) throw new FileTrouble(state.error ?? "unknown");
  return state.src;
}

/** How far the work is that goes on without us: a network or a server that is away for a moment does not end it. */
async function follow<Shape>(address: string): Promise<Shape> {
  const until = Date.now() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask<Shape>(address);
    } catch (trouble) {
      const isPassing = trouble instanceof FileTrouble && PASSING.has(trouble.code);
      if (!isPassing || Date.now() >= until) throw trouble;
    }
    await pause(Math.min(LONGEST_PAUSE_MS, ASK_AGAIN_MS * 2 ** attempt));
  }
}

async function ask<Shape>(address: string, options: RequestInit = {}): Promise<Shape> {
  const answer = await fetch(address, { credentials: "same-origin", ...options }).catch(() => null);
  if (answer === null) throw new FileTrouble("unavailable");
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok && body === null) throw new FileTrouble("unavailable"); // broken off, or a page of somebody in between
  if (!answer.ok) throw new FileTrouble(codeOf(body) ?? nameStatus(answer.status));
  return body as Shape;
}

/** What somebody in between answered. */
function nameStatus(status: number): string {
  if (status === 413) return "too_big";
  return status >= 500 ? "unavailable" : status === 429 ? "slow_down" : "not_found";
}

function codeOf(body: unknown): string | null {
  const code = (body as { error?: unknown } | null)?.error;
  return typeof code === "string" ? code : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Onto the page, selected, in the middle of what is seen. */
export async function bringPicture(desk: Desk, door: FileDoor, file: File): Promise<void> {
  put(desk, await upload(door, file, file.name, null, () => undefined), file.name.replace(/\.\w+$/u, ""));
}

function put({ session, selection, kit, canvas }: Desk, file: BoardFile, name: string): void {
  const [picture] = file.pictures;
  if (picture === undefined) return;
  const { x0, y0, x1, y1 } = canvas.lens.seen;
  const share = Math.min(1, (LARGEST * (x1 - x0)) / picture.width, (LARGEST * (y1 - y0)) / picture.height);
  const [wide, high] = [picture.width * share, picture.height * share].map(Math.round) as [number, number];
  const box = [Math.round((x0 + x1 - wide) / 2), Math.round((y0 + y1 - high) / 2), wide, high] as const;
  const id = makeId();
  session.addItem(id, { kind: "image", page: session.page, file: file.id, box, alt: name.slice(0, 500) });
  kit.choose("select");
  selection.set([id]);
}
