import { Emitter } from "../common/emitter.ts";
import { hasPictures, type Profile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import { chooseDelaySeconds } from "../wire/backoff.ts";
import type { Media } from "../wire/words.ts";
import type { EngineEvents, VideoEngine } from "./engine.ts";
import type { LinkSample } from "./link_judge.ts";
import type { TokenKeeper, WebToken } from "./token_keeper.ts";

/** From the server: where Jitsi's script is, the constructor's options as they are, and each profile's overrides. */
export interface JitsiPage {
  script: string;
  domain: string;
  options: Record<string, unknown>;
  token: WebToken;
  profiles: Record<string, Record<string, unknown>>;
}

interface JitsiApi {
  addListener(event: string, listen: (value: never) => void): void;
  executeCommand(command: string, ...values: unknown[]): void;
  /** Young: not every Jitsi has it. */
  getConnectionStats?(): Promise<JitsiStats | undefined>;
  dispose(): void;
}

interface JitsiStats {
  packetLoss?: { total?: number };
  jvbRTT?: number;
}

type JitsiConstructor = new (domain: string, options: Record<string, unknown>) => JitsiApi;

declare global {
  interface Window {
    JitsiMeetExternalAPI?: JitsiConstructor;
  }
}

const TOGGLES = { microphone: "toggleAudio", camera: "toggleVideo", screen: "toggleShareScreen" } as const;
const HEIGHTS: Partial<Record<Profile, number>> = { normal: 360, saver: 180 };
/** Somebody meant it: coming back by itself would be rude. */
const FINAL = /kicked|destroyed|max_?users/i;
const SCRIPT_SECONDS = 20;
const MOST_RETURNS = 6;
const FIRST_RETURN = 3;

/** The only TypeScript that speaks Jitsi. */
export class JitsiEngine extends Emitter<EngineEvents> implements VideoEngine {
  readonly kind = "jitsi";
  private api: JitsiApi | null = null;
  private left = false;
  private returns = 0;
  private returnTimer = 0;
  private readonly media: Media;
  private readonly names = new Map<string, string>();

  constructor(
    private readonly page: JitsiPage,
    private readonly place: HTMLElement,
    private readonly keeper: TokenKeeper,
    private profile: Profile,
    wanted: Pick<Media, "microphone" | "camera">,
  ) {
    super();
    this.media = { ...wanted, screen: false };
  }

  async join(): Promise<void> {
    if (this.profile === "board_only") return this.tell();
    await loadScript(this.page.script);
    await this.open();
  }

  leave(): void {
    this.left = true;
    this.keeper.stop();
    this.close();
  }

  /** Jitsi shows its token only when it connects: a connection that broke for good needs a new one. */
  async reload(): Promise<void> {
    this.close();
    await this.join();
  }

  async use(profile: Profile): Promise<void> {
    const before = this.profile;
    this.profile = profile;
    if (profile === "board_only") {
      this.close();
      Object.assign(this.media, { microphone: false, camera: false, screen: false });
      return this.tell();
    }
    if (before === "board_only") return this.join();
    if (!hasPictures(profile)) await this.setCamera(false);
    this.api?.executeCommand("setAudioOnly", !hasPictures(profile));
    if (HEIGHTS[profile] !== undefined) this.api?.executeCommand("setVideoQuality", HEIGHTS[profile]);
  }

  async sample(): Promise<LinkSample> {
    const stats = await this.api?.getConnectionStats?.().catch(() => undefined);
    return { lossPercent: stats?.packetLoss?.total ?? null, rttMs: stats?.jvbRTT ?? null };
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.toggle("microphone", on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.toggle("camera", on);
  }

  setScreen(on: boolean): Promise<void> {
    return this.toggle("screen", on);
  }

  loudness(): number {
    return 0;
  }

  private async open(): Promise<void> {
    const jwt = await this.keeper.fresh();
    if (this.left || this.api !== null) return;
    const Api = window.JitsiMeetExternalAPI;
    if (Api === undefined) throw new Error("Jitsi's script has no JitsiMeetExternalAPI.");
    this.api = new Api(this.page.domain, this.makeOptions(jwt));
    this.place.querySelector("iframe")?.setAttribute("title", say("room.video"));
    this.listen(this.api);
  }

  private close(): void {
    clearTimeout(this.returnTimer);
    const { api } = this;
    this.api = null; // first: what it says while it goes is not heard
    api?.executeCommand("hangup");
    api?.dispose();
    this.names.clear();
  }

  private makeOptions(jwt: string): Record<string, unknown> {
    const configOverwrite = {
      ...this.page.profiles[this.profile],
      startWithAudioMuted: !this.media.microphone,
      startWithVideoMuted: !this.media.camera || !hasPictures(this.profile),
    };
    return { ...this.page.options, jwt, parentNode: this.place, width: "100%", height: "100%", configOverwrite };
  }

  private listen(api: JitsiApi): void {
    const heard = <Value>(event: string, act: (value: Value) => void): void =>
      api.addListener(event, ((value: Value) => {
        if (api === this.api) act(value);
      }) as (value: never) => void);
    heard("videoConferenceJoined", () => {
      this.returns = 0;
      this.tell();
    });
    heard<{ muted: boolean }>("audioMuteStatusChanged", ({ muted }) => this.note("microphone", !muted));
    heard<{ muted: boolean }>("videoMuteStatusChanged", ({ muted }) => this.note("camera", !muted));
    heard<{ on: boolean }>("screenSharingStatusChanged", ({ on }) => this.note("screen", on));
    heard<{ data?: string[] }>("contentSharingParticipantsChanged", ({ data }) =>
      this.emit("sharing", (data ?? []).length > 0),
    );
    heard<{ id: string; displayName?: string }>("participantJoined", ({ id, displayName }) =>
      this.names.set(id, displayName ?? ""),
    );
    heard<{ id: string }>("participantLeft", ({ id }) => this.names.delete(id));
    heard<{ id: string }>("dominantSpeakerChanged", ({ id }) =>
      this.emit("speaking", { occupant: null, name: this.names.get(id) ?? null }),
    );
    heard<{ isFatal?: boolean; name?: string }>("errorOccurred", (error) => {
      if (error.isFatal === true) this.comeBack(error.name ?? "");
    });
    heard("suspendDetected", () => this.comeBack(""));
    heard("readyToClose", () => this.emit("left", undefined));
  }

  /** Anew with a fresh token: Jitsi itself would try the old one for ever. Later each time, and not for ever. */
  private comeBack(why: string): void {
    clearTimeout(this.returnTimer);
    if (FINAL.test(why) || this.returns >= MOST_RETURNS) return this.emit("failed", undefined);
    this.emit("returning", undefined);
    const seconds = this.returns === 0 ? Math.random() : chooseDelaySeconds(FIRST_RETURN + this.returns, Math.random);
    this.returns += 1;
    this.returnTimer = setTimeout(() => {
      this.reload().catch(() => this.emit("failed", undefined));
    }, seconds * 1000) as unknown as number;
  }

  /** Jitsi toggles; it is asked only when its state differs from the wish. */
  private toggle(device: keyof Media, on: boolean): Promise<void> {
    if (this.media[device] !== on) this.api?.executeCommand(TOGGLES[device]);
    return Promise.resolve();
  }

  private note(device: keyof Media, on: boolean): void {
    this.media[device] = on;
    this.tell();
  }

  private tell(): void {
    this.emit("local", { ...this.media, picture: null, shared: null });
  }
}

/** A server that is silent counts as one that is not there. */
function loadScript(address: string): Promise<void> {
  if (window.JitsiMeetExternalAPI !== undefined) return Promise.resolve();
  const script = document.createElement("script");
  return new Promise<void>((resolve, reject) => {
    const giveUp = (): void => {
      script.remove();
      reject(new Error("Jitsi's script did not load."));
    };
    const timer = setTimeout(giveUp, SCRIPT_SECONDS * 1000);
    script.src = address;
    script.onload = () => {
      clearTimeout(timer);
      resolve();
    };
    script.onerror = giveUp;
    document.head.append(script);
  });
}
