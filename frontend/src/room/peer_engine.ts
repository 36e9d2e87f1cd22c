import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { hasPictures, type Profile } from "../common/profile.ts";
import type { PeerSignal, PeerSignalled, Wish } from "../wire/words.ts";
import type { Device, EngineEvents, VideoEngine } from "./engine.ts";
import { typical, type LinkSample } from "./link_judge.ts";
import type { LocalMedia } from "./local_media.ts";
import { DEVICES, PeerLink, type LinkPort } from "./peer_link.ts";

export interface PeerPort {
  occupant: string;
  send(signal: PeerSignal): boolean;
}

export interface Roster {
  people: readonly string[];
  recorder: string | null;
  iceServers: RTCIceServer[];
}

const REBUILD_SECONDS = 1;
const WISHES: Record<Profile, Wish> = { normal: "all", saver: "small", audio_only: "none", board_only: "away" };

/** Browser to browser, for up to six: docs/wire.md, "Peer connections". */
export class PeerEngine extends Emitter<EngineEvents> implements VideoEngine {
  readonly kind = "peer";
  private readonly links = new Map<string, PeerLink>();
  private readonly rebuilds = new Map<string, number>();
  private roster: Roster = { people: [], recorder: null, iceServers: [] };
  private joined = false;
  /** What the others would like to get from me. */
  private readonly wishes = new Map<string, Wish>();

  constructor(
    private readonly port: PeerPort,
    private readonly local: LocalMedia,
    private profile: Profile,
  ) {
    super();
    local.on("changed", (device) => this.localChanged(device));
    local.on("trouble", (trouble) => this.emit("trouble", trouble));
  }

  join(): Promise<void> {
    this.joined = true;
    this.tellLocal();
    this.reconcile();
    return Promise.resolve();
  }

