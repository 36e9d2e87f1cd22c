import { make, setAttribute } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { TalkSession } from "./session.ts";
import { isAsked, PACES, REACTIONS, type Counts, type Reaction } from "./talk.ts";

const SHOWN_MS = 3_000;
/** The server takes three a second; a finger is faster. */
const PAUSE_MS = 350;
const PULSE_LASTS_MS = 120_000;

/** A button with the reactions behind it, and for who is asked also how the pace is. */
export function makeReactionMenu(session: TalkSession, toast: (sentence: string) => void) {
  const summary = make("summary", { class: "round", role: "button", "aria-label": say("reactions.title"), title: say("reactions.title") }, drawIcon("smile"));
  const faces = Object.entries(REACTIONS).map(([reaction, sign]) => makeFace(session, toast, reaction as Reaction, sign));
  const row = make("div", { class: "reaction-row", role: "group", "aria-label": say("reactions.title") }, ...faces);
  const pulse = makePulseChoice(session, toast);
  const menu = make("details", { class: "reactions" }, summary, make("div", { class: "reaction-panel" }, row, pulse.element));
  const closeBy = ({ target }: Event): void => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
  });
  document.addEventListener("pointerdown", closeBy);
  const show = (): void => {
    menu.hidden = session.you.standing === "observer";
    pulse.show();
  };
  const stop = session.on("changed", show);
  show();
  return {
    element: menu,
    stop: () => {
      stop();
      pulse.stop();
      document.removeEventListener("pointerdown", closeBy);
    },
  };
}

function makeFace(session: TalkSession, toast: (sentence: string) => void, reaction: Reaction, sign: string): HTMLButtonElement {
  const name = say(`reactions.${reaction}`);
  const button = make("button", { type: "button", class: "quiet reaction", "data-reaction": reaction, "aria-label": name, title: name }, sign);
  let sentAt = 0;
  button.addEventListener("click", () => {
    const now = performance.now();
    if (sentAt !== 0 && now - sentAt < PAUSE_MS) return;
    sentAt = now;
    if (session.command("reaction.send", { reaction }) === null) toast(say("room.not_connected"));
  });
  return button;
}

function makePulseChoice(session: TalkSession, toast: (sentence: string) => void) {
  let timer = 0;
  const buttons = PACES.map((pace) => {
    const button = make("button", { type: "button", class: "quiet", "data-pace": pace }, say(`pulse.${pace}`));
    button.addEventListener("click", () => {
      if (!session.setPulse(session.pulse === pace ? null : pace)) return toast(say("room.not_connected"));
      show();
    });
    return { pace, button };
  });
  const row = make("div", { class: "pulse-row", role: "group", "aria-label": say("pulse.ask") }, ...buttons.map(({ button }) => button));
  const element = make("div", {}, make("p", { class: "quiet-text" }, say("pulse.ask")), row);

  function show(): void {
    element.hidden = !isAsked(session.you.standing);
    for (const { pace, button } of buttons) setAttribute(button, "aria-pressed", String(session.pulse === pace));
    clearTimeout(timer);
    if (session.pulse === null) return;
    // As long as the server counts it.
    timer = setTimeout(() => {
      session.pulse = null;
      show();
    }, PULSE_LASTS_MS) as unknown as number;
  }
  return { element, show, stop: () => clearTimeout(timer) };
}

/** What the class sends up, counted: never one sign a clap. */
export function makeFloats(session: TalkSession) {
  const element = make("div", { class: "floats", "aria-hidden": "true" });
  const stop = session.on("reacted", (counts: Counts<Reaction>) => {
    for (const [reaction, times] of Object.entries(counts)) {
      const sign = REACTIONS[reaction as Reaction];
      if (sign === undefined || times === undefined) continue;
      const float = make("span", { class: "float", "data-reaction": reaction }, sign, times > 1 ? make("b", {}, `×${times}`) : null);
      float.style.setProperty("--drift", String(Math.random()));
      element.append(float);
      setTimeout(() => float.remove(), SHOWN_MS);
    }
  });
  return { element, stop };
}
