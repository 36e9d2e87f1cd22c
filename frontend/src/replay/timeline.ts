import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { showClock } from "./clock.ts";
import type { Timed } from "./controls.ts";
import { makePreview } from "./preview.ts";

const MARKS = "http://www.w3.org/2000/svg";

/** A range input, so that keyboard and screen reader know it, with a mark where something begins. */
export function makeTimeline(media: HTMLMediaElement, timed: Timed): HTMLElement {
  const input = make("input", { type: "range", min: 0, max: timed.duration_seconds, step: 1, value: 0, "aria-label": say("player.timeline") });
  const element = make("div", { class: "timeline" }, input);
  const preview = makePreview(timed, input);
  element.append(drawMarks(timed), preview.element);
  let dragging = false;

  input.addEventListener("pointerdown", () => (dragging = true));
  input.addEventListener("input", () => show(Number(input.value)));
  input.addEventListener("change", () => {
    dragging = false;
    media.currentTime = Number(input.value);
  });
  // The page's own arrow keys move by seconds that people expect; the input's would move by one.
  input.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) event.preventDefault();
  });
  media.addEventListener("timeupdate", () => {
    if (!dragging) show(media.currentTime);
  });

  function show(seconds: number): void {
    input.value = String(seconds);
    input.setAttribute("aria-valuetext", say("player.at_of", { at: showClock(seconds), of: showClock(timed.duration_seconds) }));
    element.style.setProperty("--played", String(seconds / Math.max(1, timed.duration_seconds)));
    preview.moved(seconds);
  }
  show(0);
  return element;
}

function drawMarks({ chapters, gaps, duration_seconds }: Timed): SVGSVGElement {
  const svg = document.createElementNS(MARKS, "svg");
  svg.setAttribute("class", "timeline-marks");
  svg.setAttribute("viewBox", "0 0 1000 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const whole = Math.max(1, duration_seconds);
  for (const { at_seconds, kind } of chapters) {
    const isQuiz = kind === "quiz";
    if (at_seconds > 0) svg.append(drawMark((at_seconds / whole) * 1000, isQuiz ? 6 : 3, isQuiz ? "timeline-quiz" : ""));
  }
  for (const { at_seconds } of gaps) svg.append(drawMark(Math.min(994, (at_seconds / whole) * 1000), 6, "timeline-gap"));
  return svg;
}

function drawMark(x: number, width: number, kind: string): SVGRectElement {
  const mark = document.createElementNS(MARKS, "rect");
  if (kind !== "") mark.setAttribute("class", kind);
  mark.setAttribute("x", String(x));
  mark.setAttribute("width", String(width));
  mark.setAttribute("height", "10");
  return mark;
}
