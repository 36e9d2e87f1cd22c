import { make, setText } from "../common/dom.ts";
import { findChapter, showClock } from "./clock.ts";
import type { Timed } from "./controls.ts";

export interface Preview {
  element: HTMLElement;
  /** The bar shows another second: by the keyboard, if it has the focus. */
  moved(seconds: number): void;
}

/** What is at a place of the bar, before one goes there: a small picture, the time, the chapter. */
export function makePreview({ duration_seconds, chapters, thumbnails }: Timed, input: HTMLInputElement): Preview {
  const picture = make("div", { class: "bar-preview-picture" });
  const [time, title] = [make("span", { class: "bar-preview-time" }), make("bdi", {})];
  const element = make("div", { class: "bar-preview", "aria-hidden": "true" }, picture, make("p", {}, time, " ", title));
  element.hidden = true;
  picture.hidden = thumbnails === null;
  let isPointed = false;

  input.addEventListener("pointermove", (event) => {
    const box = input.getBoundingClientRect();
    isPointed = true;
    show(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * duration_seconds);
  });
  input.addEventListener("pointerleave", () => {
    isPointed = false;
    element.hidden = true;
  });
  input.addEventListener("blur", () => (element.hidden = true));

  function show(seconds: number): void {
    element.hidden = false;
    setText(time, showClock(seconds));
    setText(title, chapters[findChapter(chapters, seconds)]?.title ?? "");
    if (thumbnails !== null) {
      const index = Math.min(thumbnails.number - 1, Math.floor(seconds / thumbnails.every_seconds));
      const [x, y] = [index % thumbnails.columns, Math.floor(index / thumbnails.columns)];
      // The sheet comes when it is first looked at.
      picture.style.backgroundImage = `url("${thumbnails.src}")`;
      picture.style.backgroundPosition = `${-x * thumbnails.width}px ${-y * thumbnails.height}px`;
    }
    const wide = element.offsetWidth / 2;
    const place = (seconds / Math.max(1, duration_seconds)) * input.clientWidth;
    element.style.transform = `translateX(${Math.max(wide, Math.min(input.clientWidth - wide, place)) - wide}px)`;
  }

  return {
    element,
    moved: (seconds) => {
      if (!isPointed && input.matches(":focus-visible")) show(seconds);
    },
  };
}
