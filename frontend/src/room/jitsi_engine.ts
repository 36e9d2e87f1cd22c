import { Emitter } from "../common/emitter.ts";
import { say } from "../common/texts.ts";
import type { Media } from "../wire/words.ts";
import type { EngineEvents, VideoEngine } from "./engine.ts";

/** From the server: where Jitsi's script is, and the constructor's options as they are. */
export interface JitsiPage {
  script: string;
  domain: string;
  options: Record<string, unknown>;
}

interface JitsiApi {
  addListener(event: string, listen: (value: never) => void): void;
  executeCommand(command: string, ...values: unknown[]): void;
  dispose(): void;
}

type JitsiConstructor = new (domain: string, options: Record<string, unknown>) => JitsiApi;

declare global {
  interface Window {
    JitsiMeetExternalAPI?: JitsiConstructor;
  }
}

const TOGGLES = { microphone: "toggleAudio", camera: "toggleVideo", screen: "toggleShareScreen" } as const;

/** The only TypeScript that speaks Jitsi. */
export class JitsiEngine extends Emitter<EngineEvents> implements VideoEngine {
  readonly kind = "jitsi";
  private api: JitsiApi | null = null;
  private readonly media: Media;
  private readonly names = new Map<string, string>();

  constructor(
    private readonly page: JitsiPage,
    private readonly place: HTMLElement,
    wanted: Pick<Media, "microphone" | "camera">,
  ) {
    super();
    this.media = { ...wanted, screen: false };
  }

  async join(): Promise<void> {
    await loadScript(this.page.script);
    const Api = window.JitsiMeetExternalAPI;
    if (Api === undefined) throw new Error("Jitsi's script has no JitsiMeetExternalAPI.");
    this.api = new Api(this.page.domain, this.makeOptions());
    this.place.querySelector("iframe")?.setAttribute("title", say("room.video"));
    this.listen(this.api);
  }

  leave(): void {
    this.api?.executeCommand("hangup");
    this.api?.dispose();
    this.api = null;
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

  private makeOptions(): Record<string, unknown> {
    const given = this.page.options["configOverwrite"] as Record<string, unknown> | undefined;
    const configOverwrite = {
      ...given,
      startWithAudioMuted: !this.media.microphone,
      startWithVideoMuted: !this.media.camera,
    };
    return { ...this.page.options, parentNode: this.place, width: "100%", height: "100%", configOverwrite };
  }

  private listen(api: JitsiApi): void {
    const heard = <Value>(event: string, act: (value: Value) => void): void =>
      api.addListener(event, act as (value: never) => void);
    heard("videoConferenceJoined", () => this.tell());
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
    heard<{ isFatal?: boolean }>("errorOccurred", ({ isFatal }) => {
      if (isFatal === true) this.emit("failed", undefined);
    });
    heard("readyToClose", () => this.emit("left", undefined));
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

function loadScript(address: string): Promise<void> {
  if (window.JitsiMeetExternalAPI !== undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error("Jitsi's script did not load."));
    document.head.append(script);
  });
}