  leave(keepDevices = false): void {
    this.joined = false;
    for (const occupant of [...this.links.keys()]) this.drop(occupant);
    if (!keepDevices) this.local.stop();
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.local.set("microphone", on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.local.set("camera", on);
  }

  setScreen(on: boolean): Promise<void> {
    return this.local.set("screen", on);
  }

  async use(profile: Profile): Promise<void> {
    const before = this.profile;
    this.profile = profile;
    if (!hasPictures(profile)) await Promise.all([this.local.set("camera", false), this.local.set("screen", false)]);
    this.tellWish(this.roster.people);
    if (profile === "board_only") {
      for (const occupant of [...this.links.keys()]) this.drop(occupant);
      this.local.stop();
      return this.tellLocal();
    }
    if (before !== "board_only") for (const link of this.links.values()) link.replace("camera");
    this.reconcile();
  }

  async sample(): Promise<LinkSample> {
    const links = [...this.links.values()].filter((link) => link.isConnected);
    return typical(await Promise.all(links.map((link) => link.sample())));
  }

  loudness(occupant: string): number {
    return this.links.get(occupant)?.loudness() ?? 0;
  }

  /** Who is here now. Connections that work are left alone. */
  follow(roster: Roster): void {
    const changedRecorder = roster.recorder !== this.roster.recorder ? this.roster.recorder : null;
    this.roster = roster;
    if (changedRecorder !== null) this.drop(changedRecorder);
    this.reconcile();
  }

  /** After the room socket came back: signals may have been lost, so what is not connected begins anew. */
  retryUnconnected(): void {
    for (const [occupant, link] of [...this.links]) {
      if (!link.isConnected && this.offersTo(occupant)) this.build(occupant);
    }
  }

  /** The recorder came. One that only lost its socket comes back under the same name, with its connections alive. */
  offerToRecorder(recorder: string): void {
    this.roster = { ...this.roster, recorder };
    if (this.joined && !this.isAway && this.links.get(recorder)?.isConnected !== true) this.build(recorder);
  }

  hear(signal: PeerSignalled): void {
    if (!this.joined) return;
    const { from, session, description, wish } = signal;
    const link = this.links.get(from);
    if (wish !== undefined) return this.hearWish(from, wish);
    if (description?.type === "offer") return this.isAway ? this.tellWish([from]) : this.answer(signal);
    if (link?.session === session) link.hear(signal);
  }

  private answer({ from, session, description }: PeerSignalled): void {
    const isKnown = this.roster.people.includes(from);
    if (description === undefined || !isKnown || this.offersTo(from)) return;
    if (this.links.get(from)?.session === session) return;
    this.drop(from);
    this.links.set(from, PeerLink.answer(this.portTo(from), session, description));
    if (this.profile !== "normal") this.tellWish([from]);
  }

  private get isAway(): boolean {
    return this.profile === "board_only";
  }

  /** Who is away is left in peace; who is back is connected like somebody new. */
  private hearWish(from: string, wish: Wish): void {
    this.wishes.set(from, wish);
    if (wish === "away") this.drop(from);
    for (const device of ["camera", "screen"] as const) this.links.get(from)?.replace(device);
    this.reconcile();
  }

  private tellWish(people: readonly string[]): void {
    const wish = WISHES[this.profile];
    for (const to of people) {
      if (to !== this.port.occupant) this.port.send({ to, session: this.links.get(to)?.session ?? makeId(), wish });
    }
  }

  private offersTo(occupant: string): boolean {
    return occupant === this.roster.recorder || this.port.occupant > occupant;
  }

  private reconcile(): void {
    if (!this.joined || this.isAway) return;
    const { people, recorder } = this.roster;
    this.local.setPeople(people.length);
    for (const occupant of [...this.wishes.keys()]) if (!people.includes(occupant)) this.wishes.delete(occupant);
    const here = people.filter((occupant) => occupant !== this.port.occupant);
    const wanted = new Set(here.filter((occupant) => this.wishes.get(occupant) !== "away"));
    if (recorder !== null) wanted.add(recorder);
    for (const occupant of [...this.links.keys()]) if (!wanted.has(occupant)) this.drop(occupant);
    for (const occupant of wanted) {
      if (!this.links.has(occupant) && !this.rebuilds.has(occupant) && this.offersTo(occupant)) this.build(occupant);
    }
  }

  private build(occupant: string): void {
    this.drop(occupant);
    const direction = occupant === this.roster.recorder ? "sendonly" : "sendrecv";
    this.links.set(occupant, PeerLink.offer(this.portTo(occupant), direction));
    if (this.profile !== "normal" && direction === "sendrecv") this.tellWish([occupant]);
  }

  private drop(occupant: string): void {
    clearTimeout(this.rebuilds.get(occupant));
    this.rebuilds.delete(occupant);
    if (!this.links.has(occupant)) return;
    this.links.get(occupant)?.close();
    this.links.delete(occupant);
    this.emit("gone", { occupant });
  }

  private portTo(occupant: string): LinkPort {
    return {
      iceServers: this.roster.iceServers,
      send: (body) => this.port.send({ to: occupant, ...body }),
      track: (device) => this.trackFor(occupant, device),
      small: () => this.profile === "saver" || this.wishes.get(occupant) === "small",
      opened: (tracks) => this.emit("tracks", { occupant, ...mapStreams(tracks) }),
      broken: () => this.rebuildSoon(occupant),
    };
  }

  private trackFor(occupant: string, device: Device): MediaStreamTrack | null {
    const isSpared = device !== "microphone" && this.wishes.get(occupant) === "none";
    return isSpared ? null : this.local.sent(device);
  }

  /** Only its offerer builds a connection anew; the other side waits for the offer. */
  private rebuildSoon(occupant: string): void {
    if (!this.offersTo(occupant) || this.rebuilds.has(occupant)) return;
    const timer = setTimeout(() => {
      this.rebuilds.delete(occupant);
      if (this.joined && !this.isAway && this.isHere(occupant)) this.build(occupant);
    }, REBUILD_SECONDS * 1000);
    this.rebuilds.set(occupant, timer as unknown as number);
  }

  private isHere(occupant: string): boolean {
    if (this.wishes.get(occupant) === "away") return false;
    return occupant === this.roster.recorder || this.roster.people.includes(occupant);
  }

  private localChanged(device: Device): void {
    if (!this.joined) return;
    for (const link of this.links.values()) link.replace(device);
    this.tellLocal();
  }

  private tellLocal(): void {
    const { local } = this;
    const [microphone, camera, screen] = DEVICES.map((device) => local.isOn(device));
    this.emit("local", {
      microphone: microphone === true,
      camera: camera === true,
      screen: screen === true,
      picture: wrap(local.sent("camera")),
      shared: wrap(local.sent("screen")),
    });
  }
}

function wrap(track: MediaStreamTrack | null): MediaStream | null {
  return track === null ? null : new MediaStream([track]);
}

function mapStreams(tracks: Record<Device, MediaStreamTrack>): Record<Device, MediaStream> {
  return {
    microphone: new MediaStream([tracks.microphone]),
    camera: new MediaStream([tracks.camera]),
    screen: new MediaStream([tracks.screen]),
  };
}
