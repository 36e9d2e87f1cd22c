import { makeId } from "../common/identity.ts";
import type { Candidate, Description, SignalBody } from "../wire/words.ts";
import { CAMERA_HEIGHT } from "./devices.ts";
import type { Device } from "./engine.ts";
import type { LinkSample } from "./link_judge.ts";

/** The order of the transceivers is the wire's: microphone, camera, screen. */
export const DEVICES: readonly Device[] = ["microphone", "camera", "screen"];

const KINDS = { microphone: "audio", camera: "video", screen: "video" } as const;
const LIMITS = {
  camera: { maxBitrate: 250_000, maxFramerate: 15 },
  screen: { maxBitrate: 1_200_000, maxFramerate: 15 },
} as const;
/** Over a poor network of either side. */
const SMALL_LIMITS = {
  camera: { maxBitrate: 80_000, maxFramerate: 8 },
  screen: { maxBitrate: 300_000, maxFramerate: 5 },
} as const;
const SMALL_HEIGHT = 120;

const CONNECT_SECONDS = 15;
const DISCONNECTED_SECONDS = 5;

export interface LinkPort {
  iceServers: RTCIceServer[];
  send(body: SignalBody): void;
  track(device: Device): MediaStreamTrack | null;
  /** Whether pictures should be small: here, or at the other end. */
  small(): boolean;
  /** Tracks of the other side, ready to be shown; nothing yet may flow in them. */
  opened(receivers: Record<Device, MediaStreamTrack>): void;
  /** It failed, or did not come about in time; the offerer builds another. */
  broken(): void;
}

/** The few fields of the browsers' reports that are read here. */
interface StatsReport {
  type: string;
  packetsLost?: number;
  packetsReceived?: number;
  fractionLost?: number;
  nominated?: boolean;
  currentRoundTripTime?: number;
}

/** One attempt to connect two people. An attempt that fails is thrown away; the next one has a new session. */
export class PeerLink {
  private readonly connection: RTCPeerConnection;
  private readonly early: Candidate[] = [];
  private transceivers: RTCRtpTransceiver[] = [];
  private timer = 0;
  private closed = false;
  private counted = { lost: 0, received: 0 };

  constructor(
    private readonly port: LinkPort,
    readonly session: string,
  ) {
    this.connection = new RTCPeerConnection({ iceServers: port.iceServers, bundlePolicy: "max-bundle" });
    this.connection.onicecandidate = ({ candidate }) => this.tellCandidate(candidate);
    this.connection.onconnectionstatechange = () => this.stateChanged();
    this.waitFor(CONNECT_SECONDS);
  }

  static offer(port: LinkPort, direction: "sendrecv" | "sendonly"): PeerLink {
    const link = new PeerLink(port, makeId());
    link.attempt(() => link.makeOffer(direction));
    return link;
  }

  static answer(port: LinkPort, session: string, offer: Description): PeerLink {
    const link = new PeerLink(port, session);
    link.attempt(() => link.makeAnswer(offer));
    return link;
  }

  get isConnected(): boolean {
    return this.connection.connectionState === "connected";
  }

  /** The other side answered, or found a way to be reached. */
  hear({ description, candidate }: SignalBody): void {
    if (description?.type === "answer") this.attempt(() => this.takeAnswer(description));
    if (candidate !== undefined) this.attempt(() => this.takeCandidate(candidate));
  }

  /** Muting, unmuting, sharing: the same line carries another track, or none. */
  replace(device: Device): void {
    const sender = this.transceivers[DEVICES.indexOf(device)]?.sender;
    if (sender === undefined) return;
    this.attempt(async () => {
      await sender.replaceTrack(this.port.track(device));
      await limitBitrate(sender, device, this.port.small());
    });
  }

  /** 0 to 1, as the browser hears it. */
  loudness(): number {
    const receiver = this.transceivers[0]?.receiver;
    return receiver?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
  }

