import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeCaptions, type CaptionsTrack } from "./captions.ts";
import { makeChapters } from "./chapters.ts";
import { chooseStart, showClock } from "./clock.ts";
import { makeBigPlay, makeControls, toggle, toggleFullscreen } from "./controls.ts";
import { makeNotes } from "./notes.ts";
import { makePackCard } from "./pack_card.ts";
import type { BoardSource, Replay, ReplayPage } from "./page.ts";
import { listenToPlayerKeys, type MoreKeys } from "./player_keys.ts";
import { makeQuality } from "./quality.ts";
import { recoverFromErrors } from "./recover.ts";
import { rememberPosition } from "./resume.ts";
import { makeSearch } from "./search.ts";
import type { Stage } from "./stage.ts";

/** A native video element with our own controls, the board beside it, and what belongs to its times around it. */
export function makePlayer(page: ReplayPage, replay: Replay, isEarly = false): HTMLElement {
  const video = make("video", { poster: replay.poster ?? undefined, preload: "metadata", playsinline: true });
  const tracks = addTracks(video, replay);
  const captions = makeCaptions(tracks);
  const notice = make("p", { class: "player-notice", role: "status" });
  notice.hidden = true;
  const frame = make("div", { class: "player-frame" }, video, makeBigPlay(video), notice);
  const place = make("div", { class: "player-stage" }, frame);
  const player = make("div", { class: "player" });
  const full = (): void => toggleFullscreen(player, video);
  const keys: MoreKeys = { c: captions.toggle };
  let stage: Stage | null = null;
  let hasPicture = true;
  const quality = makeQuality(video, replay, (has) => {
    hasPicture = has;
    stage?.hasPicture(has);
  });
  const views = make("span", { class: "player-views" });
  player.append(place, captions.words, makeControls(video, replay, [views, captions.select, quality.select], full));

  if (replay.board !== null) {
    void openBoard(replay.board, frame, video).then((made) => {
      stage = made;
      place.replaceChildren(made.element);
      views.replaceChildren(made.select, made.swap);
      made.hasPicture(hasPicture);
      watch.setAttribute("data-board", "");
      Object.assign(keys, { "+": made.board.zoomIn, "-": made.board.zoomOut });
    }, () => undefined); // without its board, the video is still there
  }
  video.addEventListener("click", () => toggle(video));
  beginAt(video, replay, notice);
  recoverFromErrors(video, quality.load, (isBroken) => {
    notice.hidden = !isBroken;
    setText(notice, isBroken ? say("player.recovering") : "");
  });
  if (!isEarly) rememberPosition(video, page);
  listenToPlayerKeys(video, () => toggle(video), full, keys);
  const watch = make("div", { class: "watch" }, player, isEarly ? null : makeSide(page, replay, video, tracks, keys));
  return watch;
}

function makeSide(page: ReplayPage, replay: Replay, video: HTMLVideoElement, tracks: readonly CaptionsTrack[], keys: MoreKeys): HTMLElement {
  const notes = makeNotes(video, page);
  keys.n = notes.begin;
  const contents = make("div", { class: "replay-contents" }, makeSearch(video, replay.chapters, tracks), makeChapters(video, replay));
  return make("div", { class: "replay-side" }, contents, notes.element, makePackCard(page));
}

/** The board's program and its edits come together, after the page. */
async function openBoard({ src, pictures, spans }: BoardSource, frame: HTMLElement, video: HTMLVideoElement): Promise<Stage> {
  const [{ makeBoardView, makeStage }, bytes] = await Promise.all([import("./beside.ts"), loadBytes(src)]);
  return makeStage(frame, makeBoardView(bytes, spans, (file, page) => `${pictures}${file}/${page}`), video);
}

async function loadBytes(src: string): Promise<Uint8Array> {
  const answer = await fetch(src);
  if (!answer.ok) throw new Error(`The board's edits did not come: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function addTracks(video: HTMLVideoElement, { captions }: Replay): CaptionsTrack[] {
  return captions.map(({ language, label, is_automatic, src }) => {
    const name = is_automatic ? say("player.automatic", { language: label }) : label;
    const element = make("track", { kind: "captions", srclang: language, label: name, src });
    video.append(element);
    return { language, label: name, track: element.track };
  });
}

/** Where `?t=` says, or where this person stopped. Seeking to the very beginning would replace the poster by a blank first frame. */
function beginAt(video: HTMLVideoElement, replay: Replay, notice: HTMLElement): void {
  const asked = Number(new URLSearchParams(location.search).get("t") ?? NaN);
  const start = asked >= 0 ? Math.min(asked, replay.duration_seconds) : chooseStart(replay.position_seconds, replay.duration_seconds);
  if (start <= 0) return;
  video.addEventListener("loadedmetadata", () => (video.currentTime = start), { once: true });
  notice.hidden = false;
  setText(notice, say("player.resumed", { at: showClock(start) }));
  setTimeout(() => (notice.hidden = true), 6000);
}
