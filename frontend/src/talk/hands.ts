import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { TalkSession } from "./session.ts";
import { PACES, showWaited, type RaisedHand } from "./talk.ts";

const TICK_MS = 1_000;

/** For who holds the lesson: the queue in the order in which hands went up, and how the class finds the pace. */
export class HandsView {
  readonly element = make("div", { class: "hands" });
  private readonly pulse = makePulseBar();
  private readonly list = make("ol", { class: "hands-list" });
  private readonly empty = make("p", { class: "quiet-text" }, say("hands.empty"));
  private readonly next = makeButton(say("hands.call_next"), "", () => this.command("hand.call", {}));
  private readonly all = makeButton(say("hands.lower_all"), "quiet", () => this.command("hand.lower_all", {}));
  private readonly acts = make("div", { class: "hands-acts" }, this.next, this.all);
  private readonly lines = new Map<string, { line: HTMLLIElement; waited: HTMLElement }>();

  constructor(
    private readonly session: TalkSession,
    private readonly toast: (sentence: string) => void,
  ) {
    this.element.append(this.pulse.element, this.empty, this.acts, this.list);
  }

  start(): () => void {
    const { session } = this;
    const timer = setInterval(() => this.tick(), TICK_MS);
    const stops = [session.on("hands", () => this.show()), session.on("pulses", (counts) => this.pulse.show(counts))];
    this.show();
    this.pulse.show(session.pulses);
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }

  private command(type: "hand.call" | "hand.lower_all", data: Record<string, never>): void {
    if (this.session.command(type, data) === null) this.toast(say("room.not_connected"));
  }

  private show(): void {
    const queue = this.session.hands.queue ?? [];
    this.empty.hidden = queue.length > 0;
    this.acts.hidden = queue.length === 0;
    const wanted = new Set(queue.map(({ hand }) => hand));
    for (const [id, { line }] of this.lines) {
      if (wanted.has(id)) continue;
      line.remove();
      this.lines.delete(id);
    }
    for (const hand of queue) if (!this.lines.has(hand.hand)) this.list.append(this.makeLine(hand));
    this.tick();
  }

  private makeLine(hand: RaisedHand): HTMLLIElement {
    const { session } = this;
    const waited = make("span", { class: "hand-waited" });
    const call = makeButton(say("hands.call"), "", () => void session.command("hand.call", { hand: hand.hand }));
    const lower = makeButton(say("hands.lower"), "quiet", () => void session.command("hand.dismiss", { hand: hand.hand }));
    setAttribute(call, "aria-label", say("hands.call_on", { name: hand.name }));
    setAttribute(lower, "aria-label", say("hands.lower_of", { name: hand.name }));
    const who = make("span", { class: "hand-who" }, make("bdi", {}, hand.name), hand.standing === "guest" ? make("span", { class: "chat-role" }, say("role.guest")) : null);
    const line = make("li", {}, who, waited, call, lower);
    this.lines.set(hand.hand, { line, waited });
    return line;
  }

  private tick(): void {
    const now = Date.now() + this.session.offset;
    for (const { hand, raised_at } of this.session.hands.queue ?? []) {
      const line = this.lines.get(hand);
      if (line !== undefined) setText(line.waited, showWaited(raised_at, now));
    }
  }
}

/** Three parts as wide as those who say so are many; the numbers stand beside their words. */
function makePulseBar() {
  const parts = PACES.map((pace) => ({ pace, bar: make("span", { class: "pulse-part", "data-pace": pace }), label: make("span") }));
  const bars = make("div", { class: "pulse-bars", "aria-hidden": "true" }, ...parts.map(({ bar }) => bar));
  const words = make("p", { class: "pulse-words" }, ...parts.map(({ label }) => label));
  const element = make("section", { class: "pulse", "aria-label": say("pulse.title") }, make("h3", { class: "pulse-title" }, say("pulse.title")), bars, words);

  function show(counts: Partial<Record<(typeof PACES)[number], number>>): void {
    for (const { pace, bar, label } of parts) {
      const times = counts[pace] ?? 0;
      bar.style.flexGrow = String(times);
      setText(label, say("pulse.counted", { pulse: say(`pulse.${pace}`), n: times }));
    }
  }
  return { element, show };
}

function makeButton(label: string, kind: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: kind }, label);
  button.addEventListener("click", act);
  return button;
}
