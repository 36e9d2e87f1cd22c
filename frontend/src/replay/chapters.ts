import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { findChapter, showClock } from "./clock.ts";
import type { Replay } from "./page.ts";

/** Where the pages of the board were turned: click, or Tab and Enter, to go there. */
export function makeChapters(video: HTMLVideoElement, { chapters }: Replay): HTMLElement {
  const buttons = chapters.map(({ at_seconds, title }) => {
    const time = make("span", { class: "chapter-time" }, showClock(at_seconds));
    const button = make("button", { type: "button", class: "chapter" }, time, make("bdi", {}, title));
    button.addEventListener("click", () => {
      video.currentTime = at_seconds;
      void video.play().catch(() => undefined);
    });
    return button;
  });
  const list = make("ol", {}, ...buttons.map((button) => make("li", {}, button)));
  const element = make("nav", { class: "chapters", "aria-label": say("player.chapters") }, make("h2", {}, say("player.chapters")), list);
  element.hidden = chapters.length === 0;

  let current = -2;
  function refresh(): void {
    const index = findChapter(chapters, video.currentTime);
    if (index === current) return;
    current = index;
    for (const [at, button] of buttons.entries()) setAttribute(button, "aria-current", at === index ? "true" : undefined);
  }
  video.addEventListener("timeupdate", refresh);
  video.addEventListener("seeking", refresh);
  refresh();
  return element;
}
