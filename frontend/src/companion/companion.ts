import { pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { showClosed, showEnded } from "../room/ending.ts";
import type { RoomPage } from "../room/page.ts";
import { closeSessions, hurrySessions, hurryWithBrowser, makeRoomSession, makeSessions, openSessions } from "../room/sessions.ts";
import { exposeSurface } from "../room/surface.ts";
import { CloseCode } from "../wire/words.ts";
import { Screen } from "./screen.ts";

const page = readJson<RoomPage>("page-data");
const host = pick("#room", HTMLElement);
// A telephone, on a network that carries the video too: others' pens come thinned.
const sessions = makeSessions(page, makeRoomSession(page), () => "low");
const screen = new Screen(page, sessions);
let over = false;

exposeSurface(page, sessions.room, () => ({ sessions, at: null, countPictures: () => 0 }));
host.replaceChildren(screen.element);
listen();
hurryWithBrowser(() => hurrySessions(sessions));
openSessions(sessions);

function listen(): void {
  const { room } = sessions;
  room.on("entered", ({ status }) => void (status === "ended" && finish()));
  room.on("ended", finish);
  room.on("status", ({ status, code }) => {
    if (status === "closed" && code !== null) end(code);
  });
}

function finish(): void {
  if (over) return;
  stop();
  showEnded(host, page);
}

/** Without a place among the pictures all the rest still works: nothing here needs one. */
function end(code: number): void {
  if (over || code === CloseCode.ROOM_FULL) return;
  stop();
  showClosed(host, page, code, () => location.reload());
}

function stop(): void {
  over = true;
  screen.stop();
  closeSessions(sessions);
}
