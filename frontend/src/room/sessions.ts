import { readProfile } from "../common/profile.ts";
import { BoardSession } from "../whiteboard/session.ts";
import { openDrawer } from "../wire/drawer.ts";
import { locateSocket } from "../wire/socket.ts";
import { closeLightSessions, hurryLightSessions, makeLightSessions, openLightSessions, originOf, saySince, type LightSessions } from "./light_sessions.ts";
import type { RoomPage } from "./page.ts";
import type { RoomSession } from "./session.ts";

/** The sockets of one room as this person has them. */
export interface Sessions extends LightSessions {
  board: BoardSession;
}

export function makeBoardSession(page: RoomPage, chooseRate: () => "full" | "low"): BoardSession {
  return new BoardSession({
    address: (last) => locateSocket(page.board_socket, { live: chooseRate(), ink: "packed", ...saySince(last) }),
    drawer: openDrawer(`${page.person.id} ${page.board_socket}`, originOf(page)),
    person: page.person.id,
    mayEverDraw: page.person.role !== "observer",
  });
}

export function makeSessions(page: RoomPage, room: RoomSession, chooseRate: () => "full" | "low" = rateOfNetwork): Sessions {
  return { ...makeLightSessions(page, room), board: makeBoardSession(page, chooseRate) };
}

export function openSessions(sessions: Sessions): void {
  void sessions.board.open();
  openLightSessions(sessions);
}

export function closeSessions(sessions: Sessions): void {
  sessions.board.close();
  closeLightSessions(sessions);
}

export function hurrySessions(sessions: Sessions): void {
  sessions.board.hurry();
  hurryLightSessions(sessions);
}

/** Over a poor network others' pens come five times a second, with fewer points. */
function rateOfNetwork(): "full" | "low" {
  return readProfile() === "normal" ? "full" : "low";
}
