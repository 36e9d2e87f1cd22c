import type { RoomPage } from "../room/page.ts";
import { makeBoardSession } from "../room/sessions.ts";
import { findFileDoor } from "../whiteboard/files.ts";
import type { BoardSession } from "../whiteboard/session.ts";
import { makeWhiteboard, type Whiteboard } from "../whiteboard/whiteboard.ts";

export interface Board {
  session: BoardSession;
  whiteboard: Whiteboard;
}

/** Half of all the companion's code; `board_place.ts` asks for it. A telephone, on a network that carries the video too:
 * others' pens come thinned. */
export function makeBoard(page: RoomPage, tell: (sentence: string) => void): Board {
  const session = makeBoardSession(page, () => "low");
  return { session, whiteboard: makeWhiteboard(session, findFileDoor(page.board_socket, page.csrf), tell) };
}
