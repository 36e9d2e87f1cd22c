import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { DrawRight } from "../wire/words.ts";
import type { Workbench } from "./workbench.ts";

const RIGHTS: readonly DrawRight[] = ["nobody", "named", "all"];

/** Who may draw, whether all follow the teacher, and everybody's own answer. */
export function makeClassPanel(bench: Workbench, close: () => void) {
  const { session } = bench;
  const rights = makeRights(bench);
  const follow = makeSwitch("board.follow", (on) => bench.looking.setFollow(on));
  const answers = makeSwitch("board.answers", (on) => (on ? session.openAnswers() : session.closeAnswers()));
  const wall = make("button", { type: "button", class: "tools-wide quiet" }, say("board.show_answers"));
  const clear = make("button", { type: "button", class: "tools-wide quiet" }, say("board.clear_page"));
  wall.addEventListener("click", () => {
    close();
    void bench.openAnswers();
  });
  clear.addEventListener("click", () => {
    close();
    session.clearPage(session.page);
  });
  const note = (key: string): HTMLElement => make("p", { class: "tools-note" }, say(key));
  const element = make("div", { class: "class-menu" }, rights.element, follow.element, note("board.follow_note"), answers.element, note("board.answers_note"), wall, clear);

  function refresh(): void {
    rights.refresh();
    follow.box.checked = session.state.follow;
    answers.box.checked = session.state.isolated;
    wall.hidden = !session.state.isolated && bench.answerers().length === 0;
    clear.disabled = session.itemsOn(session.page).length === 0;
  }
  return { element, refresh };
}

function makeSwitch(key: string, changed: (on: boolean) => void) {
  const box = make("input", { type: "checkbox", role: "switch" });
  box.addEventListener("change", () => changed(box.checked));
  return { box, element: make("label", { class: "tools-switch" }, box, say(key)) };
}

function makeRights(bench: Workbench) {
  const { session } = bench;
  const radios = RIGHTS.map((right) => {
    const radio = make("input", { type: "radio", name: "board-rights", value: right });
    radio.addEventListener("change", () => session.changeRights(right, session.state.named));
    return radio;
  });
  const labels = radios.map((radio) => make("label", { class: "tools-switch" }, radio, say(`board.draw.${radio.value}`)));
  const names = make("div", { class: "class-names" });
  const element = make("fieldset", {}, make("legend", {}, say("board.who_draws")), ...labels, names);

  function name(person: string, isNamed: boolean): void {
    const others = session.state.named.filter((one) => one !== person);
    session.changeRights("named", isNamed ? [...others, person] : others);
  }

  function makeName({ person, name: text }: { person: string; name: string }): HTMLElement {
    const box = make("input", { type: "checkbox", value: person });
    box.addEventListener("change", () => name(person, box.checked));
    return make("label", { class: "tools-switch" }, box, make("bdi", {}, text));
  }

  function refresh(): void {
    for (const radio of radios) radio.checked = radio.value === session.state.draw;
    names.hidden = session.state.draw !== "named";
    const students = bench.people.students();
    const shown = [...names.querySelectorAll("input")].map((box) => box.value);
    if (shown.join() !== students.map((one) => one.person).join()) names.replaceChildren(...students.map(makeName));
    for (const box of names.querySelectorAll("input")) box.checked = session.state.named.includes(box.value);
  }
  return { element, refresh };
}
