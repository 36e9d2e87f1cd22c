import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeButton, makeMenu } from "./buttons.ts";
import type { makeClassPanel } from "./class_panel.ts";
import type { Workbench } from "./workbench.ts";

/** What staff set for the class. Its code comes when it is opened: pupils, on telephones, never pay for it. */
export function makeClassMenu(bench: Workbench) {
  const { session } = bench;
  const place = make("div", {});
  const menu = makeMenu(makeButton("people", say("board.class"), "tool"), place, () => void open());
  let panel: ReturnType<typeof makeClassPanel> | null = null;

  async function open(): Promise<void> {
    const { makeClassPanel } = await import("./class_panel.ts");
    panel ??= makeClassPanel(bench, menu.close);
    if (place.firstChild === null) place.append(panel.element);
    refresh();
    menu.keepInside();
  }

  function refresh(): void {
    menu.element.hidden = !session.mayLead;
    setAttribute(menu.button, "data-on", session.state.follow || session.state.isolated);
    // The panel looks at everything on the page: only while somebody sees it.
    if (!menu.element.hidden && !place.hidden) panel?.refresh();
  }
  return { element: menu.element, refresh };
}
