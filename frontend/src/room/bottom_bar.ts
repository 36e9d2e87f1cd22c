import { make } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { hasPictures, type Profile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import type { Media } from "../wire/words.ts";
import { canShareScreen } from "./devices.ts";
import type { Device, VideoEngine } from "./engine.ts";
import { refreshSwitch } from "./lobby.ts";

export interface BottomBar {
  element: HTMLElement;
  show(media: Media): void;
  /** As if the switch of this device was pressed, if there is one. */
  toggle(device: Device): void;
  focusExits(): void;
  /** Switches only for what the network is to carry. */
  use(profile: Profile): void;
}

export interface BarActions {
  leave(): void;
  /** Null for those who may not. */
  end: (() => void) | null;
}

/** `tools` stand beside the switches: hand and reactions. Without `maySend` there are no switches. */
export function makeBottomBar(
  engine: VideoEngine | null,
  actions: BarActions,
  tools: readonly HTMLElement[] = [],
  maySend = true,
): BottomBar {
  const switches = new Map<Device, HTMLButtonElement>();
  const media: Media = { microphone: false, camera: false, screen: false };
  if (engine !== null && maySend) {
    for (const device of ["microphone", "camera", "screen"] as const) {
      if (device !== "screen" || canShareScreen()) switches.set(device, makeSwitch(engine, device, media));
    }
  }
  const leave = make("button", { type: "button", class: "bar-leave" }, drawIcon("leave"), make("span", {}, say("room.leave")));
  leave.addEventListener("click", actions.leave);
  const exits = make("div", { class: "bar-exits" }, leave, makeEnd(actions.end));
  const element = make("footer", { class: "bar" }, make("div", { class: "bar-devices" }, ...switches.values(), ...tools), exits);

  function show(now: Media): void {
    Object.assign(media, now);
    for (const [device, button] of switches) refreshSwitch(button, device, media[device]);
  }

  function use(profile: Profile): void {
    for (const [device, button] of switches) {
      button.hidden = profile === "board_only" || (device !== "microphone" && !hasPictures(profile));
    }
  }

  const toggle = (device: Device): void => {
    const button = switches.get(device);
    if (button?.hidden === false) button.click();
  };
  show(media);
  return { element, show, use, toggle, focusExits: () => leave.focus() };
}

function makeSwitch(engine: VideoEngine, device: Device, media: Media): HTMLButtonElement {
  const button = make("button", { type: "button", class: "round" });
  const set = { microphone: "setMicrophone", camera: "setCamera", screen: "setScreen" } as const;
  button.addEventListener("click", () => void engine[set[device]](!media[device]));
  return button;
}

function makeEnd(end: (() => void) | null): HTMLButtonElement | null {
  if (end === null) return null;
  const button = make("button", { type: "button", class: "bar-end" }, drawIcon("end"), make("span", {}, say("room.end_lesson")));
  button.addEventListener("click", end);
  return button;
}
