import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";

export interface Panel {
  /** Stands in the markup, not on the screen. */
  name: string;
  title: string;
  icon: IconName;
  element: HTMLElement;
  /** Called whenever it is opened: what it needs may come with the first time. */
  opened?(): void;
}

/** Where panels are shown: beside the stage, or as the companion's tabs. */
export interface Panels {
  add(panel: Panel): void;
  /** `focus` only when somebody asked for it: a panel that opens by itself takes nobody's keyboard away. */
  open(name: string, focus?: boolean): void;
  /** Something new in a panel that is not open. */
  note(name: string, isNew: boolean): void;
}

/** What lies beside the stage: named panels of which one is open, each with a button in the top bar. */
export class SidePanel implements Panels {
  readonly element = make("aside", { class: "side", hidden: true });
  readonly buttons = make("div", { class: "side-buttons" });
  private readonly panels = new Map<string, { panel: Panel; button: HTMLButtonElement }>();
  private readonly title = make("h2", { id: "side-title", tabindex: -1 });
  /** Reached by the keyboard, as what it holds may be longer than the panel and have nothing to stop at. */
  private readonly body = make("div", { class: "side-body", tabindex: 0, role: "group", "aria-labelledby": "side-title" });
  private opened: string | null = null;

  constructor() {
    const close = make("button", { type: "button", class: "quiet side-close", "aria-label": say("side.close"), title: say("side.close") }, drawIcon("close"));
    close.addEventListener("click", () => this.close());
    setAttribute(this.element, "aria-labelledby", "side-title");
    this.element.append(make("div", { class: "side-head" }, this.title, close), this.body);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  add(panel: Panel): void {
    const button = make("button", { type: "button", class: "quiet side-button", "aria-expanded": "false" });
    button.append(drawIcon(panel.icon), make("span", { class: "side-name" }, panel.title), make("span", { class: "side-count" }), make("span", { class: "side-badge" }), make("span", { class: "side-dot", hidden: true }));
    button.addEventListener("click", () => (this.opened === panel.name ? this.close() : this.open(panel.name, true)));
    setAttribute(button, "data-panel", panel.name);
    this.panels.set(panel.name, { panel, button });
    this.buttons.append(button);
  }

  /** The panel at this place of the buttons, from 0; false when there is none. */
  toggle(place: number): boolean {
    const name = [...this.panels.keys()][place];
    if (name === undefined) return false;
    if (this.opened === name) this.close();
    else this.open(name, true);
    return true;
  }

  get current(): string | null {
    return this.opened;
  }

  open(name: string, focus = false): void {
    const wanted = this.panels.get(name);
    if (wanted === undefined) return;
    this.opened = name;
    this.note(name, false);
    setText(this.title, wanted.panel.title);
    // Put in its place again it would lose the keyboard.
    if (wanted.panel.element.parentElement !== this.body) this.body.replaceChildren(wanted.panel.element);
    this.element.hidden = false;
    wanted.panel.opened?.();
    this.showButtons();
    if (focus) this.title.focus();
  }

  close(): void {
    const button = this.opened === null ? undefined : this.panels.get(this.opened)?.button;
    const hadFocus = this.element.contains(document.activeElement);
    this.opened = null;
    this.element.hidden = true;
    this.showButtons();
    if (hadFocus) button?.focus();
  }

  note(name: string, isNew: boolean): void {
    const dot = this.panels.get(name)?.button.querySelector<HTMLElement>(".side-dot");
    if (dot != null) dot.hidden = !isNew || this.opened === name;
  }

  /** How many there are of what the panel shows. */
  count(name: string, n: number): void {
    const number = this.panels.get(name)?.button.querySelector(".side-count");
    if (number != null) setText(number, String(n));
  }

  /** How many wait there for somebody to decide, and what that is called. */
  badge(name: string, n: number, label: string): void {
    const badge = this.panels.get(name)?.button.querySelector<HTMLElement>(".side-badge");
    if (badge == null) return;
    badge.replaceChildren(...(n === 0 ? [] : [make("span", { "aria-hidden": "true" }, String(n)), make("span", { class: "visually-hidden" }, label)]));
  }

  private showButtons(): void {
    for (const [name, { button }] of this.panels) setAttribute(button, "aria-expanded", String(name === this.opened));
  }
}
