import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Waiting } from "../wire/words.ts";

export interface DoorActions {
  admit(knock: string): void;
  refuse(knock: string): void;
  admitAll(): void;
}

/** Who waits, with what may be done about each: in the menu of the door, and above who is here. */
export class WaitingList {
  readonly list = make("ul", { class: "waiting-list" });
  readonly everybody = make("button", { type: "button", class: "quiet", hidden: true, "data-act": "admit-all" }, say("door.admit_all"));
  private readonly rows = new Map<string, HTMLLIElement>();

  /** `rest` is where a keyboard goes when the last one is gone. */
  constructor(
    private readonly actions: DoorActions,
    private readonly rest: HTMLElement,
  ) {
    this.everybody.addEventListener("click", actions.admitAll);
  }

  /** Those who were not there before. */
  show(waiting: readonly Waiting[]): Waiting[] {
    const fresh = waiting.filter(({ knock }) => !this.rows.has(knock));
    for (const one of fresh) this.rows.set(one.knock, makeRow(one, this.actions));
    this.list.append(...fresh.map(({ knock }) => this.rows.get(knock) ?? ""));
    const here = new Set(waiting.map(({ knock }) => knock));
    for (const [knock, row] of this.rows) if (!here.has(knock)) this.takeAway(knock, row);
    if (waiting.length < 2 && this.everybody === document.activeElement) this.focusNear(this.list.querySelector("li"));
    this.everybody.hidden = waiting.length < 2;
    return fresh;
  }

  /** The next one in the list takes the focus, so that a keyboard goes on where it was. */
  private takeAway(knock: string, row: HTMLLIElement): void {
    if (row.contains(document.activeElement)) this.focusNear(row.nextElementSibling ?? row.previousElementSibling);
    row.remove();
    this.rows.delete(knock);
  }

  private focusNear(row: Element | null): void {
    (row?.querySelector("button") ?? this.rest).focus();
  }
}

function makeRow({ knock, name, role, may_be }: Waiting, actions: DoorActions): HTMLLIElement {
  const admit = make("button", { type: "button", "aria-label": say("door.admit_name", { name }) }, say("door.admit"));
  const refuse = make("button", { type: "button", class: "quiet", "aria-label": say("door.refuse_name", { name }) }, say("door.refuse"));
  admit.addEventListener("click", () => actions.admit(knock));
  refuse.addEventListener("click", () => actions.refuse(knock));
  const who = make("div", { class: "door-who" }, make("bdi", {}, name), make("span", {}, say(`role.${role}`)));
  if (may_be !== "") who.append(make("p", { class: "warning" }, say("door.may_be", { name: may_be })));
  return make("li", {}, who, make("div", { class: "door-do" }, admit, refuse));
}
