import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { secondsLeft, showTime, type Quiz } from "./quiz.ts";

const NEARLY_SECONDS = 10;

export interface Countdown {
  element: HTMLElement;
  show(quiz: Quiz, offset: number): void;
}

/** By the server's clock, whatever this device believes. Read aloud once, when little is left. */
export function makeCountdown(): Countdown {
  const time = make("bdi", { role: "timer" });
  const warning = make("span", { class: "unseen", role: "status" });
  const element = make("p", { class: "countdown" }, make("span", {}, say("quiz.time_left")), " ", time, warning);

  function show(quiz: Quiz, offset: number): void {
    element.hidden = quiz.state !== "open";
    const left = secondsLeft(quiz, offset, Date.now());
    const isNear = left <= NEARLY_SECONDS;
    setText(time, showTime(left));
    setAttribute(element, "data-near", isNear);
    setText(warning, quiz.state === "open" && isNear ? say("quiz.nearly_over") : "");
  }
  return { element, show };
}
