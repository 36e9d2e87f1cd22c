import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const KEY = "darasa.speed";

/** The speed a person likes is theirs for every replay in this browser. */
export function makeSpeed(video: HTMLVideoElement): HTMLSelectElement {
  const select = make("select", { class: "player-speed", "aria-label": say("player.speed"), title: say("player.speed") });
  const remembered = readSpeed();
  for (const speed of SPEEDS) {
    select.append(make("option", { value: speed, selected: speed === remembered }, `${speed}×`));
  }
  const apply = (): void => {
    video.defaultPlaybackRate = video.playbackRate = Number(select.value);
  };
  select.addEventListener("change", () => {
    apply();
    saveSpeed(select.value);
  });
  apply();
  return select;
}

function readSpeed(): number {
  try {
    const speed = Number(localStorage.getItem(KEY));
    return SPEEDS.includes(speed) ? speed : 1;
  } catch {
    return 1;
  }
}

function saveSpeed(speed: string): void {
  try {
    localStorage.setItem(KEY, speed);
  } catch {
    // Storage is forbidden here: then it lasts as long as the page.
  }
}
