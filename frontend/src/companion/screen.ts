import { make, setText } from "../common/dom.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { addQuizPanel } from "../quizzes/later.ts";
import { Attention } from "../room/attention.ts";
import { BreakoutBanner } from "../room/breakout_banner.ts";
import type { RoomPage } from "../room/page.ts";
import type { RoomSession } from "../room/session.ts";
import type { LightSessions } from "../room/light_sessions.ts";
import { sortPeople, type RoomState } from "../room/state.ts";
import { showToast } from "../room/toast.ts";
import { makeHandButton } from "../talk/hand_button.ts";
import { addTalkPanels } from "../talk/panels.ts";
import type { BoardSession } from "../whiteboard/session.ts";
import { storage } from "../wire/storage.ts";
import type { Board } from "./board.ts";
import { BoardPlace } from "./board_place.ts";
import { Tabs } from "./tabs.ts";

const BOARD = "board";
const LINK_MS = 10_000;

/** The board's is null until somebody looks at the board. */
export interface CompanionSessions extends LightSessions {
  board: BoardSession | null;
}

/** The lesson without its video, which is in the Jitsi app on the same telephone. */
export class Screen {
  readonly element: HTMLElement;
  private readonly tabs = new Tabs();
  private readonly board: BoardPlace;
  private readonly people = make("span", { class: "companion-people" });
  private readonly trouble = make("p", { class: "companion-trouble", role: "status", hidden: true });
  private readonly moved = make("p", { class: "companion-moved", role: "status", hidden: true });
  private readonly attention = new Attention();
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly page: RoomPage,
    private readonly sessions: CompanionSessions,
    private readonly main: RoomSession,
    private readonly at: string | null,
  ) {
    const banner = new BreakoutBanner(main, at, false, () => undefined);
    this.stops.push(banner.start());
    this.board = new BoardPlace(page, showToast, (board) => this.boardCame(board));
    this.tabs.add({ name: BOARD, title: say("board.name"), icon: "pen", element: this.board.element, opened: () => this.board.opened() });
    this.stops.push(() => this.board.stop());
    this.stops.push(addQuizPanel(sessions.quizzes, this.tabs, page.results_url));
    this.stops.push(addTalkPanels(sessions.talk, this.tabs, page.may_manage, showToast));
    this.element = make("div", { class: "companion" }, this.makeTop(), banner.element, make("div", { class: "companion-notes" }, this.makeRecorded(), this.moved, this.trouble), this.tabs.element, this.tabs.bar);
    this.listen();
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Here it happened by itself; the app stays where it was until it is opened again. */
  sayMoved(): void {
    const { app_url } = this.page;
    if (this.at === null) showToast(say("breakouts.over"));
    if (app_url === null) return;
    const open = make("a", { role: "button", href: app_url }, say("companion.open_app"));
    open.addEventListener("click", () => (this.moved.hidden = true));
    this.moved.replaceChildren(make("span", {}, say("companion.moved")), open);
    this.moved.hidden = false;
  }

  private makeTop(): HTMLElement {
    const { lesson, app_url, leave_url } = this.page;
    const title = make("div", { class: "companion-title" }, make("h1", {}, make("bdi", {}, lesson.title)), this.people);
    const app = app_url === null ? null : make("a", { role: "button", href: app_url, title: say("companion.in_app") }, say("companion.open_app"));
    const leave = make("a", { class: "companion-leave", href: leave_url }, say("room.leave"));
    return make("header", { class: "companion-top" }, title, app, this.makeHand(), leave);
  }

  /** The app beside it says nothing of it. A breakout room is not recorded. */
  private makeRecorded(): HTMLElement | null {
    const { recorded } = this.page;
    return recorded === undefined || this.at !== null ? null : make("p", { class: "companion-recorded" }, recorded.notice);
  }

  private makeHand(): HTMLElement {
    const hand = makeHandButton(this.sessions.talk, showToast);
    this.stops.push(hand.stop);
    return hand.element;
  }

  private listen(): void {
    const { room, quizzes, talk } = this.sessions;
    const showStatus = (): void => this.showStatus();
    this.stops.push(
      room.on("changed", (state) => this.show(state)),
      room.on("status", showStatus),
      quizzes.on("status", showStatus),
      talk.on("status", showStatus),
      storage.on("changed", showStatus),
      room.on("refused", (code) => showToast(sayRefusal(code))),
    );
    this.stops.push(this.attention.start(), this.tellLinks());
    if (room.state !== null) this.show(room.state);
    showStatus();
  }

  private boardCame({ session }: Board): void {
    this.sessions.board = session;
    this.stops.push(
      session.on("status", () => this.showStatus()),
      session.on("refused", (code) => showToast(sayRefusal(code))),
    );
    void session.open();
  }

  private tellLinks(): () => void {
    const { main: room } = this;
    const timer = setInterval(() => {
      const { isVisible, idleSeconds } = this.attention;
      const rtt = room.roundTripMs;
      room.tellLink({ loss_percent: null, rtt_ms: rtt === null ? null : Math.round(rtt), visible: isVisible, idle_seconds: idleSeconds });
    }, LINK_MS);
    return () => clearInterval(timer);
  }

  private show(state: RoomState): void {
    const people = sortPeople(state);
    setText(this.people, say("room.people_here", { n: people.length }));
    this.board.showPeople(people);
  }

  /** One calm sentence: what is done meanwhile stays on this telephone. */
  private showStatus(): void {
    const isAway = Object.values(this.sessions).some((session: { status: string } | null) => session?.status === "reconnecting");
    this.trouble.hidden = !isAway;
    setText(this.trouble, isAway ? say(storage.isFailing ? "room.not_kept" : "companion.kept_here") : "");
  }
}
