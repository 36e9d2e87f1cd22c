import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { Participant, RecordingState } from "../wire/words.ts";
import type { RoomPage } from "./page.ts";

const BADGES: Partial<Record<RecordingState, string>> = {
  expected: "recording.expected",
  starting: "recording.starting",
  recording: "recording.recording",
  lost_recorder: "recording.lost",
  no_recorder: "recording.no_recorder",
  failed: "recording.failed",
};

export type PutOut = (person: Participant) => void;

export interface TopBar {
  element: HTMLElement;
  showRecording(state: RecordingState): void;
  showPeople(people: readonly Participant[]): void;
  showTrouble(isReconnecting: boolean): void;
}

/** `putOut` is there for those who may put people out of the room. */
export function makeTopBar(
  page: RoomPage,
  door: HTMLElement | null,
  network: HTMLElement,
  putOut: PutOut | null = null,
  panels: HTMLElement | null = null,
): TopBar {
  const sentence = make("span");
  const badge = make("p", { class: "badge", role: "status" }, make("span", { class: "badge-dot" }), sentence);
  badge.hidden = true;
  const engine = make("span", { class: "top-engine" }, [nameEngine(page), ...nameSimulation(page)].filter(Boolean).join(" · "));
  const people = makePeople(page, putOut);
  const banner = make("p", { class: "banner", role: "status" });
  banner.hidden = true;
  const title = make("div", { class: "top-title" }, make("h1", {}, make("bdi", {}, page.lesson.title)), engine);
  const element = make("header", { class: "top" }, title, badge, door, network, panels, people.element, banner);

  function showRecording(state: RecordingState): void {
    const key = BADGES[state];
    badge.hidden = key === undefined;
    setAttribute(badge, "data-state", state);
    setText(sentence, key === undefined ? "" : say(key));
  }

  function showTrouble(isReconnecting: boolean): void {
    banner.hidden = !isReconnecting;
    setText(banner, isReconnecting ? say("room.reconnecting") : "");
  }
  return { element, showRecording, showPeople: people.show, showTrouble };
}

function nameEngine(page: RoomPage): string {
  return page.engine === "peer" ? say("room.engine_peer", { n: page.capacity ?? 6 }) : say("room.engine_jitsi");
}

function nameSimulation(page: RoomPage): string[] {
  return page.are_recorders_simulated ? [say("room.recorders_simulated")] : [];
}

function makePeople(page: RoomPage, putOut: PutOut | null) {
  const count = make("span");
  const summary = make("summary", { class: "top-people" }, drawIcon("people"), count);
  const list = make("ul");
  const element = make("details", { class: "people" }, summary, list);
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !element.contains(event.target)) element.open = false;
  });

  function show(people: readonly Participant[]): void {
    setText(count, String(people.length));
    setAttribute(summary, "aria-label", say("room.people_here", { n: people.length }));
    // A button that somebody is about to press stays where it is.
    const held = list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-person") : null;
    list.replaceChildren(...people.map(makeLine));
    if (held != null) list.querySelector<HTMLElement>(`[data-person="${CSS.escape(held)}"]`)?.focus();
  }

  function makeLine(person: Participant): HTMLElement {
    const line = make("li", {}, make("bdi", {}, person.name), make("span", {}, say(`role.${person.role}`)));
    const mayGo = ["student", "guest"].includes(person.role) && person.person !== page.person.id;
    if (putOut !== null && mayGo) {
      const label = say("put_out.button", { name: person.name });
      const button = make("button", { type: "button", class: "quiet", "data-person": person.person, "aria-label": label, title: label });
      button.append(drawIcon("leave"));
      button.addEventListener("click", () => putOut(person));
      line.append(button);
    }
    return line;
  }
  return { element, show };
}
