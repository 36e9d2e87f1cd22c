import { make, setAttribute } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { RoomPage } from "../room/page.ts";
import type { Person } from "../whiteboard/people.ts";
import type { Board } from "./board.ts";

const KEY = "darasa.companion_board";

/** Where the board will be. It is larger than all the rest, so it comes when it is asked for the first time; from then on,
 * and on later days, it is in this browser's cache and opens by itself, with what was drawn and not sent yet. */
export class BoardPlace {
  readonly element = make("div", { class: "companion-board" });
  private readonly button = make("button", { type: "button" }, drawIcon("pen"), say("companion.show_board"));
  private readonly status = make("p", { class: "quiet-text", role: "status" }, say("companion.board_once"));
  private people: readonly Person[] = [];
  private board: Board | null = null;
  private isComing = false;
  private isOver = false;

  /** `ready` is told when it is there. */
  constructor(
    private readonly page: RoomPage,
    private readonly tell: (sentence: string) => void,
    private readonly ready: (board: Board) => void,
  ) {
    this.button.addEventListener("click", () => void this.load());
    this.element.append(make("div", { class: "companion-board-offer" }, this.button, this.status));
  }

  /** Its tab is on the screen. */
  opened(): void {
    if (wasWanted()) void this.load();
  }

  showPeople(people: readonly Person[]): void {
    this.people = people;
    this.board?.whiteboard.showPeople(people);
  }

  stop(): void {
    this.isOver = true;
  }

  private async load(): Promise<void> {
    if (this.board !== null || this.isComing) return;
    this.isComing = true;
    setAttribute(this.button, "aria-busy", "true");
    try {
      const [{ makeBoard }] = await Promise.all([import("./board.ts"), bringStyle(this.page.board_style)]);
      if (!this.isOver) this.show(makeBoard(this.page, this.tell));
    } catch {
      // No network just now: the button is there for another try.
      this.isComing = false;
      setAttribute(this.button, "aria-busy", false);
      this.status.textContent = say("companion.board_away");
    }
  }

  private show(board: Board): void {
    keepWish();
    this.board = board;
    const { element } = board.whiteboard;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(element);
    board.whiteboard.showPeople(this.people);
    if (hadFocus) element.querySelector<HTMLElement>(".board-sheet")?.focus();
    this.ready(board);
  }
}

/** Resolves when it is there: a board without its sheet would be measured wrongly. */
function bringStyle(href: string | undefined): Promise<void> {
  if (href === undefined || document.querySelector(`link[href="${href}"]`) !== null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = make("link", { rel: "stylesheet", href });
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(`${href} did not come.`));
    };
    document.head.append(link);
  });
}

function wasWanted(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

/** A browser that keeps nothing asks again. */
function keepWish(): void {
  try {
    localStorage.setItem(KEY, "wanted");
  } catch {
    // Private windows and full disks.
  }
}
