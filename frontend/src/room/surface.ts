import type { BoardSession } from "../whiteboard/session.ts";
import type { Mark } from "../whiteboard/stopwatch.ts";
import type { LightSessions } from "./light_sessions.ts";
import type { RoomPage } from "./page.ts";
import type { RoomSession } from "./session.ts";

/** What journeys and the tour may read. Nothing here can be changed from outside. */
export interface Surface {
  state(): {
    connected: boolean;
    participants: number;
    remoteVideoTracks: number;
    items: number;
    /** On the page that is seen; also those on somebody's own layer. */
    shown: number;
    lastSeq: number;
    pending: number;
    page: string;
    /** The breakout room where the person is; null in the main room. */
    at: string | null;
    engine: string;
    recording: string | null;
    quiz: string | null;
    answersWaiting: number;
    /** Messages that this page shows, and those of mine that wait here. */
    messages: number;
    messagesWaiting: number;
  };
  strokeMarks(): { told: readonly Mark[]; heard: readonly Mark[] };
}

/** Where the person is now. */
interface Here {
  sessions: LightSessions & { board: BoardSession | null };
  at: string | null;
  countPictures(): number;
}

declare global {
  interface Window {
    darasa?: Surface;
  }
}

/** `room` is the main room's session; `getPlace` where the person is, once they are anywhere. */
export function exposeSurface(page: RoomPage, room: RoomSession, getPlace: () => Here | null): void {
  const surface: Surface = {
    state: () => ({
      participants: room.state?.participants.size ?? 0,
      engine: page.engine,
      recording: room.state?.recording ?? null,
      ...readPlace(room, getPlace()),
    }),
    strokeMarks: () => {
      const board = getPlace()?.sessions.board;
      return { told: [...(board?.told.marks ?? [])], heard: [...(board?.heard.marks ?? [])] };
    },
  };
  Object.defineProperty(window, "darasa", { value: Object.freeze(surface) });
}

const NO_BOARD = { items: 0, shown: 0, lastSeq: 0, pending: 0, page: "" };
const NOWHERE = { ...NO_BOARD, connected: false, remoteVideoTracks: 0, at: null, quiz: null, answersWaiting: 0, messages: 0, messagesWaiting: 0 };

function readPlace(room: RoomSession, place: Here | null): Omit<ReturnType<Surface["state"]>, "participants" | "engine" | "recording"> {
  if (place === null) return NOWHERE;
  const { board, quizzes, talk } = place.sessions;
  return {
    connected: room.state !== null && [room, board, quizzes, talk].every((session) => session === null || session.status === "online"),
    remoteVideoTracks: place.countPictures(),
    ...(board === null ? NO_BOARD : readBoard(board)),
    at: place.at,
    quiz: quizzes.quiz?.state ?? null,
    answersWaiting: quizzes.waiting.length,
    messages: talk.messages.length,
    messagesWaiting: talk.waiting.length,
  };
}

function readBoard(board: BoardSession): typeof NO_BOARD {
  return {
    items: board.state.items.size,
    shown: board.everythingOn(board.page).length,
    lastSeq: board.lastSeq,
    pending: board.pendingCount,
    page: board.state.current_page,
  };
}
