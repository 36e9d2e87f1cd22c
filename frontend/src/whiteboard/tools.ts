import { make, setAttribute, setText } from "../common/dom.ts";
import type { IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import { makeButton, makeMenu, type Menu } from "./buttons.ts";
import { makeClassMenu } from "./class_menu.ts";
import { HIGHLIGHTS, isShapeTool, PALETTE, WIDTHS, type Tool } from "./kit.ts";
import { makePageBar } from "./page_bar.ts";
import type { Workbench } from "./workbench.ts";

export interface Toolbar {
  element: HTMLElement;
  refresh(): void;
}

const ICONS: Readonly<Record<Tool, IconName>> = {
  select: "select",
  pen: "pen",
  highlighter: "highlighter",
  line: "line",
  arrow: "arrow",
  rectangle: "rectangle",
  ellipse: "ellipse",
  text: "text",
  eraser: "eraser",
  area_eraser: "area_eraser",
  laser: "laser",
};

interface Part {
  element: HTMLElement;
  refresh(): void;
}

/** The board's tools. What somebody may not do is not shown to them. */
export function makeToolbar(bench: Workbench): Toolbar {
  const { session, kit } = bench;
  const tools = makeTools(bench);
  const looks = makeLooks(bench);
  const history = makeHistory(bench);
  const more = makeButton("more", say("board.more_tools"), "tool tools-more");
  const drawing = make("div", { class: "tools-drawing" }, tools.element, looks.element, history, more);
  const hint = make("p", { class: "tools-hint" });
  const pages = makePageBar(bench);
  const rights = makeClassMenu(bench);
  const help = makeButton("help", say("board.help"), "tool tools-help");
  help.addEventListener("click", () => bench.openHelp());
  const last = make("div", { class: "tools-group tools-last" }, rights.element, help);
  const element = make("div", { class: "tools", role: "toolbar", "aria-label": say("board.tools") }, hint, drawing, pages.element, last);
  setAttribute(more, "aria-expanded", "false");
  more.addEventListener("click", () => {
    const isOpen = element.toggleAttribute("data-open");
    setAttribute(more, "aria-expanded", String(isOpen));
  });

  function refresh(): void {
    drawing.hidden = !session.mayDraw;
    hint.hidden = session.mayDraw && !session.state.isolated;
    hint.hidden ||= session.isOver;
    if (!session.you.may_manage) setText(hint, say(session.mayDraw ? "board.only_teacher_sees" : "board.teacher_has_the_pen"));
    else hint.hidden = true;
    for (const part of [tools, looks, pages, rights]) part.refresh();
  }
  kit.on("changed", refresh);
  bench.selection.on("changed", () => looks.refresh());
  refresh();
  return { element, refresh };
}

function makeTools(bench: Workbench): Part {
  const { kit } = bench;
  const single = (tool: Tool, kind = "tool"): Part => makeTool(bench, tool, kind);
  const shapes = makeFamily(["line", "arrow", "rectangle", "ellipse"], "board.shapes", "rectangle");
  const erasers = makeFamily(["eraser", "area_eraser"], "board.erasers", "eraser");
  const image = makeButton("image", say("board.tool.image"), "tool tools-extra");
  image.addEventListener("click", () => bench.bringing.pickImage());
  image.hidden = !bench.bringing.isPossible;
  const parts = [
    single("select", "tool tools-extra"),
    single("pen"),
    single("highlighter"),
    erasers,
    shapes,
    single("text"),
    { element: image, refresh: () => undefined },
    single("laser", "tool tools-extra"),
  ];
  const group = { class: "tools-group", role: "group", "aria-label": say("board.group.tool") };
  const element = make("div", group, ...parts.map((part) => part.element));
  return { element, refresh: () => parts.forEach((part) => part.refresh()) };

  function makeFamily(family: readonly Tool[], name: string, first: Tool): Part {
    let latest = first;
    const choices = family.map((tool) => makeTool(bench, tool, "tool tools-choice", () => menu.close()));
    const button = makeButton(ICONS[first], say(name), "tool tools-family");
    const menu = makeMenu(button, make("div", { class: "tools-row", role: "group", "aria-label": say(name) }, ...choices.map((one) => one.element)));
    button.addEventListener("click", () => kit.choose(latest));
    const refresh = (): void => {
      const isMine = family.includes(kit.tool);
      if (isMine && kit.tool !== latest) latest = kit.tool;
      const icon = makeButton(ICONS[latest], "", "").firstElementChild;
      if (icon !== null) button.replaceChildren(icon);
      setAttribute(button, "aria-pressed", String(isMine));
      for (const choice of choices) choice.refresh();
    };
    return { element: menu.element, refresh };
  }
}

function makeTool({ kit }: Workbench, tool: Tool, kind: string, chosen: () => void = () => undefined): Part {
  const button = makeButton(ICONS[tool], say(`board.tool.${tool}`), kind);
  button.addEventListener("click", () => {
    kit.choose(tool);
    chosen();
  });
  return { element: button, refresh: () => setAttribute(button, "aria-pressed", String(kit.tool === tool)) };
}

/** Colour, width and fill: of what comes next, and of what is selected. */
function makeLooks(bench: Workbench): Part {
  const swatch = make("span", { class: "swatch" });
  const colour = make("button", { type: "button", class: "tool tools-colours", title: say("board.group.colour"), "aria-label": say("board.group.colour") }, swatch);
  const nib = make("span", { class: "nib" });
  const width = make("button", { type: "button", class: "tool tools-widths", title: say("board.group.width"), "aria-label": say("board.group.width") }, nib);
  const colours = makeColours(bench, () => colourMenu.close());
  const widths = makeWidths(bench, () => widthMenu.close());
  const colourMenu: Menu = makeMenu(colour, colours.element);
  const widthMenu: Menu = makeMenu(width, widths.element);
  const element = make("div", { class: "tools-group" }, colourMenu.element, widthMenu.element);

  function refresh(): void {
    element.style.setProperty("--swatch", bench.kit.colour);
    setAttribute(nib, "data-width", WIDTHS.find(([, value]) => value === bench.kit.width)?.[0] ?? "medium");
    colours.refresh();
    widths.refresh();
  }
  return { element, refresh };
}

function makeColours(bench: Workbench, chosen: () => void): Part {
  const { kit } = bench;
  const makeSwatch = ([name, colour]: readonly [string, string]) => {
    const label = say(`colour.${name}`);
    const button = make("button", { type: "button", class: "tool tool-colour", title: label, "aria-label": label }, make("span", { class: "swatch" }));
    button.style.setProperty("--swatch", colour);
    button.addEventListener("click", () => {
      bench.edits.setColour(colour);
      chosen();
    });
    return { colour, button };
  };
  const inks = PALETTE.map(makeSwatch);
  const lights = HIGHLIGHTS.map(makeSwatch);
  const own = make("input", { type: "color", class: "tools-own-colour", "aria-label": say("board.own_colour"), title: say("board.own_colour") });
  own.addEventListener("input", () => kit.setColour(own.value));
  own.addEventListener("change", () => bench.edits.setColour(own.value));
  const fill = make("input", { type: "checkbox", role: "switch" });
  fill.addEventListener("change", () => bench.edits.setFilled(fill.checked));
  const row = make("div", { class: "tools-row", role: "group", "aria-label": say("board.group.colour") }, ...[...inks, ...lights].map((one) => one.button), own);
  const element = make("div", {}, row, make("label", { class: "tools-switch" }, fill, say("board.filled")));

  function refresh(): void {
    const isLight = kit.tool === "highlighter";
    for (const { button } of inks) button.hidden = isLight;
    for (const { button } of lights) button.hidden = !isLight;
    for (const { button, colour } of [...inks, ...lights]) setAttribute(button, "aria-pressed", String(colour === kit.colour));
    own.value = kit.colour;
    fill.checked = kit.isFilled;
    const isForFrames = isShapeTool(kit.tool) || kit.tool === "select";
    if (fill.parentElement !== null) fill.parentElement.hidden = !isForFrames;
  }
  return { element, refresh };
}

function makeWidths(bench: Workbench, chosen: () => void): Part {
  const choices = WIDTHS.map(([name, width]) => {
    const label = say(`width.${name}`);
    const button = make("button", { type: "button", class: "tool tool-width", title: label, "aria-label": label }, make("span", { class: "nib", "data-width": name }));
    button.addEventListener("click", () => {
      bench.edits.setWidth(width);
      chosen();
    });
    return { width, button };
  });
  const element = make("div", { class: "tools-row", role: "group", "aria-label": say("board.group.width") }, ...choices.map((one) => one.button));
  return { element, refresh: () => choices.forEach(({ width, button }) => setAttribute(button, "aria-pressed", String(width === bench.kit.width))) };
}

function makeHistory({ session }: Workbench): HTMLElement {
  const undo = makeButton("undo", say("board.undo"), "tool");
  const redo = makeButton("redo", say("board.redo"), "tool tools-extra");
  undo.addEventListener("click", () => session.undo());
  redo.addEventListener("click", () => session.redo());
  return make("div", { class: "tools-group" }, undo, redo);
}
