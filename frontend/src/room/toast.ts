import { make } from "../common/dom.ts";

const SHOWN_SECONDS = 7;
/** Below the bars at the top: what is pressed there stays free. Elsewhere a page has none. */
const PLACES = ".room-middle, .companion-main";
const GAP = 8;
const shelf = make("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** A sentence that comes and goes. The same sentence is not stacked. */
export function showToast(sentence: string): void {
  // A page that is being built says something before it is on the screen.
  queueMicrotask(settle);
  if ([...shelf.children].some((child) => child.textContent === sentence)) return;
  const toast = make("p", { class: "toast" }, sentence);
  shelf.append(toast);
  setTimeout(() => toast.remove(), SHOWN_SECONDS * 1000);
  watch.observe(shelf);
}

function settle(): void {
  const place = document.querySelector<HTMLElement>(PLACES) ?? document.body;
  if (shelf.parentElement !== place) place.append(shelf);
}

/** A panel that fills a telephone begins below them; see `--toasts` in base.css. */
const watch = new ResizeObserver(() => {
  const { offsetHeight } = shelf;
  document.documentElement.style.setProperty("--toasts", offsetHeight === 0 ? "0px" : `${offsetHeight + 2 * GAP}px`);
});