  /** Loss in both directions since the last look, and the way there and back. */
  async sample(): Promise<LinkSample> {
    const reports = [...(await this.connection.getStats()).values()] as StatsReport[];
    const { lost, received } = this.counted;
    this.counted = { lost: add(reports, "packetsLost"), received: add(reports, "packetsReceived") };
    const [more, all] = [this.counted.lost - lost, this.counted.lost - lost + this.counted.received - received];
    const there = reports.map(({ fractionLost }) => fractionLost ?? 0);
    const trip = reports.find(({ nominated, currentRoundTripTime }) => nominated && currentRoundTripTime !== undefined);
    return {
      lossPercent: Math.max(all > 0 ? (100 * Math.max(0, more)) / all : 0, 100 * Math.max(0, ...there)),
      rttMs: trip?.currentRoundTripTime === undefined ? null : trip.currentRoundTripTime * 1000,
    };
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.connection.onicecandidate = this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  private async makeOffer(direction: "sendrecv" | "sendonly"): Promise<void> {
    this.transceivers = DEVICES.map((device) => this.connection.addTransceiver(KINDS[device], { direction }));
    if (direction === "sendrecv") this.announceReceivers();
    await this.attachTracks();
    await this.connection.setLocalDescription();
    this.tellDescription();
  }

  private async makeAnswer(offer: Description): Promise<void> {
    await this.connection.setRemoteDescription(askForSilence(offer));
    // The lines that the offer made, in its order; `addTransceiver` here would add three more.
    this.transceivers = this.connection.getTransceivers().slice(0, DEVICES.length);
    for (const transceiver of this.transceivers) transceiver.direction = "sendrecv";
    this.announceReceivers();
    await this.attachTracks();
    await this.connection.setLocalDescription();
    this.tellDescription();
    await this.takeEarlyCandidates();
  }

  private async takeAnswer(answer: Description): Promise<void> {
    if (this.connection.signalingState !== "have-local-offer") return;
    await this.connection.setRemoteDescription(askForSilence(answer));
    for (const [index, device] of DEVICES.entries()) {
      const sender = this.transceivers[index]?.sender;
      if (sender !== undefined) await limitBitrate(sender, device, this.port.small());
    }
    await this.takeEarlyCandidates();
  }

  private async takeCandidate(candidate: Candidate): Promise<void> {
    if (this.connection.remoteDescription === null) this.early.push(candidate);
    else await this.connection.addIceCandidate(candidate);
  }

  private async takeEarlyCandidates(): Promise<void> {
    for (const candidate of this.early.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  private async attachTracks(): Promise<void> {
    for (const [index, device] of DEVICES.entries()) {
      const sender = this.transceivers[index]?.sender;
      await sender?.replaceTrack(this.port.track(device));
      if (sender !== undefined) await limitBitrate(sender, device, this.port.small());
    }
  }

  private announceReceivers(): void {
    const [microphone, camera, screen] = this.transceivers.map((transceiver) => transceiver.receiver.track);
    if (microphone && camera && screen) this.port.opened({ microphone, camera, screen });
  }

  private tellDescription(): void {
    const description = this.connection.localDescription;
    if (description === null || (description.type !== "offer" && description.type !== "answer")) return;
    this.port.send({ session: this.session, description: { type: description.type, sdp: description.sdp } });
  }

  private tellCandidate(found: RTCIceCandidate | null): void {
    if (found === null || found.candidate === "") return;
    const { candidate, sdpMid, sdpMLineIndex } = found;
    this.port.send({ session: this.session, candidate: { candidate, sdpMid, sdpMLineIndex } });
  }

  private stateChanged(): void {
    const state = this.connection.connectionState;
    if (state === "connected") clearTimeout(this.timer);
    if (state === "disconnected") this.waitFor(DISCONNECTED_SECONDS);
    if (state === "failed") this.break();
  }

  private waitFor(seconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.break(), seconds * 1000) as unknown as number;
  }

  private break(): void {
    clearTimeout(this.timer);
    if (!this.closed) this.port.broken();
  }

  /** A closed connection rejects what was under way; that is not a failure. */
  private attempt(act: () => Promise<void>): void {
    act().catch((error: unknown) => {
      if (this.closed) return;
      console.warn("A peer connection refused a step.", error);
      this.break();
    });
  }
}

/** Opus is told to send nothing while nobody speaks: in a class that is five of six microphones. */
export function askForSilence({ type, sdp }: Description): Description {
  const opus = /^a=rtpmap:(\d+) opus\//m.exec(sdp)?.[1];
  if (opus === undefined || sdp.includes("usedtx=")) return { type, sdp };
  const parameters = new RegExp(`^a=fmtp:${opus} .*$`, "m");
  if (parameters.test(sdp)) return { type, sdp: sdp.replace(parameters, "$&;usedtx=1") };
  return { type, sdp: sdp.replace(new RegExp(`^a=rtpmap:${opus} .*$`, "m"), `$&\r\na=fmtp:${opus} usedtx=1`) };
}

async function limitBitrate(sender: RTCRtpSender, device: Device, small: boolean): Promise<void> {
  if (device === "microphone") return;
  const parameters = sender.getParameters();
  // Before the answer, Firefox has no encodings to limit; it is called again after it.
  const [encoding] = parameters.encodings ?? [];
  if (encoding === undefined) return;
  Object.assign(encoding, (small ? SMALL_LIMITS : LIMITS)[device]);
  // Every pair encodes for itself: what a camera gives beyond a tile's size would starve a laptop.
  const height = device === "camera" ? sender.track?.getSettings().height : undefined;
  if (height !== undefined) encoding.scaleResolutionDownBy = Math.max(1, height / (small ? SMALL_HEIGHT : CAMERA_HEIGHT));
  await sender.setParameters(parameters).catch(() => undefined);
}

function add(reports: readonly StatsReport[], name: "packetsLost" | "packetsReceived"): number {
  return reports.filter(({ type }) => type === "inbound-rtp").reduce((sum, report) => sum + (report[name] ?? 0), 0);
}
