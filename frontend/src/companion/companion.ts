import { pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { chooseRoom } from "../room/breakout_choice.ts";
import { showClosed, showEnded } from "../room/ending.ts";
import { watchLeftBehind } from "../room/left_behind.ts";
import type { RoomPage } from "../room/page.ts";
import { breakoutPage } from "../room/breakout_page.ts";
import { closeLightSessions, hurryLightSessions, hurryWithBrowser, makeLightSessions, makeRoomSession, openLightSessions } from "../room/light_sessions.ts";
import { exposeSurface } from "../room/surface.ts";
import { CloseCode, type BreakoutRoom } from "../wire/words.ts";
import { Screen, type CompanionSessions } from "./screen.ts";

const page = readJson<RoomPage>("page-data");
const host = pick("#room", HTMLElement);
/** The main room's: connected as long as the page is, and says which room is mine. */
const main = makeRoomSession(page);
let place = makePlace(null);
let over = false;
/** Whether the class was seen before: only from then on a move is one. */
let isHere = false;

exposeSurface(page, main, () => place);
host.replaceChildren(place.screen.element);
listen();
watchLeftBehind(page, main, () => place.sessions.talk);
hurryWithBrowser(() => {
  main.hurry();
  hurryLightSessions(place.sessions);
  place.sessions.board?.hurry();
});
openLightSessions(place.sessions);
main.connect();

function makePlace(at: BreakoutRoom | null) {
  const here = at === null ? page : { ...breakoutPage(page, at), app_url: page.app_url };
  const room = at === null ? main : makeRoomSession(here);
  const sessions: CompanionSessions = { ...makeLightSessions(here, room), board: null };
  return { at: at?.room ?? null, sessions, screen: new Screen(here, sessions, main, at?.room ?? null), countPictures: () => 0 };
}

/** To the board, quiz and chat of the room where I belong now; its video is one press away in the app. */
function follow(): void {
  const wanted = chooseRoom(main.state?.breakouts ?? null, null);
  if (over || place.at === (wanted?.room ?? null)) return;
  leavePlace();
  place = makePlace(wanted);
  host.replaceChildren(place.screen.element);
  openLightSessions(place.sessions);
  if (place.at !== null) place.sessions.room.connect();
  if (isHere) place.screen.sayMoved();
}

function listen(): void {
  main.on("entered", ({ status }) => {
    if (status === "ended") return finish();
    follow();
    isHere = true;
  });
  main.on("changed", follow);
  main.on("ended", finish);
  main.on("status", ({ status, code }) => {
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

/** The main room's socket stays. */
function leavePlace(): void {
  place.screen.stop();
  closeLightSessions(place.sessions);
  place.sessions.board?.close();
  if (place.at !== null) place.sessions.room.close();
}

function stop(): void {
  over = true;
  leavePlace();
  main.close();
}
