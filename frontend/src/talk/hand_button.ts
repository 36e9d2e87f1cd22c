import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { TalkSession } from "./session.ts";
import { isAsked } from "./talk.ts";

/** For who is asked: raises and lowers their own, with their place in the queue. */
export function makeHandButton(session: TalkSession, toast: (sentence: string) => void) {
  const place = make("span", { class: "hand-place", hidden: true });
  const button = make("button", { type: "button", class: "round hand-button", hidden: true }, drawIcon("hand"), place);
  button.addEventListener("click", () => {
    const word = session.hands.mine === null ? "hand.raise" : "hand.lower";
    if (session.command(word, {}) === null) toast(say("room.not_connected"));
  });

  function show(): void {
    const { mine } = session.hands;
    button.hidden = !isAsked(session.you.standing);
    setAttribute(button, "aria-pressed", String(mine !== null));
    const label = mine === null ? say("hands.raise") : say("hands.mine", { n: mine.place });
    setAttribute(button, "aria-label", label);
    setAttribute(button, "title", label);
    place.hidden = mine === null;
    setText(place, mine === null ? "" : String(mine.place));
  }
  const stops = [session.on("hands", show), session.on("changed", show)];
  show();
  return { element: button, stop: () => stops.forEach((stop) => stop()) };
}
