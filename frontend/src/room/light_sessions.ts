import { readProfile } from "../common/profile.ts";
import { QuizSession } from "../quizzes/session.ts";
import { TalkSession } from "../talk/session.ts";
import { openDraft, openDrawer, type Origin } from "../wire/drawer.ts";
import { locateSocket } from "../wire/socket.ts";
import type { RoomPage } from "./page.ts";
import { RoomSession } from "./session.ts";

/** The sockets of one room but the board's, whose code is larger than these together. What was not kept yet waits in this
 * browser, through a reload too. */
export interface LightSessions {
  room: RoomSession;
  quizzes: QuizSession;
  talk: TalkSession;
}

export function makeRoomSession(page: RoomPage): RoomSession {
  const video: Record<string, string> = page.engine === "none" ? { video: "none" } : {};
  const isBoardOnly = (): boolean => page.engine !== "none" && readProfile() === "board_only";
  return new RoomSession((occupant, last) => locateSocket(page.room_socket, { occupant, ...video, ...last }), isBoardOnly);
}

export function makeLightSessions(page: RoomPage, room: RoomSession): LightSessions {
  return {
    room,
    quizzes: new QuizSession({
      address: (last) => locateSocket(page.quiz_socket, saySince(last)),
      drawer: openDrawer(`${page.person.id} ${page.quiz_socket}`, originOf(page)),
    }),
    talk: new TalkSession({
      address: (last, standing) => locateSocket(page.talk_socket, last === null ? {} : { ...saySince(last), as: standing }),
      drawer: openDrawer(`${page.person.id} ${page.talk_socket}`, originOf(page)),
      ...(page.breakout === undefined ? {} : { draft: openDraft(`${page.person.id} ${page.talk_socket}`, originOf(page)) }),
    }),
  };
}

/** What is kept here says of which lesson it is, and since when at the latest. */
export function originOf(page: RoomPage): Origin {
  return { ...(page.breakout ?? { lesson: page.lesson.id }), opened_at: Date.now() };
}

export function saySince(last: number | null): Record<string, string> {
  return last === null ? {} : { since: String(last) };
}

/** All but the room's own, which in the main room outlives the others. */
export function openLightSessions({ quizzes, talk }: LightSessions): void {
  void quizzes.open();
  void talk.open();
}

export function closeLightSessions({ quizzes, talk }: LightSessions): void {
  quizzes.close();
  talk.close();
}

export function hurryLightSessions({ room, quizzes, talk }: LightSessions): void {
  room.hurry();
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
