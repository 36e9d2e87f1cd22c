/** The board of a lesson that is over: to read, and for staff to write on. */
import { make, pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { showToast } from "../room/toast.ts";
import { findFileDoor } from "../whiteboard/files.ts";
import { BoardSession } from "../whiteboard/session.ts";
import { makeWhiteboard } from "../whiteboard/whiteboard.ts";
import { openDrawer } from "../wire/drawer.ts";
import { locateSocket } from "../wire/socket.ts";

/** `page-data` of lesson_board.html. */
interface BoardPage {
  person: string;
  board_socket: string;
  /** When the lesson was over, in ms since 1970. */
  closed_ms: number;
  csrf: string;
}

const page = readJson<BoardPage>("page-data");
const host = pick("#reading", HTMLElement);
const leaf = pick("#leaf", HTMLElement);
const session = new BoardSession({
  address: (last) => locateSocket(page.board_socket, { live: "full", ink: "packed", ...(last === null ? {} : { since: String(last) }) }),
  drawer: openDrawer(`${page.person} ${page.board_socket}`),
  person: page.person,
  mayEverDraw: false,
  closedMs: page.closed_ms,
});
const note = make("p", { class: "quiet-text", role: "status" });
const box = make("input", { type: "checkbox", role: "switch" });
const choice = make("label", { class: "reading-choice" }, box, say("reading.show_added"));
box.checked = true;
box.addEventListener("change", () => session.showAdded(box.checked));

/** What the server drew stays until the board is there. */
const arrived = session.on("opened", () => {
  arrived();
  const board = makeWhiteboard(session, findFileDoor(page.board_socket, page.csrf), showToast);
  host.append(note, choice, board.element);
  host.hidden = false;
  leaf.hidden = true;
  refresh();
});
session.on("noted", refresh);
session.on("status", refresh);
session.on("refused", (code) => showToast(sayRefusal(code)));
addEventListener("online", () => session.hurry());
void session.open();

function refresh(): void {
  choice.hidden = !session.mayDraw && !session.hasAdded;
  note.textContent = sayNote();
}

function sayNote(): string {
  if (session.status === "closed") return say("reading.gone");
  if (session.status !== "online") return say("reading.away");
  return say(session.mayDraw ? "reading.you_may_add" : "reading.read_only");
}

Object.defineProperty(window, "darasa", {
  value: Object.freeze({
    state: () => ({ connected: session.status === "online", shown: session.itemsOn(session.page).length, pending: session.pendingCount, page: session.page }),
  }),
});
