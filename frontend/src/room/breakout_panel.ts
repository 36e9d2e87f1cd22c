import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BreakoutPlan, BreakoutRoom, Breakouts } from "../wire/words.ts";
import { findOverfull } from "./breakout_choice.ts";
import { BreakoutShelf } from "./breakout_shelf.ts";
import { BoardThumbs } from "./breakout_thumbs.ts";
import type { RoomSession } from "./session.ts";
import type { SidePanel } from "./side_panel.ts";

const NAME = "breakouts";
const HOW = ["random", "groups", "hand", "plan"] as const;
const FIRST_ROOMS = 4;
const FIRST_MINUTES = 10;
const MORE_MINUTES = 5;

interface Person {
  person: string;
  name: string;
}

/** For those who hold the lesson: prepare rooms, open them, look into them, bring everybody back. */
export class BreakoutPanel {
  private readonly element = make("div", { class: "breakouts" });
  private readonly how = make("select", {}, ...HOW.map((value) => make("option", { value }, say(`breakouts.how.${value}`))));
  private readonly plan = make("select", {});
  private readonly form: HTMLElement;
  private readonly acts = make("div", { class: "breakout-acts" });
  /** Made once: somebody may be writing in it whenever anything is different. */
  private readonly noting = make("div", {}, makeLine("note", say("breakouts.note"), say("breakouts.send"), 500, (text) => this.main.divide("breakouts.note", { text })));
  private readonly overfull = make("p", { class: "breakout-overfull", role: "status" });
  private readonly wall = make("div", { class: "breakout-wall" });
  private readonly saving = make("div");
  private readonly minutes = makeNumber(FIRST_MINUTES, 1, 180);
  private readonly thumbs = new BoardThumbs();
  private readonly shelf = new BreakoutShelf(() => this.main.state?.breakouts?.rooms ?? [], (person, number) => this.move(person, number));
  private shown = "";
  private helped = 0;

  constructor(
    private readonly main: RoomSession,
    private readonly side: SidePanel,
    plans: readonly BreakoutPlan[],
    private readonly capacity: number | null,
    private readonly at: string | null,
    private readonly visit: (room: string | null) => void,
  ) {
    this.listPlans(plans);
    this.form = this.makeForm();
    this.saving.append(this.makeSave());
    this.element.append(this.form, this.overfull, this.acts, this.noting, this.wall, this.saving, make("p", { class: "quiet-text" }, say("breakouts.recorded")), this.shelf.element);
    side.add({ name: NAME, title: say("breakouts.title"), icon: "people", element: this.element, opened: () => void this.thumbs.look() });
  }

  start(): () => void {
    const stop = this.main.on("changed", () => this.show());
    const stopPlans = this.main.on("plans", (plans) => this.listPlans(plans));
    const stopThumbs = this.thumbs.start(this.element);
    const stopShelf = this.shelf.start();
    this.show();
    return () => {
      stop();
      stopPlans();
      stopThumbs();
      stopShelf();
    };
  }

  /** Without any, there is nothing to choose as saved. */
  private listPlans(plans: readonly BreakoutPlan[]): void {
    const { how, plan } = this;
    const chosen = plan.value;
    plan.replaceChildren(...plans.map(({ id, name }) => make("option", { value: id }, name)));
    if (plans.some(({ id }) => id === chosen)) plan.value = chosen;
    const saved = [...how.options].find(({ value }) => value === "plan");
    if (plans.length === 0) saved?.remove();
    else if (saved === undefined) how.append(make("option", { value: "plan" }, say("breakouts.how.plan")));
  }

