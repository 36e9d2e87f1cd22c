import { make, setAttribute } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import type { Panel, Panels } from "../room/side_panel.ts";

interface Tab {
  panel: Panel;
  button: HTMLButtonElement;
  place: HTMLElement;
  dot: HTMLElement;
}

/** One thing at a time, as large as the telephone; the bar of buttons lies under the thumb. */
export class Tabs implements Panels {
  readonly element = make("main", { class: "companion-main" });
  readonly bar = make("div", { class: "companion-tabs", role: "tablist" });
  private readonly tabs = new Map<string, Tab>();
  private current = "";

  constructor() {
    this.bar.addEventListener("keydown", (event) => this.walk(event));
  }

  add(panel: Panel): void {
    const id = `tab-${panel.name}`;
    const dot = make("span", { class: "side-dot", hidden: true });
    const button = make("button", { type: "button", id, role: "tab", class: "quiet companion-tab", "data-panel": panel.name, "aria-controls": `${id}-place` });
    button.append(drawIcon(panel.icon), make("span", {}, panel.title), dot);
    button.addEventListener("click", () => this.open(panel.name));
    const place = make("section", { id: `${id}-place`, role: "tabpanel", class: "companion-place", "data-place": panel.name, "aria-labelledby": id }, panel.element);
    this.tabs.set(panel.name, { panel, button, place, dot });
    this.bar.append(button);
    this.element.append(place);
    this.open(this.current || panel.name);
  }

  open(name: string, focus = false): void {
    const wanted = this.tabs.get(name);
    if (wanted === undefined) return;
    this.current = name;
    for (const { button, place } of this.tabs.values()) {
      const isOpen = button === wanted.button;
      place.hidden = !isOpen;
      setAttribute(button, "aria-selected", String(isOpen));
      setAttribute(button, "tabindex", isOpen ? 0 : -1);
    }
    this.note(name, false);
    wanted.panel.opened?.();
    if (focus) wanted.button.focus();
  }

  note(name: string, isNew: boolean): void {
    const tab = this.tabs.get(name);
    if (tab !== undefined) tab.dot.hidden = !isNew || this.current === name;
  }

  /** The arrows follow the script: in Arabic the next tab is on the left. */
  private walk(event: KeyboardEvent): void {
    const names = [...this.tabs.keys()];
    const here = names.indexOf(this.current);
    const ahead = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const places: Record<string, number> = { ArrowLeft: here - 1, ArrowRight: here - 1, Home: 0, End: names.length - 1 };
    places[ahead] = here + 1;
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    this.open(names[(place + names.length) % names.length] ?? this.current, true);
  }
}
