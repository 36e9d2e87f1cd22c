import { copyFrom } from "../common/copy.ts";
import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { Waiting } from "../wire/words.ts";
import { showToast } from "./toast.ts";

export interface DoorActions {
  admit(knock: string): void;
  refuse(knock: string): void;
  admitAll(): void;
}

export interface Door {
  element: HTMLElement;
  show(waiting: readonly Waiting[]): void;
}

/** For staff: who waits at the door, and once after a meeting began the address for its guests. */
export function makeDoor(actions: DoorActions, invitation: string | null): Door {
  const count = make("span", { class: "door-badge" });
  const summary = make("summary", { class: "top-people" }, drawIcon("door"), count);
  const list = make("ul");
  const empty = make("p", { class: "door-empty" }, say("door.nobody"));
  const everybody = make("button", { type: "button", class: "quiet" }, say("door.admit_all"));
  everybody.addEventListener("click", actions.admitAll);
  const panel = make("div", { class: "door-panel" }, invitation === null ? null : makeInvitation(invitation), empty, list, everybody);
  const element = make("details", { class: "people door-menu" }, summary, panel);
  const rows = new Map<string, HTMLLIElement>();

  function show(waiting: readonly Waiting[]): void {
    const here = new Set(waiting.map(({ knock }) => knock));
    for (const [knock, row] of rows) if (!here.has(knock)) takeAway(knock, row);
    const fresh = waiting.filter(({ knock }) => !rows.has(knock));
    for (const one of fresh) rows.set(one.knock, makeRow(one, actions));
    list.append(...fresh.map(({ knock }) => rows.get(knock) ?? ""));
    announce(fresh, waiting.length);
    setText(count, waiting.length > 0 ? String(waiting.length) : "");
    setAttribute(summary, "aria-label", say("door.waiting", { n: waiting.length }));
    setAttribute(element, "data-knocking", waiting.length > 0);
    empty.hidden = waiting.length > 0;
    everybody.hidden = waiting.length < 2;
  }

  /** The next one in the list takes the focus, so that a keyboard goes on where it was. */
  function takeAway(knock: string, row: HTMLLIElement): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    if (row.contains(document.activeElement)) (next?.querySelector("button") ?? summary).focus();
    row.remove();
    rows.delete(knock);
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

function makeRow({ knock, name, role }: Waiting, actions: DoorActions): HTMLLIElement {
  const admit = make("button", { type: "button", "aria-label": say("door.admit_name", { name }) }, say("door.admit"));
  const refuse = make("button", { type: "button", class: "quiet", "aria-label": say("door.refuse_name", { name }) }, say("door.refuse"));
  admit.addEventListener("click", () => actions.admit(knock));
  refuse.addEventListener("click", () => actions.refuse(knock));
  const who = make("div", { class: "door-who" }, make("bdi", {}, name), make("span", {}, say(`role.${role}`)));
  return make("li", {}, who, make("div", { class: "door-do" }, admit, refuse));
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
