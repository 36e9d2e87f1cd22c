import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import { makeChapters } from "./chapters.ts";
import { chooseStart, showClock } from "./clock.ts";
import type { Replay, ReplayPage } from "./page.ts";
import { jump, listenToPlayerKeys } from "./player_keys.ts";
import { recoverFromErrors } from "./recover.ts";
import { rememberPosition } from "./resume.ts";
import { makeSpeed } from "./speed.ts";
import { makeTimeline } from "./timeline.ts";

/** A native video element with our own controls around it, and the chapters beside it. */
export function makePlayer(page: ReplayPage, replay: Replay): HTMLElement {
  const video = make("video", { src: replay.src, poster: replay.poster ?? undefined, preload: "metadata", playsinline: true });
  const start = chooseStart(replay.position_seconds, replay.duration_seconds);
  const notice = make("p", { class: "player-notice", role: "status" });
  notice.hidden = true;
  const frame = make("div", { class: "player-frame" }, video, makeBigPlay(video), notice);
  const full = (): void => toggleFullscreen(player, video);
  const player = make("div", { class: "player" }, frame, makeControls(video, replay, full));

  video.addEventListener("click", () => toggle(video));
  // Seeking to the very beginning would replace the poster by a blank first frame.
  if (start > 0) video.addEventListener("loadedmetadata", () => (video.currentTime = start), { once: true });
  if (start > 0) showResumed(notice, start);
  recoverFromErrors(video, replay.src, (isBroken) => {
    notice.hidden = !isBroken;
    setText(notice, isBroken ? say("player.recovering") : "");
  });
  rememberPosition(video, page);
  listenToPlayerKeys(video, () => toggle(video), full);
  return make("div", { class: "watch" }, player, makeChapters(video, replay));
}

function showResumed(notice: HTMLElement, start: number): void {
  notice.hidden = false;
  setText(notice, say("player.resumed", { at: showClock(start) }));
  setTimeout(() => (notice.hidden = true), 6000);
}

function makeControls(video: HTMLVideoElement, replay: Replay, full: () => void): HTMLElement {
  const clock = make("span", { class: "player-clock", dir: "ltr" });
  const show = (): void => setText(clock, `${showClock(video.currentTime)} / ${showClock(replay.duration_seconds)}`);
  video.addEventListener("timeupdate", show);
  show();
  const buttons = make(
    "div",
    { class: "player-buttons" },
    makePlay(video),
    makeControl("back", say("player.back"), () => jump(video, -10)),
    makeControl("forward", say("player.forward"), () => jump(video, 10)),
    makeMute(video),
    clock,
    makeSpeed(video),
    makeControl("fullscreen", say("player.fullscreen"), full),
  );
  return make("div", { class: "player-controls", dir: "ltr" }, makeTimeline(video, replay), buttons);
}

function makeControl(icon: IconName, name: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "control", title: name, "aria-label": name }, drawIcon(icon));
  button.addEventListener("click", act);
  return button;
}

function makePlay(video: HTMLVideoElement): HTMLButtonElement {
  const button = makeControl("play", say("player.play"), () => toggle(video));
  const show = (): void => relabel(button, video.paused ? "play" : "pause", say(video.paused ? "player.play" : "player.pause"));
  video.addEventListener("play", show);
  video.addEventListener("pause", show);
  return button;
}

function makeMute(video: HTMLVideoElement): HTMLButtonElement {
  const button = makeControl("volume", say("player.mute"), () => (video.muted = !video.muted));
  video.addEventListener("volumechange", () =>
    relabel(button, video.muted ? "mute" : "volume", say(video.muted ? "player.unmute" : "player.mute")),
  );
  return button;
}

function makeBigPlay(video: HTMLVideoElement): HTMLButtonElement {
  const button = make("button", { type: "button", class: "player-big", "aria-label": say("player.play") }, drawIcon("play"));
  button.addEventListener("click", () => toggle(video));
  video.addEventListener("play", () => (button.hidden = true));
  video.addEventListener("pause", () => (button.hidden = video.seeking));
  return button;
}

function relabel(button: HTMLButtonElement, icon: IconName, name: string): void {
  button.replaceChildren(drawIcon(icon));
  setAttribute(button, "aria-label", name);
  button.title = name;
}

function toggle(video: HTMLVideoElement): void {
  if (video.paused) void video.play().catch(() => undefined);
  else video.pause();
}

/** Telephones of one make know full screen only on the video itself. */
function toggleFullscreen(player: HTMLElement, video: HTMLVideoElement & { webkitEnterFullscreen?: () => void }): void {
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  else if (typeof player.requestFullscreen === "function") void player.requestFullscreen();
  else video.webkitEnterFullscreen?.();
}
