import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say, sayRefusal } from "../common/texts.ts";
import { storage } from "../wire/storage.ts";
import { openConcern } from "./concern.ts";
import { keepDraft } from "./draft.ts";
import type { TalkSession } from "./session.ts";
import { isStaff, mayWrite, splitLinks, wantsLinks, type ChatMessage, type ChatMode } from "./talk.ts";

const LONGEST = 1000;
const NEAR_END_PX = 48;
const MODES: readonly ChatMode[] = ["open", "questions", "closed"];

/** The messages of a room with a place to write; for staff also who may write. Any page may hold it. */
export class ChatView {
  readonly element = make("div", { class: "chat" });
  private readonly mode = make("p", { class: "chat-mode quiet-text" });
  private readonly choice = make("select", { "aria-label": say("chat.mode") });
  private readonly earlier = make("button", { type: "button", class: "quiet chat-earlier" }, say("chat.earlier"));
  private readonly list = make("ol", { class: "chat-list", tabindex: 0, "aria-label": say("chat.title") });
  private readonly empty = make("p", { class: "quiet-text chat-empty" }, say("chat.empty"));
  /** New messages alone: a list that is drawn anew would be read out from its beginning. */
  private readonly spoken = make("p", { class: "unseen", "aria-live": "polite" });
  private readonly status = make("p", { class: "chat-status", role: "status" });
  private readonly field = make("textarea", { rows: 2, maxlength: LONGEST, dir: "auto", "aria-label": say("chat.write"), placeholder: say("chat.write"), enterkeyhint: "send" });
  private readonly send = make("button", { type: "submit", class: "chat-send", "aria-label": say("chat.send"), title: say("chat.send") }, drawIcon("send"));
  private readonly form = make("form", { class: "chat-form" }, this.field, this.send);
  private readonly report = make("button", { type: "button", class: "quiet chat-report" }, say("concern.title"));
  private readonly lines = new Map<string, HTMLLIElement>();
  private isAtEnd = true;
  /** Why what stands in the field was not taken, until it is sent again or gone. */
  private refusal: string | null = null;
  /** With what the field begins since then. */
  private returned = "";

  constructor(
    private readonly session: TalkSession,
    private readonly toast: (sentence: string) => void,
  ) {
    for (const mode of MODES) this.choice.append(make("option", { value: mode }, say(`chat.mode.${mode}`)));
    this.element.append(this.mode, this.choice, this.earlier, this.empty, this.list, this.spoken, this.status, this.form, this.report);
    this.listen();
  }

  start(): () => void {
    const { session } = this;
    const stops = [
      session.on("changed", () => this.show()),
      session.on("said", (message) => this.speak(message)),
      session.on("unsent", () => this.takeBack()),
      session.on("status", () => this.showStatus()),
      storage.on("changed", () => this.showStatus()),
      keepDraft(this.field, session),
    ];
    // The list has no height while its panel is closed; when it opens, its end is what one wants to see.
    const watch = new ResizeObserver(() => this.follow());
    watch.observe(this.list);
    this.takeBack();
    this.show();
    return () => {
      watch.disconnect();
      for (const stop of stops) stop();
    };
  }

