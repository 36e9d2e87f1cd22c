import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { hasPictures, keepProfile, PROFILES, readProfile } from "../common/profile.ts";
import { say } from "../common/texts.ts";
import { listDevices } from "./devices.ts";
import type { Device, DeviceTrouble } from "./engine.ts";
import { measureLevel } from "./levels.ts";
import type { LocalMedia } from "./local_media.ts";
import type { RoomPage } from "./page.ts";

type Own = "microphone" | "camera";

const KINDS = { microphone: "audioinput", camera: "videoinput" } as const;

/** The door: see and hear yourself, choose, and walk in. One can always walk in without any device. */
export function openLobby(page: RoomPage, local: LocalMedia, host: HTMLElement): Promise<void> {
  const preview = makePreview(local);
  const troubles = makeTroubles();
  const network = makeNetworkPicker(page, local);
  const pickers = { microphone: makePicker("microphone", local), camera: makePicker("camera", local) };
  const join = make("button", { type: "button", class: "lobby-join" }, say("lobby.join"));
  const panel = make(
    "main",
    { class: "lobby" },
    make("div", { class: "lobby-picture" }, preview.element),
    make(
      "div",
      { class: "lobby-words" },
      make("p", { class: "lobby-course" }, make("bdi", {}, page.lesson.course)),
      make("h1", {}, make("bdi", {}, page.lesson.title)),
      make("p", { class: "lobby-name" }, say("lobby.you_join_as"), " ", make("bdi", {}, page.person.name)),
      pickers.microphone.element,
      pickers.camera.element,
      network,
      troubles.element,
      join,
      make("p", { class: "lobby-note" }, page.recorded?.notice ?? say("lobby.recorded")),
      make("a", { href: page.leave_url, class: "lobby-back" }, say("lobby.back")),
    ),
  );
  host.replaceChildren(panel);

  const refresh = (): void => {
    preview.refresh();
    for (const picker of Object.values(pickers)) void picker.refresh();
  };
  const forget = [
    local.on("changed", (device) => {
      troubles.clear(device, local.isOn(device));
      refresh();
    }),
    local.on("trouble", ({ device, trouble }) => troubles.show(device, trouble)),
  ];
  local.maySend = page.recorded?.may_send !== false;
  preview.element.hidden = !local.maySend;
  openDevices(local);
  join.focus();

  return new Promise((resolve) => {
    join.addEventListener("click", () => {
      for (const stop of forget) stop();
      preview.stop();
      resolve();
    });
  });
}

function openDevices(local: LocalMedia): void {
  const profile = readProfile();
  void local.set("camera", hasPictures(profile));
  void local.set("microphone", profile !== "board_only");
}

function makeNetworkPicker({ connection_url }: RoomPage, local: LocalMedia): HTMLElement {
  const chosen = readProfile();
  const options = PROFILES.map((value) => make("option", { value, selected: value === chosen }, say(`profile.${value}`)));
  const select = make("select", {}, ...options);
  select.addEventListener("change", () => {
    keepProfile(PROFILES.find((profile) => profile === select.value) ?? "normal");
    openDevices(local);
  });
  const label = make("label", { class: "lobby-picker" }, say("network.name"), select);
  const test = connection_url === null ? null : make("a", { href: connection_url, class: "lobby-test" }, say("network.test"));
  return make("div", { class: "lobby-network" }, label, test);
}

export function makePreview(local: LocalMedia) {
  const video = make("video", { autoplay: true, playsinline: true, class: "mirrored" });
  video.muted = true;
  const empty = make("p", { class: "lobby-empty" }, drawIcon("camera_off"), make("span", {}, say("lobby.camera_is_off")));
  const meter = make("div", { class: "meter", role: "img", "aria-label": say("lobby.microphone_level") }, make("span"));
  const buttons = { microphone: makeSwitch("microphone", local), camera: makeSwitch("camera", local) };
  const element = make(
    "div",
    { class: "preview" },
    video,
    empty,
    make("div", { class: "preview-bar" }, buttons.microphone, meter, buttons.camera),
  );
  let stopMeter = (): void => undefined;
  let heard: MediaStreamTrack | null = null;

  function refresh(): void {
    const camera = local.sent("camera");
    video.srcObject = camera === null ? null : new MediaStream([camera]);
    video.hidden = camera === null;
    empty.hidden = camera !== null;
    for (const device of ["microphone", "camera"] as const) refreshSwitch(buttons[device], device, local.isOn(device));
    listen(local.sent("microphone"));
  }

  function listen(track: MediaStreamTrack | null): void {
    if (track === heard) return;
    heard = track;
    stopMeter();
    meter.style.setProperty("--level", "0");
    stopMeter = track === null ? () => undefined : measureLevel(track, (level) => meter.style.setProperty("--level", level.toFixed(2)));
  }

  refresh();
  return { element, refresh, stop: () => listen(null) };
}

function makeSwitch(device: Own, local: LocalMedia): HTMLButtonElement {
  const button = make("button", { type: "button", class: "round" });
  button.addEventListener("click", () => void local.set(device, !local.isOn(device)));
  return button;
}

export function refreshSwitch(button: HTMLButtonElement, device: Device, on: boolean): void {
  const name = say(`room.${device}_${on ? "off" : "on"}`);
  if (button.title === name) return;
  setAttribute(button, "data-off", !on && device !== "screen");
  setAttribute(button, "data-on", on && device === "screen");
  setAttribute(button, "aria-label", name);
  button.title = name;
  const icon = device === "screen" || on ? device : (`${device}_off` as const);
  button.replaceChildren(drawIcon(icon));
}

function makePicker(device: Own, local: LocalMedia) {
  const select = make("select");
  const element = make("label", { class: "lobby-picker" }, say(`lobby.${device}`), select);
  element.hidden = true;
  select.addEventListener("change", () => void local.choose(device, select.value));

  async function refresh(): Promise<void> {
    const devices = await listDevices(KINDS[device]);
    const current = local.tracks[device]?.getSettings().deviceId ?? local.chosen[device] ?? "";
    select.replaceChildren(
      ...devices.map(({ deviceId, label }, index) => {
        const name = label === "" ? `${say(`lobby.${device}`)} ${index + 1}` : label;
        return make("option", { value: deviceId, selected: deviceId === current }, name);
      }),
    );
    element.hidden = devices.length === 0;
  }
  return { element, refresh };
}

export function makeTroubles() {
  const list = make("ul", { class: "lobby-troubles", "aria-live": "polite" });
  const shown = new Map<Device, HTMLLIElement>();

  function show(device: Device, trouble: DeviceTrouble): void {
    const line = shown.get(device) ?? make("li", {}, drawIcon("alert"), make("span"));
    shown.set(device, line);
    list.append(line);
    const sentence = line.querySelector("span");
    if (sentence !== null) setText(sentence, sayTrouble(device, trouble));
  }

  function clear(device: Device, works: boolean): void {
    if (!works) return;
    shown.get(device)?.remove();
    shown.delete(device);
  }
  return { element: list, show, clear };
}

/** "No camera was found…": the sentence of one device and one trouble. */
export function sayTrouble(device: Device, trouble: DeviceTrouble): string {
  return trouble === "insecure" ? say("device.insecure") : say(`device.${device}.${trouble}`);
}
