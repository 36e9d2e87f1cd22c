import { Tabs } from "../companion/tabs.ts";
import { make, setText } from "../common/dom.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { addQuizPanel } from "../quizzes/later.ts";
import type { Sessions } from "../room/sessions.ts";
import { showToast } from "../room/toast.ts";
import { makeHandButton } from "../talk/hand_button.ts";
import { addTalkPanels } from "../talk/panels.ts";
import { findFileDoor } from "../whiteboard/files.ts";
import { makeWhiteboard } from "../whiteboard/whiteboard.ts";
import type { LivePage } from "./page.ts";

/** Beside the picture: chat, board and quiz, over the sockets that everybody in the room has; and the hand. */
export class Screen {
  readonly element: HTMLElement;
  readonly call = make("div", { class: "live-call", role: "alert", hidden: true });
  private readonly tabs = new Tabs();
  private readonly trouble = make("p", { class: "companion-trouble", role: "status", hidden: true });
  private readonly stops: (() => void)[] = [];
  private isStreamAway = false;

  constructor(
    private readonly page: LivePage,
    private readonly sessions: Sessions,
    stage: HTMLElement,
  ) {
    this.stops.push(addTalkPanels(sessions.talk, this.tabs, page.may_manage, showToast));
    this.addBoard();
    this.stops.push(addQuizPanel(sessions.quizzes, this.tabs, page.results_url));
    const beside = make("div", { class: "live-beside" }, this.tabs.element, this.tabs.bar);
    this.element = make("div", { class: "live" }, this.makeTop(), this.call, this.trouble, stage, beside);
    this.listen();
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  showAway(isAway: boolean): void {
    this.isStreamAway = isAway;
    this.showTrouble();
  }

  private addBoard(): void {
    const { board } = this.sessions;
    const { element } = makeWhiteboard(board, findFileDoor(this.page.board_socket, this.page.csrf), showToast);
    this.tabs.add({ name: "board", title: say("board.name"), icon: "pen", element });
  }

  private makeTop(): HTMLElement {
    const title = make("div", { class: "companion-title" }, make("h1", {}, make("bdi", {}, this.page.lesson.title)));
    const hand = makeHandButton(this.sessions.talk, showToast);
    this.stops.push(hand.stop);
    const leave = make("a", { class: "companion-leave", href: this.page.leave_url }, say("room.leave"));
    return make("header", { class: "companion-top" }, title, hand.element, leave);
  }

  private listen(): void {
    const { board, quizzes, talk } = this.sessions;
    const showTrouble = (): void => this.showTrouble();
    this.stops.push(
      board.on("status", showTrouble),
      quizzes.on("status", showTrouble),
      talk.on("status", showTrouble),
      board.on("refused", (code) => showToast(sayRefusal(code))),
      talk.on("called", ({ isMe }) => {
        if (isMe) this.offerRoom();
      }),
    );
  }

  /** The call opens the room for this person, however full it is. */
  private offerRoom(): void {
    const come = make("a", { role: "button", href: this.page.room_url }, say("live.come"));
    this.call.replaceChildren(make("p", {}, say("live.called")), come);
    this.call.hidden = false;
    come.focus();
  }

  /** One calm sentence: what is written meanwhile stays in this browser. */
  private showTrouble(): void {
    const { board, quizzes, talk } = this.sessions;
    const isAway = this.isStreamAway || [board, quizzes, talk].some(({ status }) => status === "reconnecting");
    this.trouble.hidden = !isAway;
    setText(this.trouble, isAway ? say("live.away") : "");
  }
}
