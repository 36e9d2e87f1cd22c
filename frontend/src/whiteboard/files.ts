/** Where a board's files are; carry.ts brings them up and down. The shapes are in docs/wire.md. */

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

export function addressOf({ base, guest }: FileDoor, path: string, query: Record<string, string> = {}): string {
  const words = new URLSearchParams({ ...query, ...(guest === "" ? {} : { guest }) }).toString();
  return `${base}${path}${words === "" ? "" : `?${words}`}`;
}

/** The server's stable word for why not. */
export class FileTrouble extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export function locatePicture(door: FileDoor, file: string, page: number): string {
  return addressOf(door, `files/${file}/${page}`);
}
