import type { Row } from "../wire/drawer.ts";
import { locateSocket, openWebSocket } from "../wire/socket.ts";
import type { Command, Envelope } from "../wire/words.ts";

const SECONDS = 5;

/** The refs of those that the server has after all: it had taken them, and its answer was not heard. A room that is closed
 * still says so, and takes nothing new. */
export async function askAgain(rows: readonly Row[], open = openSocket): Promise<ReadonlySet<string>> {
  const commands = new Map<string, Command[]>();
  for (const { owner, command, isDraft = false } of rows) {
    if (isDraft) continue; // nobody has sent it
    const path = owner.slice(owner.indexOf(" ") + 1);
    commands.set(path, [...(commands.get(path) ?? []), command]);
  }
  const known = await Promise.all([...commands].map(([path, some]) => askRoom(open(path), some)));
  return new Set(known.flat());
}

/** Who is not answered in time is told that it was not sent, as it may be so. */
function askRoom(socket: WebSocket, commands: readonly Command[]): Promise<string[]> {
  return new Promise((resolve) => {
    const asked = new Set(commands.map(({ ref }) => ref));
    const known: string[] = [];
    let isIn = false;
    const finish = (): void => {
      clearTimeout(timer);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(known);
    };
    const timer = setTimeout(finish, SECONDS * 1000);
    const hear = ({ type, ref }: Envelope): void => {
      if (ref !== undefined && asked.delete(ref) && type !== "error") known.push(ref);
    };
    socket.onclose = finish;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data !== "string") return;
      if (!isIn) for (const { type, ref, data: said } of commands) socket.send(JSON.stringify({ type, ref, data: said }));
      isIn = true;
      for (const envelope of [JSON.parse(data) as Envelope | Envelope[]].flat()) hear(envelope);
      if (asked.size === 0) finish();
    };
  });
}

function openSocket(path: string): WebSocket {
  return openWebSocket(locateSocket(path, {}));
}
