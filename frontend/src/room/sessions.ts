import { readProfile } from "../common/profile.ts";
import { QuizSession } from "../quizzes/session.ts";
import { TalkSession } from "../talk/session.ts";
import { BoardSession } from "../whiteboard/session.ts";
import { openDrawer } from "../wire/drawer.ts";
import { locateSocket } from "../wire/socket.ts";
import type { RoomPage } from "./page.ts";
import { RoomSession } from "./session.ts";

/** The sockets of one room as this person has them. What was not kept yet waits in this browser, through a reload too. */
export interface Sessions {
  room: RoomSession;
  board: BoardSession;
  quizzes: QuizSession;
  talk: TalkSession;
}

export function makeRoomSession(page: RoomPage): RoomSession {
  const video: Record<string, string> = page.engine === "none" ? { video: "none" } : {};
  const isBoardOnly = (): boolean => page.engine !== "none" && readProfile() === "board_only";
  return new RoomSession((occupant, last) => locateSocket(page.room_socket, { occupant, ...video, ...last }), isBoardOnly);
}

export function makeSessions(page: RoomPage, room: RoomSession, chooseRate: () => "full" | "low" = rateOfNetwork): Sessions {
  const since = (last: number | null): Record<string, string> => (last === null ? {} : { since: String(last) });
  return {
    room,
    board: new BoardSession({
      address: (last) => locateSocket(page.board_socket, { live: chooseRate(), ink: "packed", ...since(last) }),
      drawer: openDrawer(`${page.person.id} ${page.board_socket}`),
      person: page.person.id,
      mayEverDraw: page.person.role !== "observer",
    }),
    quizzes: new QuizSession({
      address: (last) => locateSocket(page.quiz_socket, since(last)),
      drawer: openDrawer(`${page.person.id} ${page.quiz_socket}`),
    }),
    talk: new TalkSession({
      address: (last, standing) => locateSocket(page.talk_socket, last === null ? {} : { ...since(last), as: standing }),
      drawer: openDrawer(`${page.person.id} ${page.talk_socket}`),
    }),
  };
}

/** All but the room's own, which in the main room outlives the others. */
export function openSessions({ board, quizzes, talk }: Sessions): void {
  void board.open();
  void quizzes.open();
  void talk.open();
}

export function closeSessions({ board, quizzes, talk }: Sessions): void {
  board.close();
  quizzes.close();
  talk.close();
}

export function hurrySessions({ room, board, quizzes, talk }: Sessions): void {
  room.hurry();
  board.hurry();
  quizzes.hurry();
  talk.hurry();
}

/** A browser that is back, or seen again, does not wait for the next try. */
export function hurryWithBrowser(hurry: () => void): void {
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hurry();
  });
}

/** Over a poor network others' pens come five times a second, with fewer points. */
function rateOfNetwork(): "full" | "low" {
  return readProfile() === "normal" ? "full" : "low";
}
