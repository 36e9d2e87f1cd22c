import { make, pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { readProfile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import { QuizSession } from "../quizzes/session.ts";
import { BoardSession } from "../whiteboard/session.ts";
import { openDrawer } from "../wire/drawer.ts";
import { locateSocket } from "../wire/socket.ts";
import { CloseCode } from "../wire/words.ts";
import { Classroom } from "./classroom.ts";
import { readInvitation } from "./door.ts";
import { showClosed, showEnded } from "./ending.ts";
import type { VideoEngine } from "./engine.ts";
import { JitsiEngine } from "./jitsi_engine.ts";
import { openLobby } from "./lobby.ts";
import { LocalMedia } from "./local_media.ts";
import type { RoomPage } from "./page.ts";
import { PeerEngine } from "./peer_engine.ts";
import { RoomSession } from "./session.ts";
import { exposeSurface } from "./surface.ts";
import { TokenKeeper, type WebToken } from "./token_keeper.ts";

const invitation = readInvitation();
const page = readJson<RoomPage>("page-data");
const host = pick("#room", HTMLElement);
const local = new LocalMedia();
const room = new RoomSession((occupant) => locateSocket(page.room_socket, { occupant }));
const board = new BoardSession({
  address: (last) => locateSocket(page.board_socket, { live: chooseRate(), ink: "packed", ...(last === null ? {} : { since: String(last) }) }),
  drawer: openDrawer(`${page.person.id} ${page.board_socket}`),
  person: page.person.id,
  mayEverDraw: page.person.role !== "observer",
});
const quizzes = new QuizSession({
  address: (last) => locateSocket(page.quiz_socket, last === null ? {} : { since: String(last) }),
  drawer: openDrawer(`${page.person.id} ${page.quiz_socket}`),
});
let classroom: Classroom | null = null;
let engine: VideoEngine | null = null;
let over = false;

exposeSurface(page, room, board, quizzes, () => classroom);
void walkIn();

async function walkIn(): Promise<void> {
  // The companion of the Jitsi app has no devices of its own.
  if (page.engine !== "none") await openLobby(page, local, host);
  const frame = page.engine === "jitsi" ? make("aside", { class: "frame", "aria-label": say("room.video") }) : null;
  engine = makeEngine(frame);
  classroom = new Classroom({ page, room, board, quizzes, engine, frame, invitation, leave: () => leave() });
  host.replaceChildren(classroom.element);
  watchOwnMicrophone(classroom);
  listenToRoom();
  listenToBrowser();
  room.connect();
  void board.open();
  void quizzes.open();
}

function makeEngine(frame: HTMLElement | null): VideoEngine | null {
  if (page.engine === "peer") return makePeerEngine();
  if (page.engine !== "jitsi" || page.jitsi === null || frame === null) {
    local.stop();
    return null;
  }
  const wanted = { microphone: local.isOn("microphone"), camera: local.isOn("camera") };
  // Jitsi opens the devices itself, and many cameras serve only one at a time.
  local.stop();
  return new JitsiEngine(page.jitsi, frame, keepToken(page.jitsi.token), readProfile(), wanted);
}

function keepToken(first: WebToken): TokenKeeper {
  const keeper = new TokenKeeper(first, () => room.renewToken());
  room.on("token", (token) => keeper.hear(token));
  room.on("entered", () => keeper.hurry());
  return keeper;
}

function makePeerEngine(): PeerEngine {
  const peer = new PeerEngine({ occupant: room.occupant, send: (signal) => room.signal(signal) }, local, readProfile());
  room.on("changed", ({ participants, recorder, iceServers }) =>
    peer.follow({ people: [...participants.keys()], recorder, iceServers }),
  );
  room.on("entered", () => peer.retryUnconnected());
  room.on("recorder", (recorder) => peer.offerToRecorder(recorder));
  room.on("signalled", (signal) => peer.hear(signal));
  return peer;
}

function watchOwnMicrophone(view: Classroom): void {
  if (page.engine !== "peer") return;
  let watched: MediaStreamTrack | null = null;
  const watch = (): void => {
    const track = local.sent("microphone");
    if (track !== watched) view.watchMicrophone(track);
    watched = track;
  };
  local.on("changed", watch);
  watch();
}

function listenToRoom(): void {
  let joined = false;
  room.on("entered", (state) => {
    if (state.status === "ended") return finish();
    if (joined) return;
    joined = true;
    engine?.join().catch(() => classroom?.showVideoFailed());
  });
  room.on("ended", finish);
  room.on("status", ({ status, code }) => {
    if (status !== "closed" || code === null || over) return;
    if (code === CloseCode.LESSON_OVER) finish();
    else giveUp(code);
  });
}

function listenToBrowser(): void {
  const hurry = (): void => {
    room.hurry();
    board.hurry();
    quizzes.hurry();
  };
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hurry();
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
  engine?.leave();
  local.stop();
  if (!wasFull) stop();
  showClosed(host, page, code, () => {
    classroom?.stop();
    classroom = new Classroom({ page, room, board, quizzes, engine: null, frame: null, invitation, leave: () => leave() });
    host.replaceChildren(classroom.element);
  });
}

function stop(): void {
  over = true;
  classroom?.stop();
  engine?.leave();
  local.stop();
  room.close();
  board.close();
  quizzes.close();
}

function leave(): void {
  stop();
  location.assign(page.leave_url);
}

/** Over a poor network others' pens come five times a second, with fewer points. */
function chooseRate(): "full" | "low" {
  return readProfile() === "normal" ? "full" : "low";
}
