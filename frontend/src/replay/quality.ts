import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { playLadder } from "./ladder.ts";
import type { Replay } from "./page.ts";
import { keep, recall } from "./store.ts";

const SIZES = ["auto", "full", "low", "audio"] as const;
type Size = (typeof SIZES)[number];

export interface Quality {
  /** Null where there is only one. */
  select: HTMLSelectElement | null;
  /** Begins anew what is played now, from a fresh address. */
  load(): void;
}

/** For weak links a size that fits by itself, a small picture, or the sound alone; remembered for the next lesson. */
export function makeQuality(video: HTMLVideoElement, replay: Pick<Replay, "src" | "smaller">, changed: (hasPicture: boolean) => void): Quality {
  const sources: Partial<Record<Size, string>> = { full: replay.src, ...replay.smaller };
  const offered = SIZES.filter((size) => sources[size] !== undefined);
  let size = offered.find((one) => one === recall("replay_size")) ?? offered[0] ?? "full";
  let stop = (): void => undefined;
  const select = offered.length < 2 ? null : makeSelect();
  load();
  changed(size !== "audio");
  return { select, load };

  function makeSelect(): HTMLSelectElement {
    const made = make("select", { class: "player-speed", "aria-label": say("replay.size"), title: say("replay.size") });
    for (const one of offered) made.append(make("option", { value: one, selected: one === size }, say(`replay.size.${one}`)));
    made.addEventListener("change", () => {
      keep("replay_size", made.value);
      change(made.value as Size);
    });
    return made;
  }

  function load(): void {
    stop();
    stop = () => undefined;
    const src = sources[size] ?? replay.src;
    if (size === "auto") stop = playLadder(video, src, () => giveUpLadder());
    else video.src = src;
  }

  /** Not remembered: another lesson's may well play. */
  function giveUpLadder(): void {
    if (select !== null) select.value = "full";
    change("full");
  }

  /** The same second, at the same speed, and playing if it was. */
  function change(wanted: Size): void {
    const [at, rate, wasPlaying] = [video.currentTime, video.playbackRate, !video.paused];
    size = wanted;
    load();
    changed(size !== "audio");
    if (at === 0 && !wasPlaying) return; // where it begins is somebody else's
    video.addEventListener(
      "loadedmetadata",
      () => {
        video.currentTime = at;
        video.playbackRate = rate;
        if (wasPlaying) void video.play().catch(() => undefined);
      },
      { once: true },
    );
  }
}
