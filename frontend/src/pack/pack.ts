/** The player of a light pack: everything is beside it on the disk, and nothing is ever asked of a network. */
import { make, pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { say } from "../common/texts.ts";
import { makeBoardView, type BoardView } from "../replay/board_view.ts";
import { makeCaptions, type CaptionsTrack } from "../replay/captions.ts";
import { makeChapters } from "../replay/chapters.ts";
import { makeBigPlay, makeControls, toggle, toggleFullscreen, type Timed } from "../replay/controls.ts";
import { listenToPlayerKeys } from "../replay/player_keys.ts";
import { makeSearch } from "../replay/search.ts";
import { follow } from "../replay/stage.ts";

/** `page-data` of a pack's page; recordings/light_pack writes it. */
interface Pack extends Omit<Timed, "thumbnails"> {
  sound: string;
  board: { log: string; spans: [number, number][]; pictures: Record<string, string> } | null;
  captions: { language: string; label: string; cues: [number, number, string][] }[];
}

const pack = readJson<Pack>("page-data");
pick("#pack", HTMLElement).replaceChildren(open());

function open(): HTMLElement {
  const sound = make("audio", { src: pack.sound, preload: "auto" });
  const tracks = pack.captions.map((one) => addTrack(sound, one));
  const captions = makeCaptions(tracks);
  const board = openBoard();
  const player = make("div", { class: "player" });
  const full = (): void => toggleFullscreen(player, sound);
  const timed: Timed = { ...pack, thumbnails: null };
  const stage = make("div", { class: "pack-stage" }, sound, board?.element ?? make("p", { class: "pack-blank" }, say("pack.no_board")), makeBigPlay(sound));
  player.append(stage, captions.words, makeControls(sound, timed, [captions.select], full));
  if (board !== null) follow(sound, board);
  listenToPlayerKeys(sound, () => toggle(sound), full, { c: captions.toggle, "+": board?.zoomIn, "-": board?.zoomOut });
  const contents = make("div", { class: "replay-contents" }, makeSearch(sound, pack.chapters, tracks), makeChapters(sound, timed));
  return make("div", { class: "watch" }, player, make("div", { class: "replay-side" }, contents));
}

function openBoard(): BoardView | null {
  if (pack.board === null) return null;
  const { log, spans, pictures } = pack.board;
  const bytes = Uint8Array.from(atob(log), (letter) => letter.charCodeAt(0));
  return makeBoardView(bytes, spans, (file, page) => pictures[`${file}/${page}`] ?? "");
}

function addTrack(sound: HTMLAudioElement, { language, label, cues }: Pack["captions"][number]): CaptionsTrack {
  const track = sound.addTextTrack("captions", label, language);
  track.mode = "hidden";
  for (const [starts, ends, text] of cues) track.addCue(new VTTCue(starts, ends, text));
  return { language, label, track };
}
