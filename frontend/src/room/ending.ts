import { make } from "../common/dom.ts";
import { drawIcon, type IconName } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import { CloseCode } from "../wire/words.ts";
import type { RoomPage } from "./page.ts";

interface Exit {
  href: string;
  label: string;
}

/** A calm last page. */
export function showEnded(host: HTMLElement, page: RoomPage): void {
  const exits: Exit[] = [];
  if (page.summary_url !== null) exits.push({ href: page.summary_url, label: say("ended.summary") });
  if (page.replay_url !== null) exits.push({ href: page.replay_url, label: say("ended.replay") });
  exits.push({ href: page.leave_url, label: say("ended.back") });
  const sentence = page.replay_url === null ? say("ended.thanks") : say("ended.recording_follows");
  host.replaceChildren(makePanel("check", say("ended.title"), sentence, exits, []));
}

/** The socket was closed for good. `follow` opens what still works. */
export function showClosed(host: HTMLElement, page: RoomPage, code: number, follow: () => void): void {
  if (code === CloseCode.LESSON_OVER) return showEnded(host, page);
  const back = { href: page.leave_url, label: say("ended.back") };
  if (code === CloseCode.ROOM_FULL) {
    const sentence = say("full.sentence", { n: page.capacity ?? 6 });
    const again = makeButton(say("full.again"), () => location.reload());
    const board = makeButton(say("full.board_only"), follow);
    return host.replaceChildren(makePanel("people", say("full.title"), sentence, [back], [board, again]));
  }
  const reason = code === CloseCode.REPLACED ? "replaced" : "removed";
  host.replaceChildren(makePanel("alert", say(`${reason}.title`), say(`${reason}.sentence`), [back], []));
}

function makePanel(icon: IconName, title: string, sentence: string, exits: Exit[], buttons: HTMLElement[]): HTMLElement {
  const links = exits.map(({ href, label }, index) =>
    make("a", { href, role: "button", class: index === 0 && buttons.length === 0 ? undefined : "quiet" }, label),
  );
  const heading = make("h1", { tabindex: -1 }, title);
  queueMicrotask(() => heading.focus());
  return make(
    "main",
    { class: "panel" },
    make("div", { class: "panel-icon" }, drawIcon(icon)),
    heading,
    make("p", {}, sentence),
    make("div", { class: "panel-exits" }, ...buttons, ...links),
  );
}

function makeButton(label: string, act: () => void): HTMLButtonElement {
  const button = make("button", { type: "button" }, label);
  button.addEventListener("click", act);
  return button;
}
