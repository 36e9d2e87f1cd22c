import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { RecordingState } from "../wire/words.ts";
import type { RoomPage } from "./page.ts";

const BADGES: Partial<Record<RecordingState, string>> = {
  expected: "recording.expected",
  starting: "recording.starting",
  recording: "recording.recording",
  lost_recorder: "recording.lost",
  no_recorder: "recording.no_recorder",
  failed: "recording.failed",
};

export interface TopBar {
  element: HTMLElement;
  showRecording(state: RecordingState): void;
  /** `isKept`: whether what is done meanwhile would survive this page. */
  showTrouble(isReconnecting: boolean, isKept: boolean): void;
}

export function makeTopBar(page: RoomPage, door: HTMLElement | null, network: HTMLElement, panels: HTMLElement): TopBar {
  const sentence = make("span");
  const badge = make("span", { class: "badge", role: "status" }, make("span", { class: "badge-dot" }), sentence);
  const recorded = makeRecorded(page, badge);
  recorded.hidden = true;
  const engine = make("span", { class: "top-engine" }, [nameEngine(page), ...nameSimulation(page)].filter(Boolean).join(" · "));
  const banner = make("p", { class: "banner", role: "status" });
  banner.hidden = true;
  const title = make("div", { class: "top-title" }, make("h1", {}, make("bdi", {}, page.lesson.title)), engine);
  const element = make("header", { class: "top" }, title, recorded, door, network, panels, banner);

  function showRecording(state: RecordingState): void {
    const key = BADGES[state];
    recorded.hidden = key === undefined;
    setAttribute(badge, "data-state", state);
    setText(sentence, key === undefined ? "" : say(key));
  }

  function showTrouble(isReconnecting: boolean, isKept: boolean): void {
    banner.hidden = !isReconnecting;
    setText(banner, isReconnecting ? say(isKept ? "room.reconnecting" : "room.not_kept") : "");
  }
  return { element, showRecording, showTrouble };
}

/** Steadily there; opened, it says what the recording means for whoever looks. */
function makeRecorded({ recorded }: RoomPage, badge: HTMLElement): HTMLElement {
  if (recorded === undefined) return badge;
  const mine = recorded.is_recorded ? null : make("span", { class: "recorded-not-me" }, say("recording.not_me"));
  return make("details", { class: "recorded" }, make("summary", {}, badge, mine), make("p", { class: "recorded-notice" }, recorded.notice));
}

function nameEngine(page: RoomPage): string {
  return page.engine === "peer" ? say("room.engine_peer", { n: page.capacity ?? 6 }) : say("room.engine_jitsi");
}

function nameSimulation(page: RoomPage): string[] {
  return page.are_recorders_simulated ? [say("room.recorders_simulated")] : [];
}
