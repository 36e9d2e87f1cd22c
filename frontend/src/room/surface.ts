import type { Mark } from "../whiteboard/stopwatch.ts";
import type { RoomPage } from "./page.ts";
import type { Sessions } from "./sessions.ts";

/** Whoever shows pictures of others. */
interface Pictures {
  countRemotePictures(): number;
}

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

declare global {
  interface Window {
    darasa?: Surface;
  }
}

export function exposeSurface(page: RoomPage, { room, board, quizzes, talk }: Sessions, getClassroom: () => Pictures | null): void {
  const surface: Surface = {
    state: () => ({
      connected: room.status === "online" && room.state !== null && board.status === "online",
      participants: room.state?.participants.size ?? 0,
      remoteVideoTracks: getClassroom()?.countRemotePictures() ?? 0,
      items: board.state.items.size,
      shown: board.everythingOn(board.page).length,
      lastSeq: board.lastSeq,
      pending: board.pendingCount,
      page: board.state.current_page,
      engine: page.engine,
      recording: room.state?.recording ?? null,
      quiz: quizzes.quiz?.state ?? null,
      answersWaiting: quizzes.waiting.length,
      messages: talk.messages.length,
      messagesWaiting: talk.waiting.length,
    }),
    strokeMarks: () => ({ told: [...board.told.marks], heard: [...board.heard.marks] }),
  };
  Object.defineProperty(window, "darasa", { value: Object.freeze(surface) });
}
