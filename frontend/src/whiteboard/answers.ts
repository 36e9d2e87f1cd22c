import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeButton } from "./buttons.ts";
import { Thumb } from "./thumb.ts";
import type { Workbench } from "./workbench.ts";

export interface AnswerWall {
  show(): void;
  refresh(): void;
}

interface Card {
  element: HTMLElement;
  thumb: Thumb;
  name: HTMLElement;
  page: string;
}

/** Every student's own answer beside the others': look at one, show one or all to everybody. Only staff have it. */
export function makeAnswerWall(bench: Workbench): AnswerWall {
  const { session } = bench;
  const cards = new Map<string, Card>();
  const grid = make("div", { class: "answer-grid" });
  const empty = make("p", { class: "tools-note" }, say("board.no_answers"));
  const all = make("button", { type: "button" }, say("board.reveal_all"));
  const close = makeButton("close", say("board.close"), "tool page-close");
  const head = make("div", { class: "page-actions" }, make("h2", {}, say("board.answers_title")), all, close);
  const element = make("section", { class: "answer-wall", "aria-label": say("board.answers_title"), hidden: true }, head, empty, grid);
  bench.element.append(element);
  all.addEventListener("click", () => session.revealAnswers("all"));
  close.addEventListener("click", hide);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  session.on("changed", ({ added, removed }) => {
    for (const item of [...added, ...removed]) if (item.page === session.page) cards.get(item.layer)?.thumb.refresh();
    refresh();
  });

  function hide(): void {
    element.hidden = true;
    bench.sheet.focus({ preventScroll: true });
  }

  function cardOf(person: string): Card {
    const known = cards.get(person);
    if (known !== undefined && known.page === session.page) return known;
    const card = makeCard(bench, person, hide);
    cards.set(person, card);
    return card;
  }

  function refresh(): void {
    if (element.hidden) return;
    const people = bench.answerers();
    const shown = people.map(cardOf);
    for (const [index, card] of shown.entries()) setText(card.name, bench.people.nameOf(people[index] ?? ""));
    const elements = shown.map((card) => card.element);
    if (elements.length !== grid.children.length || elements.some((one, index) => grid.children[index] !== one)) grid.replaceChildren(...elements);
    empty.hidden = people.length > 0;
    all.disabled = people.length === 0;
  }

  function show(): void {
    element.hidden = false;
    refresh();
    (all.disabled ? close : all).focus();
  }
  return { show, refresh };
}

function makeCard(bench: Workbench, person: string, hide: () => void): Card {
  const { session } = bench;
  const page = session.page;
  const source = {
    background: () => session.state.pages.find((one) => one.id === page)?.background ?? null,
    find: () => session.everythingOn(page).filter((item) => item.layer === "" || item.layer === person),
  };
  const thumb = new Thumb(source, bench.pictures);
  const name = make("bdi", {});
  const look = make("button", { type: "button", class: "page-card" }, thumb.element, name);
  const reveal = make("button", { type: "button", class: "quiet" }, say("board.reveal"));
  look.addEventListener("click", () => {
    session.lookAtLayer(person);
    hide();
  });
  reveal.addEventListener("click", () => session.revealAnswers([person]));
  return { element: make("div", { class: "answer-card" }, look, reveal), thumb, name, page };
}

