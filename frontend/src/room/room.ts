import { pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { say } from "../common/texts.ts";
import { CloseCode, type BreakoutRoom, type Media } from "../wire/words.ts";
import { chooseRoom } from "./breakout_choice.ts";
import { breakoutPage } from "./breakout_page.ts";
import { readInvitation } from "./door.ts";
import { showClosed, showEnded } from "./ending.ts";
import { watchLeftBehind } from "./left_behind.ts";
import { openLobby } from "./lobby.ts";
import { LocalMedia } from "./local_media.ts";
import type { RoomPage } from "./page.ts";
import { Place, type Wanted } from "./place.ts";
import { hurryWithBrowser, makeRoomSession } from "./light_sessions.ts";
import { exposeSurface } from "./surface.ts";
import { showToast } from "./toast.ts";
import type { WebToken } from "./token_keeper.ts";

const invitation = readInvitation();
const page = readJson<RoomPage>("page-data");
const host = pick("#room", HTMLElement);
const local = new LocalMedia();
const room = makeRoomSession(page);
let place: Place | null = null;
/** Where somebody who holds the lesson wants to be while it is divided. */
let visited: string | null = null;
let isMoving = false;
let over = false;

exposeSurface(page, room, () => place);
void walkIn();

async function walkIn(): Promise<void> {
  await openLobby(page, local, host);
  const media = { microphone: local.isOn("microphone"), camera: local.isOn("camera") };
  settle(new Place(want(page, media, page.jitsi?.token ?? null), null, room));
  listenToRoom();
  watchLeftBehind(page, room, () => place?.sessions.talk ?? null);
  hurryWithBrowser(() => {
    room.hurry();
    place?.hurry();
  });
  room.connect();
}

function want(here: RoomPage, media: Wanted["media"], token: WebToken | null): Wanted {
  return { page: here, main: room, local, media, token, invitation, leave: () => leave(), visit };
}

function settle(next: Place): void {
  place = next;
  host.replaceChildren(next.classroom.element);
  next.open();
}

function visit(wanted: string | null): void {
  visited = wanted;
  followBreakouts();
}

/** To the room where I belong now. The main room's socket stays: it says when to come back. */
function followBreakouts(): void {
  const breakouts = room.state?.breakouts ?? null;
  const wanted = chooseRoom(breakouts, visited);
  if (wanted === null) visited = null;
  if (over || isMoving || place === null || place.at === (wanted?.room ?? null)) return;
  isMoving = true; // what is said on the way is heard here too
  const media = keepMedia(place);
  const wasThere = place.at;
  place.close(true);
  if (wanted === null) goBack(media, wasThere !== null && breakouts === null);
  else goInto(wanted, media, breakouts?.yours === wanted.room ? (breakouts.token ?? null) : null);
  isMoving = false;
}

/** What was on stays on, but for a shared screen: that was for the room left behind. */
function keepMedia(from: Place): Media {
  const { microphone, camera } = from.room.ownMedia;
  if (from.engine?.kind === "peer") void local.set("screen", false);
  const media = { microphone, camera, screen: false };
  if (from.at === null) room.changeMedia({ microphone: false, camera: false, screen: false });
  return media;
}

function goInto(wanted: BreakoutRoom, media: Media, token: WebToken | null): void {
  const here = breakoutPage(page, wanted);
  const session = makeRoomSession(here);
  const next = new Place(want(here, media, token), wanted.room, session);
  session.on("entered", () => next.join());
  session.on("status", ({ status, code }) => {
    // Moved, closed or over: the main room's word brings us where we belong.
    if (status === "closed" && code === CloseCode.ROOM_FULL) next.engine?.leave(true);
  });
  settle(next);
}

function goBack(media: Media, isOver: boolean): void {
  const next = new Place(want(page, media, null), null, room);
  settle(next);
  next.join();
  if (isOver) showToast(say("breakouts.over"));
}

function listenToRoom(): void {
  room.on("entered", (state) => {
    if (state.status === "ended") return finish();
    followBreakouts();
    if (place?.at === null) place.join();
  });
  room.on("changed", () => followBreakouts());
  room.on("ended", finish);
  room.on("status", ({ status, code }) => {
    if (status !== "closed" || code === null || over) return;
    if (code === CloseCode.LESSON_OVER) finish();
    else giveUp(code);
  });
}

function finish(): void {
  if (over) return;
  stop();
  showEnded(host, page);
}

/** Full: the board can still be followed. Removed or replaced: nothing can. */
function giveUp(code: number): void {
  const wasFull = code === CloseCode.ROOM_FULL;
  place?.close();
  local.stop();
  if (!wasFull) stop();
  const off = { microphone: false, camera: false };
  showClosed(host, page, code, () => settle(new Place(want(page, off, null), null, room, false)));
}

function stop(): void {
  over = true;
  place?.close();
  local.stop();
  room.close();
}

function leave(): void {
  stop();
  location.assign(page.leave_url);
}
