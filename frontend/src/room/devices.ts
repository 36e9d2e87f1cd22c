import type { Device, DeviceTrouble } from "./engine.ts";

/** Pixels; the size of a tile, here and in the recording. */
export const CAMERA_HEIGHT = 180;

const CAMERA = {
  width: { ideal: (CAMERA_HEIGHT * 16) / 9 },
  height: { ideal: CAMERA_HEIGHT },
  frameRate: { ideal: 15, max: 15 },
} satisfies MediaTrackConstraints;
const CROWD = 3;
const CROWD_RATE = { max: 10 };
const STRAINED_RATE = { max: 5 };

const MICROPHONE = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
} satisfies MediaTrackConstraints;

const SCREEN = {
  width: { max: 1280 },
  height: { max: 720 },
  frameRate: { max: 15 },
} satisfies MediaTrackConstraints;

/** A device that did not open; `trouble` says why in a word that has a sentence. */
export class DeviceRefused extends Error {
  constructor(
    readonly device: Device,
    readonly trouble: DeviceTrouble,
  ) {
    super(`${device}: ${trouble}`);
  }
}

export function nameTrouble(error: unknown): DeviceTrouble {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "OverconstrainedError":
      return "unsuitable";
    default:
      return "unknown";
  }
}

/**
 * A mesh encodes each camera once for everybody else: from three people on, it gives fewer pictures a second, and
 * fewer still on a computer that is behind: a stroke must not wait for a picture.
 */
export async function paceCamera(track: MediaStreamTrack, people: number, isStrained: boolean): Promise<void> {
  const usual = people < CROWD ? CAMERA.frameRate : CROWD_RATE;
  const frameRate = isStrained ? STRAINED_RATE : usual;
  // A camera that cannot be slowed down is only dearer.
  await track.applyConstraints({ ...track.getConstraints(), frameRate }).catch(() => undefined);
}

export async function openMicrophone(deviceId: string | null): Promise<MediaStreamTrack> {
  const constraints = deviceId === null ? MICROPHONE : { ...MICROPHONE, deviceId: { exact: deviceId } };
  const stream = await ask("microphone", (media) => media.getUserMedia({ audio: constraints }));
  return takeTrack("microphone", stream.getAudioTracks());
}

export async function openCamera(deviceId: string | null): Promise<MediaStreamTrack> {
  const constraints = deviceId === null ? CAMERA : { ...CAMERA, deviceId: { exact: deviceId } };
  const stream = await ask("camera", (media) => media.getUserMedia({ video: constraints }));
  const track = takeTrack("camera", stream.getVideoTracks());
  track.contentHint = "motion";
  return track;
}

export async function openScreen(): Promise<MediaStreamTrack> {
  const stream = await ask("screen", (media) => media.getDisplayMedia({ video: SCREEN, audio: false }));
  const track = takeTrack("screen", stream.getVideoTracks());
  track.contentHint = "detail";
  return track;
}

export async function listDevices(kind: "audioinput" | "videoinput"): Promise<MediaDeviceInfo[]> {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return devices.filter((device) => device.kind === kind && device.deviceId !== "");
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

async function ask(device: Device, open: (media: MediaDevices) => Promise<MediaStream>): Promise<MediaStream> {
  // Browsers hide the devices on pages that came without encryption.
  if (navigator.mediaDevices === undefined) throw new DeviceRefused(device, "insecure");
  try {
    return await open(navigator.mediaDevices);
  } catch (error) {
    throw new DeviceRefused(device, nameTrouble(error));
  }
}

function takeTrack(device: Device, tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (track === undefined) throw new DeviceRefused(device, "missing");
  return track;
}
