import { make } from "../common/dom.ts";
import { readProfile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import type { Media } from "../wire/words.ts";
import { Classroom, type ClassroomParts } from "./classroom.ts";
import type { VideoEngine } from "./engine.ts";
import { JitsiEngine } from "./jitsi_engine.ts";
import type { LocalMedia } from "./local_media.ts";
import type { RoomPage } from "./page.ts";
import { PeerEngine } from "./peer_engine.ts";
import type { RoomSession } from "./session.ts";
import { closeSessions, hurrySessions, makeSessions, openSessions, type Sessions } from "./sessions.ts";
import { TokenKeeper, type WebToken } from "./token_keeper.ts";

/** Asks for another at once. */
const NO_TOKEN: WebToken = { jwt: "", valid_ms: 0 };

export interface Wanted {
  page: RoomPage;
  /** The main room's, connected as long as the page is. */
  main: RoomSession;
  local: LocalMedia;
  /** What was on where I come from. */
  media: Pick<Media, "microphone" | "camera">;
  token: WebToken | null;
  invitation: string | null;
  leave(): void;
  visit(room: string | null): void;
}

/** One room of the lesson as this page has it: board, quizzes and video. Only one at a time. */
export class Place {
  readonly sessions: Sessions;
  readonly classroom: Classroom;
  readonly engine: VideoEngine | null;
  private readonly stops: (() => void)[] = [];
  private hasJoined = false;

  /** `at` is the breakout room; null is the main room, whose session is the page's own. */
  constructor(
    private readonly wanted: Wanted,
    readonly at: string | null,
    readonly room: RoomSession,
    isVideoThere = true,
  ) {
    const { page, local } = wanted;
    // Breakout rooms are not recorded: nobody is kept silent there.
    local.maySend = at !== null || page.recorded?.may_send !== false;
    if (!local.maySend) local.stop();
    this.sessions = makeSessions(page, room);
    openSessions(this.sessions); // before everything that takes time: their answers are on the way meanwhile
    const frame = isVideoThere && page.engine === "jitsi" ? make("aside", { class: "frame", "aria-label": say("room.video") }) : null;
    this.engine = isVideoThere ? this.makeEngine(frame) : null;
    this.classroom = new Classroom(this.listParts(frame));
    this.watchOwnMicrophone();
  }

  /** The room's own socket, where it is not the page's. */
  open(): void {
    if (this.at !== null) this.room.connect();
  }

  /** Once the room is entered; again does nothing. */
  join(): void {
    if (this.hasJoined) return;
    this.hasJoined = true;
    this.engine?.join().catch(() => this.classroom.showVideoFailed());
  }

  hurry(): void {
    hurrySessions(this.sessions);
  }

  countPictures(): number {
    return this.classroom.countRemotePictures();
  }

  /** Video ends here; the main room's socket stays. */
  close(keepDevices = false): void {
    for (const stop of this.stops.splice(0)) stop();
    this.classroom.stop();
    this.engine?.leave(keepDevices);
    closeSessions(this.sessions);
    if (this.at !== null) this.room.close();
  }

  private listParts(frame: HTMLElement | null): ClassroomParts {
    const { page, main, invitation, leave, visit } = this.wanted;
    return { page, main, at: this.at, visit, ...this.sessions, engine: this.engine, frame, invitation, leave };
  }

  private makeEngine(frame: HTMLElement | null): VideoEngine | null {
    const { page, local, media } = this.wanted;
    if (page.engine === "peer") return this.makePeerEngine();
    if (page.engine !== "jitsi" || page.jitsi === null || frame === null) {
      local.stop();
      return null;
    }
    // Jitsi opens the devices itself, and many cameras serve only one at a time.
    local.stop();
    return new JitsiEngine(page.jitsi, frame, this.keepToken(this.wanted.token ?? NO_TOKEN), readProfile(), media);
  }

  private keepToken(first: WebToken): TokenKeeper {
    const keeper = new TokenKeeper(first, () => this.room.renewToken());
    this.stops.push(
      this.room.on("token", (token) => keeper.hear(token)),
      this.room.on("entered", () => keeper.hurry()),
    );
    return keeper;
  }

  private makePeerEngine(): PeerEngine {
    const { room } = this;
    const peer = new PeerEngine({ occupant: room.occupant, send: (signal) => room.signal(signal) }, this.wanted.local, readProfile());
    // The recorder hears nothing of whom it must not record; to offer all the same would be to wait for ever.
    const isRecorded = this.wanted.page.recorded?.is_recorded !== false;
    const mine = (recorder: string | null): string | null => (isRecorded ? recorder : null);
    this.stops.push(
      room.on("changed", ({ recorder, iceServers }) => peer.follow({ people: this.listPeers(), recorder: mine(recorder), iceServers })),
      room.on("entered", () => peer.retryUnconnected()),
      room.on("recorder", (recorder) => isRecorded && peer.offerToRecorder(recorder)),
      room.on("signalled", (signal) => peer.hear(signal)),
    );
    if (room.state !== null) peer.follow({ people: this.listPeers(), recorder: mine(room.state.recorder), iceServers: room.state.iceServers });
    return peer;
  }

  /** Whoever sits in a breakout room is on the main room's list and has no video there. */
  private listPeers(): string[] {
    const { state } = this.room;
    if (state === null) return [];
    const away = state.breakouts?.state === "open" ? state.breakouts.rooms.flatMap(({ people }) => people.map(({ person }) => person)) : [];
    return [...state.participants.values()].filter(({ person }) => !away.includes(person)).map(({ occupant }) => occupant);
  }

  private watchOwnMicrophone(): void {
    const { page, local } = this.wanted;
    if (page.engine !== "peer" || this.engine === null) return;
    let watched: MediaStreamTrack | null = null;
    const watch = (): void => {
      const track = local.sent("microphone");
      if (track !== watched) this.classroom.watchMicrophone(track);
      watched = track;
    };
    this.stops.push(local.on("changed", watch));
    watch();
  }
}
