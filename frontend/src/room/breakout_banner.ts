import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { showTime } from "../quizzes/quiz.ts";
import type { Breakouts } from "../wire/words.ts";
import type { RoomSession } from "./session.ts";

const TICK_MS = 500;
const LITTLE_SECONDS = 60;

/** How long the rooms stay open by the server's clock; null when somebody closes them. */
export function secondsUntilClosed({ closes_at }: Breakouts, offset: number, now: number): number | null {
  return closes_at === null ? null : Math.max(0, Math.ceil((closes_at - offset - now) / 1000));
}

/** Where I am while the class is divided, for how long, and how I get help or back. `at` is the room where I am. */
export class BreakoutBanner {
  readonly element = make("section", { class: "breakout-banner", hidden: true });
  private readonly place = make("p", { class: "breakout-place" });
  private readonly time = make("bdi", { role: "timer" });
  private readonly clock = make("p", { class: "breakout-clock" }, make("span", {}, say("breakouts.left")), " ", this.time);
  private readonly note = make("p", { class: "breakout-note", role: "status" });
  private readonly warning = make("p", { class: "breakout-warning", role: "status" });
  private readonly help = make("button", { type: "button", class: "quiet", "data-act": "help" }, say("breakouts.ask"));
  private readonly back = make("button", { type: "button", class: "quiet", "data-act": "back" }, say("breakouts.back"));

  constructor(
    private readonly main: RoomSession,
    private readonly at: string | null,
    private readonly isStaff: boolean,
    goBack: () => void,
  ) {
    setAttribute(this.element, "aria-label", say("breakouts.title"));
    this.help.addEventListener("click", () => void main.divide("help.ask", {}));
    this.back.addEventListener("click", goBack);
    this.element.append(this.place, this.clock, this.note, this.warning, this.help, this.back);
  }

  start(): () => void {
    const timer = setInterval(() => this.show(), TICK_MS);
    const stop = this.main.on("changed", () => this.show());
    this.show();
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  private show(): void {
    const breakouts = this.main.state?.breakouts ?? null;
    const isShown = breakouts?.state === "open";
    this.element.hidden = !isShown;
    if (!isShown) return;
    const here = breakouts.rooms.find(({ room }) => room !== null && room === this.at);
    setText(this.place, here === undefined ? say("breakouts.divided") : say("breakouts.in", { room: here.title }));
    this.showTime(breakouts);
    setText(this.note, breakouts.note?.text ?? "");
    setAttribute(this.note, "dir", "auto");
    this.back.hidden = !this.isStaff || this.at === null;
    this.help.hidden = this.isStaff || here === undefined;
    const hasAsked = (here?.help.length ?? 0) > 0;
    this.help.disabled = hasAsked;
    setText(this.help, say(hasAsked ? "breakouts.asked" : "breakouts.ask"));
  }

  private showTime(breakouts: Breakouts): void {
    const left = secondsUntilClosed(breakouts, this.main.state?.offset ?? 0, Date.now());
    this.clock.hidden = left === null;
    const isNear = breakouts.warned || (left !== null && left <= LITTLE_SECONDS);
    setAttribute(this.element, "data-near", isNear);
    setText(this.time, left === null ? "" : showTime(left));
    setText(this.warning, isNear ? say("breakouts.minute_left") : "");
  }
}
