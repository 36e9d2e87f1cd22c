import { make } from "../common/dom.ts";

const SHOWN_SECONDS = 7;
const shelf = make("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** A sentence that comes and goes. The same sentence is not stacked. */
export function showToast(sentence: string): void {
  if (!shelf.isConnected) document.body.append(shelf);
  if ([...shelf.children].some((child) => child.textContent === sentence)) return;
  const toast = make("p", { class: "toast" }, sentence);
  shelf.append(toast);
  setTimeout(() => toast.remove(), SHOWN_SECONDS * 1000);
}
