import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeButton } from "./buttons.ts";
import type { PagePanel } from "./page_panel.ts";
import type { Workbench } from "./workbench.ts";

/** Turning pages, the way to all of them, and back to the whole page. */
export function makePageBar(bench: Workbench) {
  const { session } = bench;
  const previous = makeButton("previous", say("board.previous_page"), "tool flips");
  const next = makeButton("next", say("board.next_page"), "tool flips");
  const add = makeButton("add", say("board.add_page"), "tool");
  const label = make("button", { type: "button", class: "tools-page", title: say("board.all_pages"), "aria-expanded": "false" });
  const place = make("span", { class: "visually-hidden", "aria-live": "polite" });
  const back = make("button", { type: "button", class: "tools-back" }, say("board.back_to_class"));
  const zoom = make("button", { type: "button", class: "tools-zoom", title: say("board.zoom_reset") });
  let panel: PagePanel | null = null;
  previous.addEventListener("click", () => bench.looking.turn(-1));
  next.addEventListener("click", () => bench.looking.turn(1));
  add.addEventListener("click", () => bench.looking.addPage());
  back.addEventListener("click", () => session.lookAtPage(session.state.current_page));
  zoom.addEventListener("click", () => bench.looking.reset());
  label.addEventListener("click", () => void togglePanel());
  const element = make("div", { class: "tools-group tools-pages" }, previous, label, next, add, back, zoom, place);

  /** Most lessons never open it, so its code comes when somebody does. */
  async function togglePanel(): Promise<void> {
    const { makePagePanel } = await import("./seldom.ts");
    panel ??= makePagePanel(bench, () => setAttribute(label, "aria-expanded", "false"));
    setAttribute(label, "aria-expanded", String(panel.toggle()));
  }

  function refresh(): void {
    const { pages } = session.state;
    const index = pages.findIndex((page) => page.id === session.page);
    const isEmpty = pages.length === 0;
    setText(label, isEmpty ? "" : say("board.page_short", { page: index + 1, pages: pages.length }));
    setText(place, isEmpty ? "" : say("board.page_of", { page: index + 1, pages: pages.length }));
    setAttribute(label, "aria-label", isEmpty ? "" : `${say("board.page_of", { page: index + 1, pages: pages.length })}. ${say("board.all_pages")}`);
    previous.hidden = next.hidden = pages.length < 2 || !bench.looking.mayLook;
    add.hidden = !session.mayLead;
    back.hidden = !session.hasWandered || session.isOver;
    previous.disabled = index <= 0;
    next.disabled = index >= pages.length - 1;
    refreshZoom();
    panel?.refresh();
  }

  function refreshZoom(): void {
    const percent = Math.round(bench.canvas.lens.zoom * 100);
    zoom.hidden = percent === 100 || !bench.looking.mayLook;
    setText(zoom, say("board.zoom", { percent }));
    setAttribute(zoom, "aria-label", `${say("board.zoom", { percent })}: ${say("board.zoom_reset")}`);
  }
  bench.looking.zoomed = refreshZoom;
  return { element, refresh };
}
