import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makePreview, makeTroubles } from "../room/lobby.ts";
import { LocalMedia } from "../room/local_media.ts";

/** See and hear yourself, asked for by a button: the network is measured without it. */
export function makeDevicesCard(): HTMLElement {
  const ask = make("button", { type: "button", class: "quiet" }, say("connection.ask"));
  const place = make("div", {});
  ask.addEventListener("click", () => {
    ask.hidden = true;
    place.append(...openDevices());
  });
  return make(
    "section",
    { class: "card", "aria-labelledby": "devices" },
    make("h2", { id: "devices" }, say("connection.devices")),
    make("p", { class: "quiet-text" }, say("connection.devices_note")),
    ask,
    place,
  );
}

function openDevices(): HTMLElement[] {
  const local = new LocalMedia();
  const preview = makePreview(local);
  const troubles = makeTroubles();
  local.on("changed", (device) => {
    troubles.clear(device, local.isOn(device));
    preview.refresh();
  });
  local.on("trouble", ({ device, trouble }) => troubles.show(device, trouble));
  addEventListener("pagehide", () => local.stop());
  void local.set("camera", true);
  void local.set("microphone", true);
  return [preview.element, troubles.element];
}
