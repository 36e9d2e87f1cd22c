import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { keep, recall } from "./store.ts";

export interface CaptionsTrack {
  language: string;
  label: string;
  /** Loaded when it is chosen. */
  track: TextTrack;
}

export interface Captions {
  /** Null where there are none. */
  select: HTMLSelectElement | null;
  /** Below or over what is watched, whatever that is: a video that is hidden shows no captions of its own. */
  words: HTMLElement;
  toggle(): void;
}

const OFF = "";

/** Shown by ourselves, so that they stay when only the board is seen. */
export function makeCaptions(tracks: readonly CaptionsTrack[]): Captions {
  const words = make("div", { class: "player-captions", dir: "auto" });
  if (tracks.length === 0) return { select: null, words, toggle: () => undefined };
  const name = say("player.captions");
  const select = make("select", { class: "player-speed", "aria-label": name, title: name }, make("option", { value: OFF }, say("player.captions_off")));
  for (const { language, label } of tracks) select.append(make("option", { value: language }, label));
  for (const { track, language } of tracks) {
    track.mode = "disabled";
    track.addEventListener("cuechange", () => {
      if (select.value === language) show(track);
    });
  }

  function show(track: TextTrack | undefined): void {
    const lines = [...(track?.activeCues ?? [])].map((cue) => make("p", { dir: "auto" }, (cue as VTTCue).getCueAsHTML()));
    words.replaceChildren(...lines);
    if (track !== undefined) words.lang = select.value;
  }

  function choose(language: string): void {
    select.value = tracks.some((one) => one.language === language) ? language : OFF;
    for (const one of tracks) one.track.mode = one.language === select.value ? "hidden" : "disabled";
    show(tracks.find((one) => one.language === select.value)?.track);
  }

  select.addEventListener("change", () => {
    choose(select.value);
    keep("captions", select.value);
  });
  choose(recall("captions") ?? OFF);
  return {
    select,
    words,
    toggle: () => {
      choose(select.value === OFF ? (tracks.find(({ language }) => language === document.documentElement.lang) ?? tracks[0])?.language ?? OFF : OFF);
      keep("captions", select.value);
    },
  };
}
