import { Emitter } from "../common/emitter.ts";
import { DeviceRefused, openCamera, openMicrophone, openScreen, paceCamera } from "./devices.ts";
import type { Device, DeviceTrouble } from "./engine.ts";
import { watchStrain } from "./strain.ts";

interface LocalEvents {
  changed: Device;
  trouble: { device: Device; trouble: DeviceTrouble };
}

type Tracks = Record<Device, MediaStreamTrack | null>;

/**
 * My own devices, from the lobby to the end. A camera that is off is closed, so that its light goes out; a
 * microphone that is off stays open but is sent to nobody, so that it is back at once.
 */
export class LocalMedia extends Emitter<LocalEvents> {
  readonly tracks: Tracks = { microphone: null, camera: null, screen: null };
  readonly chosen: { microphone: string | null; camera: string | null } = { microphone: null, camera: null };
  /** False for whom the recording must not get: nothing is opened. The server lets nothing of theirs through either. */
  maySend = true;
  private people = 1;
  private isStrained = false;
  private endWatch: (() => void) | null = null;
  private readonly wanted: Record<Device, boolean> = { microphone: false, camera: false, screen: false };

  isOn(device: Device): boolean {
    return this.wanted[device] && this.tracks[device] !== null;
  }

  /** What others get: null while it is off. */
  sent(device: Device): MediaStreamTrack | null {
    return this.isOn(device) ? this.tracks[device] : null;
  }

  async set(device: Device, wish: boolean): Promise<void> {
    const on = wish && this.maySend;
    this.wanted[device] = on;
    if (on) await this.open(device);
    else if (device === "microphone") this.listen(false);
    else this.close(device);
    this.emit("changed", device);
  }

  async choose(device: "microphone" | "camera", deviceId: string): Promise<void> {
    this.chosen[device] = deviceId;
    const wasOn = this.isOn(device);
    this.close(device);
    if (wasOn) await this.set(device, true);
  }

  /** How many are in the room, me included. */
  setPeople(people: number): void {
    if (people === this.people) return;
    this.people = people;
    this.pace();
  }

  stop(): void {
    for (const device of ["microphone", "camera", "screen"] as const) {
      this.wanted[device] = false;
      this.close(device);
    }
  }

  private async open(device: Device): Promise<void> {
    if (this.tracks[device] !== null) return this.listen(true);
    try {
      const track = await this.ask(device);
      // Switched off again while the browser was asking: do not leave the light on.
      if (!this.wanted[device] || this.tracks[device] !== null) return track.stop();
      this.tracks[device] = track;
      if (device === "camera") this.pace();
      track.addEventListener("ended", () => this.lose(device, track));
    } catch (error) {
      this.wanted[device] = false;
      const trouble = error instanceof DeviceRefused ? error.trouble : "unknown";
      // Closing the browser's own "choose a screen" window is a change of mind, not a failure.
      if (device !== "screen" || trouble !== "denied") this.emit("trouble", { device, trouble });
    }
  }

  private ask(device: Device): Promise<MediaStreamTrack> {
    if (device === "screen") return openScreen();
    return device === "camera" ? openCamera(this.chosen.camera) : openMicrophone(this.chosen.microphone);
  }

  private pace(): void {
    if (this.tracks.camera === null) return;
    this.endWatch ??= watchStrain((isStrained) => {
      this.isStrained = isStrained;
      this.pace();
    });
    void paceCamera(this.tracks.camera, this.people, this.isStrained);
  }

  private listen(on: boolean): void {
    if (this.tracks.microphone !== null) this.tracks.microphone.enabled = on;
  }

  private close(device: Device): void {
    this.tracks[device]?.stop();
    this.tracks[device] = null;
    if (device === "camera") this.rest();
  }

  private rest(): void {
    this.endWatch?.();
    this.endWatch = null;
    this.isStrained = false;
  }

  /** Pulled out, taken by another program, or ended from the browser's own bar. */
  private lose(device: Device, track: MediaStreamTrack): void {
    if (this.tracks[device] !== track) return;
    this.tracks[device] = null;
    this.wanted[device] = false;
    if (device === "camera") this.rest();
    if (device !== "screen") this.emit("trouble", { device, trouble: "lost" });
    this.emit("changed", device);
  }
}
