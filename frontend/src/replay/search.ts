import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { CaptionsTrack } from "./captions.ts";
import { showClock } from "./clock.ts";
import { goTo } from "./controls.ts";
import type { Chapter } from "./page.ts";

const MOST = 100;

interface Line {
  at: number;
  text: string;
}

/** Words in chapters and captions of this lesson, with the second where they are. */
export function makeSearch(media: HTMLMediaElement, chapters: readonly Chapter[], tracks: readonly CaptionsTrack[]): HTMLElement {
  const input = make("input", { type: "search", maxlength: 200, "aria-label": say("replay.search"), placeholder: say("replay.search") });
  const [said, list] = [make("p", { role: "status", class: "quiet-text" }), make("ol", {})];
  const element = make("section", { class: "replay-search", "aria-label": say("replay.search") }, input, said, list);
  let asked = 0;

  input.addEventListener("input", () => void look());

  async function look(): Promise<void> {
    const mine = (asked += 1);
    const wanted = simplify(input.value);
    const lines = wanted === "" ? [] : await allLines(chapters, tracks);
    if (mine !== asked) return;
    const found = lines.filter(({ text }) => simplify(text).includes(wanted)).slice(0, MOST);
    setText(said, wanted === "" ? "" : found.length === 0 ? say("replay.nothing_found") : "");
    list.replaceChildren(...found.map(makeLine));
  }

  function makeLine({ at, text }: Line): HTMLElement {
    const button = make("button", { type: "button", class: "chapter" }, make("span", { class: "chapter-time" }, showClock(at)), make("bdi", {}, text));
    button.addEventListener("click", () => goTo(media, at));
    return make("li", {}, button);
  }
  return element;
}

async function allLines(chapters: readonly Chapter[], tracks: readonly CaptionsTrack[]): Promise<Line[]> {
  const lines = chapters.map(({ at_seconds, title }) => ({ at: at_seconds, text: title }));
  for (const { track } of tracks) {
    for (const cue of await cuesOf(track)) lines.push({ at: cue.startTime, text: cue.getCueAsHTML().textContent ?? "" });
  }
  return lines.sort((one, other) => one.at - other.at);
}

/** A track that nobody has chosen has to be loaded first. */
async function cuesOf(track: TextTrack): Promise<VTTCue[]> {
  if (track.mode === "disabled") track.mode = "hidden";
  for (let tries = 0; tries < 50 && (track.cues?.length ?? 0) === 0; tries += 1) await new Promise((go) => setTimeout(go, 100));
  return [...(track.cues ?? [])] as VTTCue[];
}

/** Without case and accents, so that one finds what one cannot type. */
export function simplify(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
}