  private makeForm(): HTMLElement {
    const { how, plan } = this;
    const rooms = makeNumber(FIRST_ROOMS, 2, 50);
    const roomsLabel = make("label", {}, say("breakouts.rooms"), rooms);
    const planLabel = make("label", {}, say("breakouts.plan"), plan);
    const refresh = (): void => {
      roomsLabel.hidden = how.value === "groups" || how.value === "plan";
      planLabel.hidden = how.value !== "plan";
    };
    how.addEventListener("change", refresh);
    refresh();
    const form = make("form", { class: "breakout-form" }, make("label", {}, say("breakouts.how"), how), roomsLabel, planLabel, make("button", { "data-act": "prepare" }, say("breakouts.prepare")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const division = HOW.find((value) => value === how.value) ?? "random";
      const wish = division === "plan" ? { plan: plan.value } : division === "groups" ? {} : { rooms: Number(rooms.value) };
      this.main.divide("breakouts.plan", { division, ...wish });
    });
    return form;
  }

  private show(): void {
    const breakouts = this.main.state?.breakouts ?? null;
    const asking = breakouts === null ? 0 : breakouts.rooms.reduce((sum, { help }) => sum + help.length, 0);
    if (asking > this.helped) this.side.note(NAME, true);
    this.helped = asking;
    const unplaced = breakouts === null ? [] : this.listUnplaced(breakouts);
    // Drawn anew only when something is different: nobody's keyboard is taken away by a clock.
    const wanted = JSON.stringify([breakouts, unplaced]);
    if (wanted === this.shown) return;
    this.shown = wanted;
    this.form.hidden = breakouts?.state === "open";
    const held = heldKey(this.element);
    this.acts.replaceChildren(...(breakouts === null ? [] : breakouts.state === "open" ? this.makeOpenActs() : this.makePlanActs()));
    this.noting.hidden = breakouts?.state !== "open";
    this.warn(breakouts);
    this.saving.hidden = breakouts === null;
    this.wall.replaceChildren(...(breakouts === null ? [] : this.drawWall(breakouts, unplaced)));
    this.thumbs.follow(breakouts?.state === "open" ? breakouts.rooms : []);
    if (held !== null) this.element.querySelector<HTMLElement>(`[data-key="${held}"]`)?.focus();
  }

  /** Before the rooms open: afterwards whoever is one too many is told at the door. */
  private warn(breakouts: Breakouts | null): void {
    const overfull = breakouts?.state === "planned" ? findOverfull(breakouts.rooms, this.capacity) : [];
    const rooms = overfull.map(({ title }) => title).join(", ");
    setText(this.overfull, overfull.length === 0 ? "" : say("breakouts.overfull", { count: (this.capacity ?? 0) - 1, rooms }));
    this.overfull.hidden = overfull.length === 0;
  }

  /** Inside and without a seat; those who hold the lesson or look on sit nowhere. */
  private listUnplaced({ rooms }: Breakouts): Person[] {
    const seated = new Set(rooms.flatMap(({ people }) => people.map(({ person }) => person)));
    const found = new Map<string, Person>();
    for (const { person, name, role } of this.main.state?.participants.values() ?? []) {
      if ((role === "student" || role === "guest") && !seated.has(person)) found.set(person, { person, name });
    }
    return [...found.values()];
  }

  private makePlanActs(): HTMLElement[] {
    const open = makeButton("open", say("breakouts.open"), () => {
      const minutes = Number(this.minutes.value);
      this.main.divide("breakouts.open", this.minutes.value === "" ? {} : { minutes });
    }, "");
    const label = make("label", {}, say("breakouts.minutes"), this.minutes, make("small", {}, say("breakouts.no_end")));
    return [label, open, makeButton("drop", say("breakouts.drop"), () => this.main.divide("breakouts.close", {}))];
  }

  private makeOpenActs(): HTMLElement[] {
    const close = makeButton("close", say("breakouts.close"), () => this.main.divide("breakouts.close", {}), "");
    const more = makeButton("more", say("breakouts.more_time"), () => this.main.divide("breakouts.extend", { minutes: MORE_MINUTES }));
    return [close, more];
  }

