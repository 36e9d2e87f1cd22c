import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { BoardSession } from "./session.ts";

export type Tool = "pen" | "eraser";

export interface Kit {
  tool: Tool;
  colour: string;
  width: number;
}

/** Each is readable on white. */
const PALETTE = [
  ["black", "#1b1b1f"],
  ["blue", "#2a46b8"],
  ["red", "#c4161c"],
  ["green", "#00703a"],
  ["orange", "#b35300"],
  ["purple", "#7b2d8e"],
] as const;

const WIDTHS = [
  ["thin", 3],
  ["medium", 6],
  ["thick", 14],
] as const;

export interface Toolbar {
  element: HTMLElement;
  kit: Kit;
  choose(tool: Tool): void;
  turn(step: 1 | -1): void;
  refresh(): void;
}

/** The board's tools. What somebody may not do is not shown to them. */
export function makeToolbar(session: BoardSession): Toolbar {
  const kit: Kit = { tool: "pen", colour: PALETTE[0][1], width: WIDTHS[0][1] };
  const choices = [...makeTools(kit, refreshChoices), ...makeColours(kit, refreshChoices), ...makeWidths(kit, refreshChoices)];
  const drawing = make("div", { class: "tools-group tools-drawing" }, ...groupChoices(choices), makeHistory(session));
  const hint = make("p", { class: "tools-hint" }, say("board.teacher_has_the_pen"));
  const pages = makePages(session, turn);
  const rights = makeRights(session);
  const element = make(
    "div",
    { class: "tools", role: "toolbar", "aria-label": say("board.tools") },
    hint,
    drawing,
    pages.element,
    rights.element,
  );

  function refreshChoices(): void {
    for (const choice of choices) choice.refresh();
  }

  function turn(step: 1 | -1): void {
    const { pages: all, current_page } = session.state;
    const target = all[all.findIndex((page) => page.id === current_page) + step];
    if (session.you.may_manage && target !== undefined) session.turnPage(target.id);
  }

  function refresh(): void {
    drawing.hidden = !session.mayDraw;
    hint.hidden = session.mayDraw;
    pages.refresh();
    rights.refresh();
  }

  function choose(tool: Tool): void {
    kit.tool = tool;
    refreshChoices();
  }

  refreshChoices();
  refresh();
  return { element, kit, choose, turn, refresh };
}

interface Choice {
  group: "tool" | "colour" | "width";
  button: HTMLButtonElement;
  refresh(): void;
}

function makeTools(kit: Kit, changed: () => void): Choice[] {
  const tools: [Tool, IconName, string][] = [
    ["pen", "pen", say("board.pen")],
    ["eraser", "eraser", say("board.eraser")],
  ];
  return tools.map(([tool, icon, name]) =>
    makeChoice("tool", makeButton(icon, name, "tool"), () => kit.tool === tool, () => (kit.tool = tool), changed),
  );
}

function makeColours(kit: Kit, changed: () => void): Choice[] {
  return PALETTE.map(([name, colour]) => {
    const button = make("button", { type: "button", class: "tool tool-colour", title: say(`colour.${name}`) });
    button.setAttribute("aria-label", say(`colour.${name}`));
    button.append(make("span", { class: "swatch" }));
    button.style.setProperty("--swatch", colour);
    return makeChoice("colour", button, () => kit.colour === colour, () => Object.assign(kit, { colour, tool: "pen" }), changed);
  });
}

function makeWidths(kit: Kit, changed: () => void): Choice[] {
  return WIDTHS.map(([name, width]) => {
    const button = make("button", { type: "button", class: "tool tool-width", title: say(`width.${name}`) });
    button.setAttribute("aria-label", say(`width.${name}`));
    button.append(make("span", { class: "nib", "data-width": name }));
    return makeChoice("width", button, () => kit.width === width, () => Object.assign(kit, { width, tool: "pen" }), changed);
  });
}

function makeChoice(
  group: Choice["group"],
  button: HTMLButtonElement,
  isChosen: () => boolean,
  choose: () => void,
  changed: () => void,
): Choice {
  button.addEventListener("click", () => {
    choose();
    changed();
  });
  return { group, button, refresh: () => setAttribute(button, "aria-pressed", String(isChosen())) };
}

function groupChoices(choices: Choice[]): HTMLElement[] {
  return (["tool", "colour", "width"] as const).map((group) =>
    make(
      "div",
      { class: "tools-group", role: "group", "aria-label": say(`board.group.${group}`) },
      ...choices.filter((choice) => choice.group === group).map((choice) => choice.button),
    ),
  );
}

function makeHistory(session: BoardSession): HTMLElement {
  const undo = makeButton("undo", say("board.undo"), "tool");
  const redo = makeButton("redo", say("board.redo"), "tool");
  undo.addEventListener("click", () => session.undo());
  redo.addEventListener("click", () => session.redo());
  return make("div", { class: "tools-group" }, undo, redo);
}

function makePages(session: BoardSession, turn: (step: 1 | -1) => void) {
  const previous = makeButton("previous", say("board.previous_page"), "tool flips");
  const next = makeButton("next", say("board.next_page"), "tool flips");
  const add = makeButton("add", say("board.add_page"), "tool");
  const label = make("span", { class: "tools-page", "aria-live": "polite" });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  add.addEventListener("click", () => session.addPage(say("board.page_title", { n: session.state.pages.length + 1 })));
  const element = make("div", { class: "tools-group tools-pages" }, previous, label, next, add);

  function refresh(): void {
    const { pages, current_page } = session.state;
    const index = pages.findIndex((page) => page.id === current_page);
    setText(label, pages.length === 0 ? "" : say("board.page_of", { page: index + 1, pages: pages.length }));
    previous.hidden = next.hidden = add.hidden = !session.you.may_manage;
    previous.disabled = index <= 0;
    next.disabled = index >= pages.length - 1;
  }
  return { element, refresh };
}

function makeRights(session: BoardSession) {
  const box = make("input", { type: "checkbox", role: "switch" });
  box.addEventListener("change", () => session.changeRights(box.checked ? "all" : "nobody"));
  const element = make("label", { class: "tools-rights" }, box, say("board.students_may_draw"));

  function refresh(): void {
    element.hidden = !session.you.may_manage;
    box.checked = session.state.draw === "all";
  }
  return { element, refresh };
}

export function makeButton(icon: IconName, name: string, kind: string): HTMLButtonElement {
  const button = make("button", { type: "button", class: kind, title: name, "aria-label": name });
  button.append(drawIcon(icon));
  return button;
}
