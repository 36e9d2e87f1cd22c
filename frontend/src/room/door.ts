import { copyFrom } from "../common/copy.ts";
import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { Waiting } from "../wire/words.ts";
import { showToast } from "./toast.ts";
import { WaitingList, type DoorActions } from "./waiting_list.ts";

export interface Door {
  element: HTMLElement;
  show(waiting: readonly Waiting[]): void;
}

/** For staff: who waits at the door, and once after a meeting began the address for its guests. */
export function makeDoor(actions: DoorActions, invitation: string | null): Door {
  const count = make("span", { class: "door-badge" });
  const summary = make("summary", { class: "top-people" }, drawIcon("door"), count);
  const empty = make("p", { class: "door-empty" }, say("door.nobody"));
  const there = new WaitingList(actions, summary);
  const panel = make("div", { class: "door-panel" }, invitation === null ? null : makeInvitation(invitation), empty, there.list, there.everybody);
  const element = make("details", { class: "people door-menu" }, summary, panel);

  function show(waiting: readonly Waiting[]): void {
    announce(there.show(waiting), waiting.length);
    setText(count, waiting.length > 0 ? String(waiting.length) : "");
    setAttribute(summary, "aria-label", say("door.waiting", { n: waiting.length }));
    setAttribute(element, "data-knocking", waiting.length > 0);
    empty.hidden = waiting.length > 0;
  }

  element.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !element.open) return;
    element.open = false;
    summary.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !element.contains(event.target)) element.open = false;
  });
  element.open = invitation !== null;
  return { element, show };
}

/** One by name; a whole class at once by its number. */
function announce(fresh: readonly Waiting[], all: number): void {
  const [one, another] = fresh;
  if (one === undefined) return;
  showToast(another === undefined ? say("door.knocks", { name: one.name }) : say("door.waiting", { n: all }));
}

function makeInvitation(address: string): HTMLElement {
  const label = make("label", { for: "invitation" }, say("door.invitation"));
  const field = make("input", { id: "invitation", value: address, readonly: true, dir: "ltr" });
  const button = make("button", { type: "button" }, say("door.copy"));
  button.addEventListener("click", () => void copyFrom(field, button, say("door.copied")));
  const note = make("p", { class: "door-empty" }, say("door.shown_once"));
  return make("div", { class: "door-invitation" }, label, make("div", { class: "copy-row" }, field, button), note);
}

/** The secret of a fresh guest link stands behind `#invite=`; it is taken out of the address at once. */
export function readInvitation(): string | null {
  const secret = /^#invite=([\w-]+)$/.exec(location.hash)?.[1];
  if (secret === undefined) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return new URL(`/g/${secret}`, location.href).href;
}
