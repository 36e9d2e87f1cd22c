import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { AudienceListed, Link, Participant, Waiting } from "../wire/words.ts";
import { AudienceList } from "./audience_list.ts";
import { judge, noteLink } from "./link_notes.ts";
import type { Panel } from "./side_panel.ts";
import { WaitingList, type DoorActions } from "./waiting_list.ts";

export interface PeopleActs {
  /** Whether also those are reached whose microphone is in the Jitsi app. */
  readonly mutesInApp: boolean;
  mute(person: Participant): void;
  muteAll(): void;
  promote(person: Participant): void;
  putOut(person: Participant): void;
}

const SEARCH_FROM = 9;

/** Who is here, by which door, and for those who hold the lesson how they are doing and what to do about it. */
export class PeoplePanel implements Panel {
  readonly name = "people";
  readonly title = say("room.people_short");
  readonly icon = "people";
  readonly element = make("div", { class: "people-panel" });
  private readonly summary = make("p", { class: "quiet-text", role: "status", tabindex: -1 });
  private readonly search = make("input", { type: "search", maxlength: 100, "aria-label": say("people.search"), placeholder: say("people.search") });
  private readonly list = make("ul");
  private readonly none = make("p", { class: "quiet-text", hidden: true }, say("people.none_found"));
  private readonly muteAll = make("button", { type: "button", class: "quiet", "data-act": "mute-all" }, drawIcon("microphone_off"), say("people.mute_all"));
  private readonly atDoor = make("h3");
  private readonly door = make("section", { class: "people-waiting", hidden: true }, this.atDoor);
  private readonly waiting: WaitingList | null;
  private people: readonly Participant[] = [];
  private links: ReadonlyMap<string, Link> = new Map();
  private audience = 0;
  /** For whoever may know them by name. */
  private readonly viewers: AudienceList | null;

  /** `acts` is there for those who hold the lesson, `door` and `askAudience` for those who decide at it. */
  constructor(
    private readonly me: string,
    private readonly acts: PeopleActs | null,
    door: DoorActions | null,
    askAudience: (() => boolean) | null,
  ) {
    this.viewers = askAudience === null ? null : new AudienceList(askAudience);
    this.waiting = door === null ? null : new WaitingList(door, this.summary);
    if (this.waiting !== null) this.door.append(this.waiting.list, this.waiting.everybody);
    this.search.addEventListener("input", () => this.draw());
    this.muteAll.addEventListener("click", () => acts?.muteAll());
    this.element.append(this.door, this.summary, this.search, this.list, this.none, this.muteAll);
    if (this.viewers !== null) this.none.after(this.viewers.element);
    this.muteAll.hidden = true;
  }

  show(people: readonly Participant[], links: ReadonlyMap<string, Link>, audience = 0): void {
    this.people = people;
    this.audience = audience;
    this.links = links;
    this.draw();
  }

  showAudience(listed: AudienceListed): void {
    this.viewers?.show(listed);
  }

  showWaiting(waiting: readonly Waiting[]): void {
    this.waiting?.show(waiting);
    setText(this.atDoor, say("door.waiting", { n: waiting.length }));
    this.door.hidden = this.waiting === null || waiting.length === 0;
  }

  private draw(): void {
    const { people } = this;
    const wanted = this.search.value.trim().toLocaleLowerCase();
    const shown = people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
    setText(this.summary, sayHowMany(people, this.viewers === null ? this.audience : 0));
    this.viewers?.showCount(this.audience);
    this.search.hidden = people.length < SEARCH_FROM;
    this.none.hidden = shown.length > 0;
    this.muteAll.hidden = this.acts === null || !people.some((person) => mayBeMuted(person, this.acts?.mutesInApp === true));
    const held = this.held();
    this.list.replaceChildren(...shown.map((person) => this.drawPerson(person)));
    if (held !== null) this.list.querySelector<HTMLElement>(held)?.focus();
  }

  /** A button that somebody is about to press stays where it is. */
  private held(): string | null {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement) || !this.list.contains(activeElement)) return null;
    return `[data-person="${CSS.escape(activeElement.dataset["person"] ?? "")}"][data-act="${activeElement.dataset["act"] ?? ""}"]`;
  }

  private drawPerson(person: Participant): HTMLElement {
    const link = this.acts === null ? undefined : this.links.get(person.occupant);
    const unknown = person.microphone === null ? [say("people.media_unknown")] : [];
    const notes = [say(`role.${person.role}`), ...(person.door === "page" ? [] : [say(`people.door_${person.door}`)]), ...unknown, ...(link === undefined ? [] : noteLink(link).map(({ key, n }) => (n === undefined ? say(key) : say(key, { n }))))];
    const who = make("div", { class: "people-who" }, make("bdi", {}, person.name), make("small", {}, notes.join(" · ")));
    if (this.acts !== null && !this.acts.mutesInApp && isPupil(person) && person.door === "app") who.append(make("small", { class: "people-in-app" }, say("people.mute_in_app")));
    const line = make("li", {}, who, drawMedia(person));
    if (link !== undefined) setAttribute(line, "data-link", judge(link));
    if (this.acts !== null && person.person !== this.me) line.append(this.drawActs(person, this.acts));
    return line;
  }

  private drawActs(person: Participant, acts: PeopleActs): HTMLElement {
    const buttons: HTMLElement[] = [];
    if (mayBeMuted(person, acts.mutesInApp)) buttons.push(makeAct("mute", "microphone_off", say("people.mute", { name: person.name }), person, () => acts.mute(person)));
    if (person.role === "observer") buttons.push(makeAct("promote", "add", say("people.promote", { name: person.name }), person, () => acts.promote(person)));
    if (isPupil(person)) buttons.push(makeAct("put-out", "leave", say("put_out.button", { name: person.name }), person, () => acts.putOut(person)));
    return make("div", { class: "people-acts" }, ...buttons);
  }
}

function makeAct(name: string, icon: IconName, label: string, { person }: Participant, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", class: "quiet", "data-act": name, "data-person": person, "aria-label": label, title: label }, drawIcon(icon));
  button.addEventListener("click", act);
  return button;
}

/** In the Jitsi app whether a microphone is on may not be known: then it can be turned off all the same. */
function mayBeMuted(person: Participant, mutesInApp: boolean): boolean {
  if (!isPupil(person) || person.microphone === false) return false;
  return person.door === "page" ? person.microphone === true : mutesInApp;
}

function isPupil({ role }: Participant): boolean {
  return role === "student" || role === "guest";
}

function sayHowMany(people: readonly Participant[], audience: number): string {
  const inApp = people.filter(({ door }) => door === "app").length;
  const all = say("room.people_here", { n: people.length });
  const apps = inApp === 0 ? [] : [say("people.in_app", { n: inApp })];
  const viewers = audience === 0 ? [] : [say("people.watching", { n: audience })];
  return [all, ...apps, ...viewers].join(" · ");
}

/** What of a person's is on; said, not only drawn. */
function drawMedia({ microphone, camera, screen }: Participant): HTMLElement {
  const marks: [boolean, IconName, string][] = [
    [microphone === true, "microphone", "people.microphone_on"],
    [camera === true, "camera", "people.camera_on"],
    [screen === true, "screen", "people.screen_on"],
  ];
  const shown = marks.filter(([isOn]) => isOn).map(([, icon, key]) => make("span", { role: "img", "aria-label": say(key), title: say(key) }, drawIcon(icon)));
  return make("div", { class: "people-media" }, ...shown);
}