  private makeSave(): HTMLElement {
    const told = make("p", { class: "quiet-text", role: "status" });
    const line = makeLine("save", say("breakouts.name"), say("breakouts.save"), 80, (name) => {
      const isSent = this.main.divide("breakouts.save", { name });
      setText(told, isSent ? say("breakouts.saved") : say("room.not_connected"));
      return isSent;
    });
    line.append(told);
    return line;
  }

  private drawWall(breakouts: Breakouts, unplaced: Person[]): HTMLElement[] {
    const { rooms } = breakouts;
    const nowhere = unplaced.length === 0 ? [] : [make("section", { class: "breakout-room" }, make("h3", {}, say("breakouts.nowhere")), this.listPeople(unplaced, rooms, null))];
    return [...nowhere, ...rooms.map((room) => this.drawRoom(room, rooms))];
  }

  private drawRoom(room: BreakoutRoom, rooms: readonly BreakoutRoom[]): HTMLElement {
    const section = make("section", { class: "breakout-room", "data-number": room.number, "data-help": room.help.length > 0 });
    const heading = make("h3", {}, make("bdi", {}, room.title), ` (${room.people.length})`);
    section.append(heading, this.listPeople(room.people, rooms, room));
    if (room.room !== null) section.append(this.thumbs.place(room.room, room.title), this.makeVisit(room.room, room.number));
    this.shelf.takeDrops(section, room.number);
    return section;
  }

  private makeVisit(room: string, number: number): HTMLElement {
    if (room === this.at) return make("p", { class: "quiet-text" }, say("breakouts.here"));
    return makeButton(`visit-${number}`, say("breakouts.visit"), () => this.visit(room));
  }

  private listPeople(people: readonly Person[], rooms: readonly BreakoutRoom[], here: BreakoutRoom | null): HTMLElement {
    if (people.length === 0) return make("p", { class: "quiet-text" }, say("breakouts.nobody"));
    return make("ul", { class: "breakout-people" }, ...people.map((one) => this.drawPerson(one, rooms, here)));
  }

  /** By mouse the line is dragged to another room; by keyboard its list of rooms does the same. */
  private drawPerson({ person, name }: Person, rooms: readonly BreakoutRoom[], here: BreakoutRoom | null): HTMLElement {
    const asks = here?.help.includes(person) === true;
    const first = here === null ? [make("option", { value: "", selected: true }, "–")] : [];
    const options = rooms.map(({ number, title }) => make("option", { value: number, selected: number === here?.number }, title));
    const select = make("select", { "aria-label": say("breakouts.move", { name }), "data-key": `move-${person}` }, ...first, ...options);
    select.addEventListener("change", () => this.move(person, Number(select.value)));
    const flag = asks ? make("strong", { class: "breakout-asks" }, say("breakouts.asks")) : null;
    const line = make("li", { "data-person": person }, make("bdi", {}, name), flag, select);
    this.shelf.offer(line, person);
    return line;
  }

  private move(person: string, number: number): void {
    if (number > 0) this.main.divide("breakouts.move", { person, number });
  }
}

function heldKey(inside: HTMLElement): string | null {
  const held = document.activeElement;
  return held instanceof HTMLElement && inside.contains(held) ? (held.dataset["key"] ?? null) : null;
}

function makeButton(key: string, label: string, act: () => void, className = "quiet"): HTMLButtonElement {
  const button = make("button", { type: "button", class: className === "" ? undefined : className, "data-act": key, "data-key": key }, label);
  button.addEventListener("click", act);
  return button;
}

function makeNumber(value: number, min: number, max: number): HTMLInputElement {
  return make("input", { type: "number", value, min, max, inputmode: "numeric" });
}

/** One line of text that is sent; it stays when it could not be. */
function makeLine(key: string, label: string, button: string, maxlength: number, send: (text: string) => boolean): HTMLFormElement {
  const input = make("input", { type: "text", required: true, maxlength, "data-key": key, dir: "auto" });
  const form = make("form", { class: "breakout-line", "data-act": key }, make("label", {}, label, input), make("button", { class: "quiet" }, button));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (send(input.value)) input.value = "";
  });
  return form;
}
