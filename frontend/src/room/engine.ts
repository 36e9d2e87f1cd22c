import type { Profile } from "../common/profile.ts";
import type { Media } from "../wire/words.ts";
import type { LinkSample } from "./link_judge.ts";

export type Device = keyof Media;

/** Words for what went wrong with a device; each has a sentence, `device.<code>`. */
export type DeviceTrouble = "denied" | "missing" | "busy" | "unsuitable" | "insecure" | "lost" | "unknown";

export interface RemoteTracks {
  occupant: string;
  microphone: MediaStream;
  camera: MediaStream;
  screen: MediaStream;
}

export interface EngineEvents {
  /** What I am sending now, and my pictures of it. */
  local: Media & { picture: MediaStream | null; shared: MediaStream | null };
  tracks: RemoteTracks;
  gone: { occupant: string };
  trouble: { device: Device; trouble: DeviceTrouble };
  /** An engine with its own picture says whether somebody shares a screen there. */
  sharing: boolean;
  speaking: { occupant: string | null; name: string | null };
  /** The engine was left from inside. */
  left: undefined;
  failed: undefined;
  /** The picture is lost for a moment and comes back by itself. */
  returning: undefined;
}

/** The one border for video. Behind it: browser to browser, or Jitsi. */
export interface VideoEngine {
  readonly kind: "peer" | "jitsi";
  join(): Promise<void>;
  /** For good, or for another room: then the devices stay as they are. */
  leave(keepDevices?: boolean): void;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setScreen(on: boolean): Promise<void>;
  /** More or less of everything, from now on. */
  use(profile: Profile): Promise<void>;
  /** How the connection is right now. */
  sample(): Promise<LinkSample>;
  /** Loads the picture anew, for an engine that has its own. */
  reload?(): Promise<void>;
  /** Loudness of one person, 0 to 1; 0 when the engine does not know. */
  loudness(occupant: string): number;
  on<Name extends keyof EngineEvents>(name: Name, listen: (value: EngineEvents[Name]) => void): () => void;
}
