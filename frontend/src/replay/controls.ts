import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import { showClock } from "./clock.ts";
import type { Replay } from "./page.ts";
import { jump } from "./player_keys.ts";
import { makeSpeed } from "./speed.ts";
import { makeTimeline } from "./timeline.ts";

export type Timed = Pick<Replay, "duration_seconds" | "chapters" | "gaps" | "thumbnails">;

/** Bar and buttons below what is watched; `more` stands between speed and full screen. */
export function makeControls(media: HTMLMediaElement, timed: Timed, more: readonly (HTMLElement | null)[], full: () => void): HTMLElement {
  const clock = make("span", { class: "player-clock", dir: "ltr" });
  const show = (): void => setText(clock, `${showClock(media.currentTime)} / ${showClock(timed.duration_seconds)}`);
  media.addEventListener("timeupdate", show);
  show();
  const buttons = make(
    "div",
    { class: "player-buttons" },
    makePlay(media),
    makeControl("back", say("player.back"), () => jump(media, -10)),
    makeControl("forward", say("player.forward"), () => jump(media, 10)),
    makeMute(media),
    clock,
    ...more,
    makeSpeed(media),
    makeControl("fullscreen", say("player.fullscreen"), full),
  );
  return make("div", { class: "player-controls", dir: "ltr" }, makeTimeline(media, timed), buttons);
}

export function makeControl(icon: IconName, name: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "control", title: name, "aria-label": name }, drawIcon(icon));
  button.addEventListener("click", act);
  return button;
}

function makePlay(media: HTMLMediaElement): HTMLButtonElement {
  const button = makeControl("play", say("player.play"), () => toggle(media));
  const show = (): void => relabel(button, media.paused ? "play" : "pause", say(media.paused ? "player.play" : "player.pause"));
  media.addEventListener("play", show);
  media.addEventListener("pause", show);
  return button;
}

function makeMute(media: HTMLMediaElement): HTMLButtonElement {
  const button = makeControl("volume", say("player.mute"), () => (media.muted = !media.muted));
  media.addEventListener("volumechange", () =>
    relabel(button, media.muted ? "mute" : "volume", say(media.muted ? "player.unmute" : "player.mute")),
  );
  return button;
}

export function makeBigPlay(media: HTMLMediaElement): HTMLButtonElement {
  const button = make("button", { type: "button", class: "player-big", "aria-label": say("player.play") }, drawIcon("play"));
  button.addEventListener("click", () => toggle(media));
  media.addEventListener("play", () => (button.hidden = true));
  media.addEventListener("pause", () => (button.hidden = media.seeking));
  return button;
}

function relabel(button: HTMLButtonElement, icon: IconName, name: string): void {
  button.replaceChildren(drawIcon(icon));
  setAttribute(button, "aria-label", name);
  button.title = name;
}

export function toggle(media: HTMLMediaElement): void {
  if (media.paused) void media.play().catch(() => undefined);
  else media.pause();
}

/** Telephones of one make know full screen only on the video itself. */
export function toggleFullscreen(player: HTMLElement, media: HTMLMediaElement & { webkitEnterFullscreen?: () => void }): void {
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  else if (typeof player.requestFullscreen === "function") void player.requestFullscreen();
  else media.webkitEnterFullscreen?.();
}

export function goTo(media: HTMLMediaElement, seconds: number): void {
  media.currentTime = seconds;
  void media.play().catch(() => undefined);
}
