import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Page } from "../wire/words.ts";
import { askForWords } from "./ask.ts";
import { makeButton } from "./buttons.ts";
import { makeTaking } from "./taking.ts";
import { Thumb } from "./thumb.ts";
import type { Workbench } from "./workbench.ts";

export interface PagePanel {
  /** True when it is open afterwards. */
  toggle(): boolean;
  refresh(): void;
}

interface Card {
  page: Page;
  element: HTMLLIElement;
  button: HTMLButtonElement;
  thumb: Thumb;
  title: HTMLElement;
}

/** All pages as small pictures: look at one; staff also move, copy, name and remove them. */
export function makePagePanel(bench: Workbench, closed: () => void): PagePanel {
  const { session } = bench;
  const cards = new Map<string, Card>();
  const list = make("ol", { class: "page-list" });
  const actions = makeActions(bench);
  const close = makeButton("close", say("board.close"), "tool page-close");
  const element = make(
    "section",
    { class: "page-panel", "aria-label": say("board.all_pages"), hidden: true },
    make("div", { class: "page-actions" }, actions.element, makeTaking(bench), close),
    list,
  );
  bench.element.append(element);
  close.addEventListener("click", hide);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  session.on("changed", ({ added, removed }) => {
    for (const page of new Set([...added, ...removed].map((item) => item.page))) cards.get(page)?.thumb.refresh();
  });
  session.on("opened", () => cards.forEach((card) => card.thumb.refresh()));

  function hide(): void {
    element.hidden = true;
    closed();
    bench.sheet.focus({ preventScroll: true });
  }

  function cardOf(page: Page): Card {
    const known = cards.get(page.id);
    const card = known ?? makeCard(bench, page);
    cards.set(page.id, { ...card, page });
    return card;
  }

  function refresh(): void {
    if (element.hidden) return;
    const { pages } = session.state;
    const shown = pages.map((page) => cardOf(page));
    const elements = shown.map((card) => card.element);
    if (elements.length !== list.children.length || elements.some((card, index) => list.children[index] !== card)) list.replaceChildren(...elements);
    for (const [index, card] of shown.entries()) {
      setText(card.title, `${index + 1}. ${pages[index]?.title ?? ""}`);
      setAttribute(card.button, "aria-current", pages[index]?.id === session.page ? "page" : undefined);
    }
    for (const id of cards.keys()) if (!pages.some((page) => page.id === id)) cards.delete(id);
    actions.refresh();
  }

  function toggle(): boolean {
    if (!element.hidden) {
      hide();
      return false;
    }
    element.hidden = false;
    refresh();
    list.querySelector<HTMLElement>("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    list.querySelector<HTMLElement>("[aria-current]")?.focus({ preventScroll: true });
    return true;
  }
  return { toggle, refresh };
}

function makeCard(bench: Workbench, page: Page): Card {
  const { session } = bench;
  const source = {
    background: () => session.state.pages.find((one) => one.id === page.id)?.background ?? null,
    find: () => session.itemsOn(page.id),
  };
  const thumb = new Thumb(source, bench.pictures);
  const title = make("bdi", { class: "page-title" });
  const button = make("button", { type: "button", class: "page-card" }, thumb.element, title);
  const element = make("li", { draggable: session.mayLead ? "true" : "false" }, button);
  button.addEventListener("click", () => bench.looking.goTo(page.id));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const forward = getComputedStyle(button).direction === "rtl" ? -step : step;
    if (event.altKey || event.ctrlKey) return bench.looking.shiftPage(page.id, forward);
    const card = forward > 0 ? element.nextElementSibling : element.previousElementSibling;
    card?.querySelector("button")?.focus();
  });
  letDrag(bench, page, element);
  return { page, element, button, thumb, title };
}

/** Dropped on another card, the page takes its place. */
function letDrag({ session }: Workbench, page: Page, element: HTMLElement): void {
  const kind = "application/x-board-page";
  element.addEventListener("dragstart", (event) => event.dataTransfer?.setData(kind, page.id));
  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes(kind) === true) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const dragged = event.dataTransfer?.getData(kind) ?? "";
    event.preventDefault();
    const position = session.state.pages.findIndex((one) => one.id === page.id);
    if (dragged !== "" && dragged !== page.id) session.movePage(dragged, position);
  });
}

function makeActions(bench: Workbench) {
  const { session } = bench;
  const button = (icon: Parameters<typeof makeButton>[0], key: string, act: () => void): HTMLButtonElement => {
    const made = makeButton(icon, say(key), "tool");
    made.addEventListener("click", act);
    return made;
  };
  const title = (): string => session.state.pages.find((page) => page.id === session.page)?.title ?? "";
  const rename = async (): Promise<void> => {
    const page = session.page;
    const words = await askForWords(say("board.rename_page"), title());
    if (words !== null && words !== title()) session.renamePage(page, words);
  };
  const earlier = button("previous", "board.move_earlier", () => bench.looking.shiftPage(session.page, -1));
  const later = button("next", "board.move_later", () => bench.looking.shiftPage(session.page, 1));
  earlier.classList.add("flips");
  later.classList.add("flips");
  const remove = button("trash", "board.remove_page", () => session.removePage(session.page));
  const element = make(
    "div",
    { class: "tools-group" },
    earlier,
    later,
    button("edit", "board.rename_page", () => void rename()),
    button("duplicate", "board.duplicate_page", () => session.duplicatePage(session.page, title())),
    remove,
  );

  function refresh(): void {
    const index = session.state.pages.findIndex((page) => page.id === session.page);
    element.hidden = !session.mayLead;
    earlier.disabled = index <= 0;
    later.disabled = index >= session.state.pages.length - 1;
    remove.disabled = session.state.pages.length < 2;
  }
  return { element, refresh };
}
