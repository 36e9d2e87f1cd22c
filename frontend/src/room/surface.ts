import type { Mark } from "../whiteboard/stopwatch.ts";
import type { RoomPage } from "./page.ts";
import type { Place } from "./place.ts";
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
  };
  strokeMarks(): { told: readonly Mark[]; heard: readonly Mark[] };
}

declare global {
  interface Window {
    darasa?: Surface;
  }
}

/** `room` is the main room's session; `getPlace` where the person is now. */
export function exposeSurface(page: RoomPage, room: RoomSession, getPlace: () => Place | null): void {
  const readBoard = (): Partial<ReturnType<Surface["state"]>> => {
    const board = getPlace()?.board;
    if (board === undefined) return {};
    return {
      items: board.state.items.size,
      shown: board.everythingOn(board.page).length,
      lastSeq: board.lastSeq,
      pending: board.pendingCount,
      page: board.state.current_page,
    };
  };
  const surface: Surface = {
    state: () => ({
      connected: room.status === "online" && room.state !== null && getPlace()?.board.status === "online",
      participants: room.state?.participants.size ?? 0,
      remoteVideoTracks: getPlace()?.classroom.countRemotePictures() ?? 0,
      items: 0,
      shown: 0,
      lastSeq: 0,
      pending: 0,
      page: "",
      ...readBoard(),
      at: getPlace()?.at ?? null,
      engine: page.engine,
      recording: room.state?.recording ?? null,
      quiz: getPlace()?.quizzes.quiz?.state ?? null,
      answersWaiting: getPlace()?.quizzes.waiting.length ?? 0,
    }),
    strokeMarks: () => ({ told: [...(getPlace()?.board.told.marks ?? [])], heard: [...(getPlace()?.board.heard.marks ?? [])] }),
  };
  Object.defineProperty(window, "darasa", { value: Object.freeze(surface) });
}
