/** The one door to a board's files: pictures and slides go up, copies come down. The shapes are in docs/wire.md. */

export interface FileDoor {
  /** "/boards/<id>/" */
  base: string;
  csrf: string;
  /** A guest's knock; empty for everybody else. */
  guest: string;
}

/** Beside the board's socket. */
export function findFileDoor(socket: string, csrf: string): FileDoor {
  const address = new URL(socket, location.href);
  return { base: address.pathname.replace(/^\/ws/u, ""), csrf, guest: address.searchParams.get("guest") ?? "" };
}

function addressOf({ base, guest }: FileDoor, path: string, query: Record<string, string> = {}): string {
  const words = new URLSearchParams({ ...query, ...(guest === "" ? {} : { guest }) }).toString();
  return `${base}${path}${words === "" ? "" : `?${words}`}`;
}

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

/** The server's stable word for why not. */
export class FileTrouble extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

const ASK_AGAIN_MS = 700;
const IN_WORK = new Set(["waiting", "working"]);

export function locatePicture(door: FileDoor, file: string, page: number): string {
  return addressOf(door, `files/${file}/${page}`);
}

/** Until it is ready to be shown. `told` hears how far it is, in percent. */
export async function upload(door: FileDoor, file: Blob, name: string, after: string | null, told: (percent: number) => void): Promise<BoardFile> {
  let state = await ask<BoardFile>(addressOf(door, "files", { name, ...(after === null ? {} : { after }) }), {
    method: "POST",
    body: file,
    headers: { "Content-Type": file.type, "X-CSRFToken": door.csrf },
  });
  while (IN_WORK.has(state.state)) {
    told(state.percent);
    await pause();
    state = await ask<BoardFile>(addressOf(door, `files/${state.id}`));
  }
  if (state.state !== "ready") throw new FileTrouble(state.error ?? "unknown");
  return state;
}

/** The address of a copy of the whole board. */
export async function takeAlong(door: FileDoor, format: string, told: (percent: number) => void): Promise<string> {
  let state = await ask<BoardExport>(addressOf(door, "exports", { format }), { method: "POST", headers: { "X-CSRFToken": door.csrf } });
  while (IN_WORK.has(state.state)) {
    told(state.percent);
    await pause();
    state = await ask<BoardExport>(state.follow);
  }
  if (state.src === null) throw new FileTrouble(state.error ?? "unknown");
  return state.src;
}

async function ask<Shape>(address: string, options: RequestInit = {}): Promise<Shape> {
  const answer = await fetch(address, { credentials: "same-origin", ...options }).catch(() => null);
  if (answer === null) throw new FileTrouble("unavailable");
  const body: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new FileTrouble(codeOf(body) ?? (answer.status === 413 ? "too_big" : "not_found"));
  return body as Shape;
}

function codeOf(body: unknown): string | null {
  const code = (body as { error?: unknown } | null)?.error;
  return typeof code === "string" ? code : null;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
}
