import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { FileDoor } from "./files.ts";
import type { OtherKeys } from "./help.ts";
import { listenToKeys } from "./keys.ts";
import type { Person } from "./people.ts";
import type { BoardSession } from "./session.ts";
import { Thumb } from "./thumb.ts";
import { makeToolbar } from "./tools.ts";
import { Workbench } from "./workbench.ts";

const PREVIEW_WIDTH = 308;

export interface Whiteboard {
  element: HTMLElement;
  /** Those who are in the room: for names, rights and answers. */
  showPeople(people: readonly Person[]): void;
  /** For the help, which tells all keys in one place. */
  tellKeys(others: OtherKeys): void;
  /** The class's page as pupils see it, small. */
  makePreview(): Thumb;
}

/** Session, sheet and tools, put together. */
export function makeWhiteboard(session: BoardSession, door: FileDoor | null, tell: (sentence: string) => void): Whiteboard {
  const element = make("section", { class: "board", "aria-label": say("board.name") });
  const bench = new Workbench(session, element, door, tell);
  const toolbar = makeToolbar(bench);
  const layer = makeLayerNote(bench);
  element.append(make("div", { class: "board-desk" }, bench.sheet, layer.element), toolbar.element, bench.outline.element);

  session.on("opened", () => {
    bench.canvas.forgetAll();
    note();
  });
  session.on("changed", (change) => bench.show(change, session.lastSeq));
  session.on("named", () => {
    bench.people.learn(session.people);
    bench.outline.refresh();
  });
  session.on("moved", () => bench.canvas.refresh());
  session.on("noted", note);

  function note(): void {
    if (bench.looking.noticePage()) bench.selection.clear();
    toolbar.refresh();
    layer.refresh();
    describeSheet(bench);
    bench.outline.refresh();
    bench.refresh();
  }

  listenToKeys(bench, () => element.offsetParent !== null);
  note();
  return {
    element,
    showPeople: (people) => {
      bench.people.show(people);
      toolbar.refresh();
      bench.outline.refresh();
    },
    tellKeys: (others) => (bench.otherKeys = others),
    makePreview: () => makePreview(bench),
  };
}

/** Without anybody's private layer, and without what only staff see. */
function makePreview({ session, pictures }: Workbench): Thumb {
  const page = (): string => session.state.current_page;
  const source = {
    background: () => session.state.pages.find((one) => one.id === page())?.background ?? null,
    find: () => session.everythingOn(page()).filter((item) => item.layer === ""),
  };
  const thumb = new Thumb(source, pictures, PREVIEW_WIDTH);
  for (const name of ["changed", "opened", "noted"] as const) session.on(name, () => thumb.refresh());
  return thumb;
}

function describeSheet({ sheet, session }: Workbench): void {
  const { pages } = session.state;
  const page = pages.findIndex((candidate) => candidate.id === session.page) + 1;
  setAttribute(sheet, "aria-label", say("board.picture", { page, pages: pages.length }));
  setAttribute(sheet, "role", session.mayDraw ? "application" : "img");
  setAttribute(sheet, "data-draw", session.mayDraw);
}

/** Whose answer a teacher is looking at, and the way back. */
function makeLayerNote(bench: Workbench) {
  const { session } = bench;
  const name = make("span", {});
  const back = make("button", { type: "button", class: "quiet" }, say("board.back_to_class"));
  const reveal = make("button", { type: "button" }, say("board.reveal"));
  back.addEventListener("click", () => session.lookAtLayer(null));
  reveal.addEventListener("click", () => {
    session.revealAnswers([session.shownLayer]);
    session.lookAtLayer(null);
  });
  const element = make("div", { class: "board-layer-note", role: "status", hidden: true }, name, reveal, back);

  function refresh(): void {
    const person = session.you.may_manage ? session.shownLayer : "";
    element.hidden = person === "";
    if (person !== "") name.textContent = say("board.answer_of", { name: bench.people.nameOf(person) });
  }
  return { element, refresh };
}
