import type { BreakoutRoom } from "../wire/words.ts";
import type { RoomPage } from "./page.ts";

/** The page as it is in a breakout room: everything of its own but the lesson, which is run from the main room. The
 * lesson's door is heard everywhere: nobody waits outside because their teacher looks into a breakout. */
export function breakoutPage(page: RoomPage, room: BreakoutRoom): RoomPage {
  const { jitsi } = page;
  const guest = /\?.*$/.exec(page.room_socket)?.[0] ?? ""; // by which the doors know somebody without a session
  return {
    ...page,
    lesson: { ...page.lesson, title: `${page.lesson.title} · ${room.title}` },
    may_manage: false,
    may_moderate: false,
    keeps_door: page.may_manage,
    breakout: { lesson: page.lesson.id, room: room.room ?? "", title: room.title },
    app_url: null,
    code_url: null,
    room_socket: `/ws/rooms/${room.room}/${guest}`,
    board_socket: `/ws/boards/${room.room}/${guest}`,
    quiz_socket: `/ws/quizzes/${room.room}/${guest}`,
    talk_socket: `/ws/talk/${room.room}/${guest}`,
    jitsi: jitsi === null ? null : { ...jitsi, options: { ...jitsi.options, roomName: room.name } },
  };
}