  private listen(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (event) => {
      // While letters are being composed, Enter chooses one of them.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => {
      if (this.field.value === "") this.forgetRefusal();
    });
    this.list.addEventListener("scroll", () => {
      this.isAtEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < NEAR_END_PX;
    });
    this.earlier.addEventListener("click", () => void this.session.askEarlier());
    this.report.addEventListener("click", () => openConcern(this.session, null, this.toast));
    this.choice.addEventListener("change", () => {
      const isSent = this.session.command("chat.set_mode", { mode: this.choice.value as ChatMode }) !== null;
      if (!isSent) this.toast(say("room.not_connected"));
      this.choice.value = this.session.mode;
    });
  }

  private submit(): void {
    const text = this.field.value.trim();
    if (text === "" || this.field.readOnly) return;
    this.field.value = "";
    this.isAtEnd = true;
    this.session.write(text);
    this.forgetRefusal();
  }

  /** Before what is being written meanwhile, in the order in which it was. */
  private takeBack(): void {
    const back = this.session.takeBack();
    if (back.length === 0) return;
    const { value } = this.field;
    const hasReturned = this.returned !== "" && value.startsWith(this.returned);
    const first = [...(hasReturned ? [this.returned] : []), ...back.map(({ text }) => text)].join("\n");
    const rest = hasReturned ? value.slice(this.returned.length) : value === "" ? "" : `\n${value}`;
    this.returned = first;
    this.field.value = first + rest;
    this.refusal = back.at(-1)?.code ?? null;
    this.showForm();
    this.showStatus();
  }

  private forgetRefusal(): void {
    this.refusal = null;
    this.returned = "";
    this.showStatus();
  }

  /** What was given back, or was being written when the chat was closed, can still be read and copied. */
  private showForm(): void {
    const may = mayWrite(this.session.you.standing, this.session.mode);
    if (may && this.field.readOnly && this.refusal === "chat_closed") this.forgetRefusal(); // it is open again
    this.form.hidden = !may && this.field.value === "";
    this.field.readOnly = !may;
    this.send.hidden = !may;
  }

  private show(): void {
    const { you, mode, hasEarlier, messages, waiting } = this.session;
    const staff = isStaff(you.standing);
    this.choice.hidden = !staff;
    this.choice.value = mode;
    this.mode.hidden = staff || mode === "open";
    setText(this.mode, say(`chat.mode.${mode}.means`));
    this.showForm();
    this.earlier.hidden = !hasEarlier;
    this.empty.hidden = messages.length + waiting.length > 0;
    const before = this.list.scrollHeight - this.list.scrollTop;
    this.place([...messages.map((message) => this.lineOf(message)), ...waiting.map(({ id, text }) => this.lineOfWaiting(id, text))]);
    if (this.isAtEnd) this.follow();
    // What came in front moves what is being read down: it stays where it was.
    else this.list.scrollTop = this.list.scrollHeight - before;
    this.showStatus();
  }

  private place(lines: HTMLLIElement[]): void {
    let next = this.list.firstElementChild;
    for (const line of lines) {
      if (line === next) next = next.nextElementSibling;
      else this.list.insertBefore(line, next);
    }
    while (next !== null) {
      const gone = next;
      next = next.nextElementSibling;
      gone.remove();
    }
  }

  private follow(): void {
    if (this.isAtEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  private lineOf(message: ChatMessage): HTMLLIElement {
    const wanted = `${message.deleted} ${this.session.you.standing}`;
    const known = this.lines.get(message.id);
    if (known?.dataset["state"] === wanted) return known;
    const line = known ?? make("li", { class: "chat-line" });
    this.lines.set(message.id, line);
    setAttribute(line, "data-state", wanted);
    setAttribute(line, "data-mine", message.author === this.session.you.person);
    const text = make("p", { class: message.deleted ? "quiet-text" : "chat-words", dir: message.deleted ? undefined : "auto" });
    if (message.deleted) setText(text, say("chat.deleted"));
    else text.append(...this.makeWords(message));
    line.replaceChildren(this.makeHead(message), text);
    return line;
  }

  private lineOfWaiting(id: string, text: string): HTMLLIElement {
    const known = this.lines.get(id);
    if (known !== undefined) return known;
    const line = make("li", { class: "chat-line", "data-mine": true, "data-state": "waiting" });
    line.append(make("p", { class: "chat-head" }, say("chat.waits")), make("p", { class: "chat-words", dir: "auto" }, text));
    this.lines.set(id, line);
    return line;
  }

  private makeWords(message: ChatMessage): Node[] {
    return splitLinks(message.text, wantsLinks(this.session.you.standing, message.standing)).map(({ text, href }) =>
      href === null ? document.createTextNode(text) : make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, text),
    );
  }

  private makeHead(message: ChatMessage): HTMLElement {
    const isMine = message.author === this.session.you.person;
    const name = make("bdi", { class: "chat-name" }, isMine ? say("chat.you") : message.name);
    const role = message.standing === "student" ? null : make("span", { class: "chat-role", "data-role": message.standing }, say(`role.${message.standing}`));
    const at = new Date(message.sent_at);
    const time = make("time", { datetime: at.toISOString(), title: at.toLocaleString(document.documentElement.lang) }, make("bdi", {}, showTime(at)));
    const only = message.to_staff ? make("span", { class: "chat-role" }, say("chat.to_staff")) : null;
    return make("div", { class: "chat-head" }, name, role, only, time, message.deleted ? null : this.makeMenu(message, isMine));
  }

  private makeMenu(message: ChatMessage, isMine: boolean): HTMLElement | null {
    const acts: HTMLElement[] = [];
    const menu = make("details", { class: "chat-menu" });
    const add = (label: string, act: () => void): void => {
      const button = make("button", { type: "button", class: "quiet" }, label);
      button.addEventListener("click", () => {
        menu.open = false;
        act();
      });
      acts.push(button);
    };
    if (isStaff(this.session.you.standing)) add(say("chat.delete"), () => this.remove(message));
    if (!isMine) add(say("concern.title"), () => openConcern(this.session, message, this.toast));
    if (acts.length === 0) return null;
    menu.append(make("summary", { "aria-label": say("chat.more", { name: message.name }) }, drawIcon("more")), make("div", { class: "chat-acts" }, ...acts));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
      event.stopPropagation();
    });
    return menu;
  }

  private remove(message: ChatMessage): void {
    if (this.session.command("chat.delete", { message: message.id }) === null) this.toast(say("room.not_connected"));
  }

  private speak({ name, text }: ChatMessage): void {
    setText(this.spoken, `${name}: ${text}`);
  }

  private showStatus(): void {
    setText(this.status, this.sayStatus());
  }

  private sayStatus(): string {
    if (this.refusal !== null) return say("chat.unsent", { reason: sayRefusal(this.refusal) });
    const { status, waiting } = this.session;
    return status !== "online" && waiting.length > 0 ? say(storage.isFailing ? "room.not_kept" : "chat.waits_here") : "";
  }
}

function showTime(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ day: "numeric", month: "short" } as const);
  return at.toLocaleString(document.documentElement.lang, { ...day, hour: "2-digit", minute: "2-digit" });
}
