import { make, setAttribute } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";

export function makeButton(icon: IconName, name: string, kind: string): HTMLButtonElement {
  const button = make("button", { type: "button", class: kind, title: name, "aria-label": name });
  button.append(drawIcon(icon));
  return button;
}

export interface Menu {
  element: HTMLElement;
  button: HTMLButtonElement;
  close(): void;
  /** For what came into the panel after it opened. */
  keepInside(): void;
}

let opened: Menu | null = null;

/** A button with a small panel above it. Escape and a press elsewhere close it. */
export function makeMenu(button: HTMLButtonElement, panel: HTMLElement, opening: () => void = () => undefined): Menu {
  panel.hidden = true;
  panel.classList.add("tools-panel");
  setAttribute(button, "aria-expanded", "false");
  const element = make("div", { class: "tools-menu" }, button, panel);
  const menu = { element, button, close: () => show(false), keepInside: () => keepInside(panel) };

  function show(isOpen: boolean): void {
    if (isOpen) opened?.close();
    opened = isOpen ? menu : opened === menu ? null : opened;
    panel.hidden = !isOpen;
    if (isOpen) opening();
    setAttribute(button, "aria-expanded", String(isOpen));
    if (isOpen) keepInside(panel);
  }

  button.addEventListener("click", () => show(panel.hidden === true));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    show(false);
    button.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!panel.hidden && event.target instanceof Node && !element.contains(event.target)) show(false);
  });
  // A telephone was turned.
  addEventListener("resize", () => panel.hidden || keepInside(panel));
  return menu;
}

/** A panel at the edge of a small screen moves until all of it is seen. */
function keepInside(panel: HTMLElement): void {
  panel.style.transform = "";
  const { left, right } = panel.getBoundingClientRect();
  const over = right > innerWidth - 8 ? innerWidth - 8 - right : left < 8 ? 8 - left : 0;
  panel.style.transform = over === 0 ? "" : `translateX(${over}px)`;
}
