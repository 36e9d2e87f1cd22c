import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { keep, recall } from "./store.ts";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** The speed a person likes is theirs for every replay in this browser. */
export function makeSpeed(media: HTMLMediaElement): HTMLSelectElement {
  const select = make("select", { class: "player-speed", "aria-label": say("player.speed"), title: say("player.speed") });
  const remembered = Number(recall("speed") ?? 1);
  for (const speed of SPEEDS) {
    select.append(make("option", { value: speed, selected: speed === (SPEEDS.includes(remembered) ? remembered : 1) }, `${speed}×`));
  }
  const apply = (): void => {
    media.defaultPlaybackRate = media.playbackRate = Number(select.value);
  };
  select.addEventListener("change", () => {
    apply();
    keep("speed", select.value);
  });
  apply();
  return select;
}
