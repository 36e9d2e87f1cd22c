import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { findChapter, showClock } from "./clock.ts";
import { goTo, type Timed } from "./controls.ts";

/** What the lesson is divided into: click, or Tab and Enter, to go there. */
export function makeChapters(media: HTMLMediaElement, { chapters, gaps }: Timed): HTMLElement {
  const buttons = chapters.map(({ at_seconds, title, kind }) => {
    const time = make("span", { class: "chapter-time" }, showClock(at_seconds));
    const button = make("button", { type: "button", class: "chapter", "data-kind": kind }, time, make("bdi", {}, title));
    button.addEventListener("click", () => goTo(media, at_seconds));
    return button;
  });
  const lines = [
    ...chapters.map(({ at_seconds }, index) => ({ at_seconds, line: make("li", {}, buttons[index] ?? "") })),
    ...gaps.map((gap) => ({ at_seconds: gap.at_seconds, line: makeGap(gap) })),
  ].sort((one, other) => one.at_seconds - other.at_seconds);
  const list = make("ol", {}, ...lines.map(({ line }) => line));
  const element = make("nav", { class: "chapters", "aria-label": say("player.chapters") }, make("h2", {}, say("player.chapters")), list);
  element.hidden = lines.length === 0;

  let current = -2;
  function refresh(): void {
    const index = findChapter(chapters, media.currentTime);
    if (index === current) return;
    current = index;
    for (const [at, button] of buttons.entries()) setAttribute(button, "aria-current", at === index ? "true" : undefined);
  }
  media.addEventListener("timeupdate", refresh);
  media.addEventListener("seeking", refresh);
  refresh();
  return element;
}

/** What the video jumps over here: how long, and why. */
function makeGap({ at_seconds, seconds, cause }: Timed["gaps"][number]): HTMLElement {
  const time = make("span", { class: "chapter-time" }, showClock(at_seconds));
  const what = make("strong", {}, say("gap.missing", { length: showClock(seconds) }));
  return make("li", { class: "chapter-gap" }, time, make("span", {}, what, " ", say(`gap.${cause}`)));
}
