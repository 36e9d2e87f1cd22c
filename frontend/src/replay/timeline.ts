import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { showClock } from "./clock.ts";
import type { Replay } from "./page.ts";

const MARKS = "http://www.w3.org/2000/svg";

/** A range input, so that keyboard and screen reader know it, with a mark where each chapter begins. */
export function makeTimeline(video: HTMLVideoElement, replay: Replay): HTMLElement {
  const input = make("input", { type: "range", min: 0, max: replay.duration_seconds, step: 1, value: 0, "aria-label": say("player.timeline") });
  const element = make("div", { class: "timeline" }, input);
  element.append(drawMarks(replay));
  let dragging = false;

  input.addEventListener("pointerdown", () => (dragging = true));
  input.addEventListener("input", () => show(Number(input.value)));
  input.addEventListener("change", () => {
    dragging = false;
    video.currentTime = Number(input.value);
  });
  // The page's own arrow keys move by seconds that people expect; the input's would move by one.
  input.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) event.preventDefault();
  });
  video.addEventListener("timeupdate", () => {
    if (!dragging) show(video.currentTime);
  });

  function show(seconds: number): void {
    input.value = String(seconds);
    input.setAttribute("aria-valuetext", say("player.at_of", { at: showClock(seconds), of: showClock(replay.duration_seconds) }));
    element.style.setProperty("--played", String(seconds / Math.max(1, replay.duration_seconds)));
  }
  show(0);
  return element;
}

function drawMarks(replay: Replay): SVGSVGElement {
  const svg = document.createElementNS(MARKS, "svg");
  svg.setAttribute("class", "timeline-marks");
  svg.setAttribute("viewBox", "0 0 1000 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const { at_seconds } of replay.chapters) {
    const mark = document.createElementNS(MARKS, "rect");
    mark.setAttribute("x", String((at_seconds / Math.max(1, replay.duration_seconds)) * 1000));
    mark.setAttribute("width", "3");
    mark.setAttribute("height", "10");
    if (at_seconds > 0) svg.append(mark);
  }
  for (const { at_seconds } of replay.gaps) {
    const mark = document.createElementNS(MARKS, "rect");
    mark.setAttribute("class", "timeline-gap");
    mark.setAttribute("x", String(Math.min(994, (at_seconds / Math.max(1, replay.duration_seconds)) * 1000)));
    mark.setAttribute("width", "6");
    mark.setAttribute("height", "10");
    svg.append(mark);
  }
  return svg;
}
