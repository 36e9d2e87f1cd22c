import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { LiveSocket, type SocketOptions, type SocketStatus } from "../wire/socket.ts";
import type { AudienceListed, BreakoutPlan, Envelope, Link, Media, PeerSignal, PeerSignalled, Refusal, RoomCommands, RoomEntered, RoomFact, RoomResumed } from "../wire/words.ts";
import type { WebToken } from "./token_keeper.ts";
import { applyRoomFact, enterRoom, resumeRoom, type RoomState } from "./state.ts";

export type Division = Extract<keyof RoomCommands, `breakouts.${string}` | "help.ask">;

interface RoomEvents {
  /** The first snapshot, a resync, or the return after a break. */
  entered: RoomState;
  changed: RoomState;
  recorder: string;
  signalled: PeerSignalled;
  ended: undefined;
  /** Somebody who holds the lesson wants this microphone off. */
  muted: undefined;
  /** Newcomers could watch, and there is nothing to watch. */
  advised: undefined;
  refused: string;
  /** Those of the course, after one was saved. */
  plans: BreakoutPlan[];
  /** Who watches the stream, after `askAudience`. */
  audience: AudienceListed;
  token: WebToken;
  status: { status: SocketStatus; code: number | null };
}

/** The room socket and what it says. */
export class RoomSession extends Emitter<RoomEvents> {
  readonly occupant = makeId();
  state: RoomState | null = null;
  private readonly socket: LiveSocket<RoomFact>;
  /** The server's time of the last sign of life, which came behind all that it says about me and everybody until then. */
  private heardAt: number | null = null;
  private media: Media = { microphone: false, camera: false, screen: false };

  /** `isBoardOnly`: whether this page has put pictures and sound aside, asked each time it is told. */
  constructor(
    address: (occupant: string, last: Record<string, string>) => string,
    private readonly isBoardOnly: () => boolean = () => false,
    open?: SocketOptions["open"],
  ) {
    super();
    this.socket = new LiveSocket<RoomFact>({
      address: (since) => address(this.occupant, this.state === null || since === null || this.heardAt === null ? {} : { since: String(since), heard: String(this.heardAt) }),
      ping: { type: "room.ping", answer: "room.ponged", heard: (data) => this.heard(data) },
      snapshots: ["room.entered", "room.resumed"],
      hear: (envelope) => this.hear(envelope),
      resync: () => void this.command("room.resync", { since: this.socket.lastSeq, heard_at: this.heardAt }),
      changed: (status, code) => this.emit("status", { status, code }),
      ...(open === undefined ? {} : { open }),
    });
  }

  get status(): SocketStatus {
    return this.socket.status;
  }

  get roundTripMs(): number | null {
    return this.socket.roundTripMs;
  }

  connect(): void {
    this.socket.connect();
  }

  hurry(): void {
    this.socket.hurry();
  }

  close(): void {
    this.socket.close();
  }

  changeMedia({ microphone, camera, screen }: Media): void {
    this.media = { microphone, camera, screen };
    this.tellMedia();
    if (this.state !== null) this.emit("changed", this.showOwnMedia(this.state));
  }

  signal(signal: PeerSignal): boolean {
    return this.command("peer.signal", signal);
  }

  endLesson(): boolean {
    return this.attempt("lesson.end", {});
  }

  putOut(person: string): boolean {
    return this.command("participant.remove", { person }, makeId());
  }

  promote(person: string): boolean {
    return this.command("participant.promote", { person }, makeId());
  }

  mute(person: string): boolean {
    return this.command("microphone.mute", { person }, makeId());
  }

  muteAll(): boolean {
    return this.command("microphone.mute_all", {}, makeId());
  }

  askAudience(): boolean {
    return this.command("audience.list", {}, makeId());
  }

  tellLink(link: Link): void {
    this.command("link.tell", link);
  }

  renewToken(): boolean {
    return this.command("token.renew", {}, makeId());
  }

  admit(knock: string): boolean {
    return this.command("knock.admit", { knock }, makeId());
  }

  refuse(knock: string): boolean {
    return this.command("knock.refuse", { knock }, makeId());
  }

  /** Plan, open, change and close breakout rooms; ask for help. */
  divide<T extends Division>(type: T, data: RoomCommands[T]): boolean {
    return this.attempt(type, data);
  }

  /** What I send now, as the others were told. */
  get ownMedia(): Media {
    return this.media;
  }

  admitAll(): boolean {
    return this.command("knock.admit_all", {}, makeId());
  }

  /** Nothing of it waits: who gave an order that nobody heard is told, and gives it again when it is still right. */
  private attempt<T extends keyof RoomCommands>(type: T, data: RoomCommands[T]): boolean {
    const isSent = this.command(type, data, makeId());
    if (!isSent) this.emit("refused", "not_connected");
    return isSent;
  }

  private command<T extends keyof RoomCommands>(type: T, data: RoomCommands[T], ref?: string): boolean {
    return this.socket.send(type, data, ref);
  }

  /** What I send is known here first. */
  private showOwnMedia(state: RoomState): RoomState {
    applyRoomFact(state, { type: "media.changed", data: { occupant: this.occupant, ...this.media } });
    return state;
  }

  private tellMedia(): void {
    this.command("media.change", { ...this.media, ...(this.isBoardOnly() ? { board_only: true } : {}) });
  }

  private hear(envelope: Envelope<RoomFact>): void {
    if (envelope.type === "room.entered") return this.entered(enterRoom(envelope.data as RoomEntered, this.state), envelope.data);
    if (envelope.type === "room.resumed" && this.state !== null) return this.entered(resumeRoom(envelope.data as RoomResumed, this.state), envelope.data);
    if (envelope.type === "error") return this.emit("refused", (envelope.data as Refusal).code);
    if (envelope.type === "token.renewed") return this.emit("token", envelope.data as WebToken);
    if (envelope.type === "breakouts.saved") return this.emit("plans", (envelope.data as { plans: BreakoutPlan[] }).plans);
    if (envelope.type === "audience.listed") return this.emit("audience", envelope.data as AudienceListed);
    if (envelope.type === "mute.asked") return this.emit("muted", undefined);
    if (envelope.type === "stream.advised") return this.emit("advised", undefined);
    // What came of a command everybody is told alike.
    if (this.state === null || envelope.type === "command.done") return;
    if (envelope.type === "peer.signalled") return this.emit("signalled", envelope.data as PeerSignalled);
    applyRoomFact(this.state, envelope);
    if (envelope.type === "recorder.joined") this.emit("recorder", (envelope.data as { occupant: string }).occupant);
    this.emit("changed", this.state);
    if (envelope.type === "lesson.ended") this.emit("ended", undefined);
  }

  /** Whoever serves us before the next version says no time: then the next return is told the whole. */
  private heard(data: unknown): void {
    this.heardAt = (data as { server_at?: number }).server_at ?? null;
  }

  private entered(state: RoomState, data: unknown): void {
    this.heard(data);
    this.state = this.showOwnMedia(state);
    this.tellMedia();
    this.emit("entered", this.state);
    this.emit("changed", this.state);
  }
}
