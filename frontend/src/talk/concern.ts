import { make, setText } from "../common/dom.ts";
import { makeId } from "../common/identity.ts";
import { say, sayRefusal } from "../common/texts.ts";
import type { TalkCommands } from "../wire/words.ts";
import type { TalkSession } from "./session.ts";
import type { ChatMessage } from "./talk.ts";

const LONGEST = 1000;

/** Says what worries somebody to the school's contact, about a message or without one; nobody in the room hears of it. */
export function openConcern(session: TalkSession, about: ChatMessage | null, told: (sentence: string) => void): void {
  const text = make("textarea", { rows: 4, maxlength: LONGEST, dir: "auto", required: about === null, autofocus: true });
  const status = make("p", { class: "form-errors", role: "alert", hidden: true });
  const cancel = make("button", { type: "button", class: "quiet" }, say("room.cancel"));
  const send = make("button", { type: "submit", class: "danger" }, say("concern.send"));
  const quoted = about === null ? null : make("blockquote", { class: "chat-words" }, make("bdi", {}, `${about.name}: ${about.text}`));
  const label = make("label", {}, say("concern.text"), text);
  const form = make("form", {}, make("h2", {}, say("concern.title")), make("p", {}, say("concern.sentence")), quoted, label, status, make("div", { class: "dialog-actions" }, cancel, send));
  const dialog = make("dialog", { class: "dialog", "aria-label": say("concern.title") }, form);
  const report = makeReport(session);
  let sent: string | null = null;
  const fail = (sentence: string): void => {
    status.hidden = false;
    send.disabled = false;
    setText(status, sentence);
  };
  const stops = [
    session.on("done", (ref) => {
      if (ref !== sent) return;
      dialog.close();
      told(say("concern.sent"));
    }),
    session.on("refused", ({ code, ref }) => {
      if (ref === sent) fail(sayRefusal(code));
    }),
    session.on("status", (now) => {
      if (now !== "online" && sent !== null) fail(say("room.not_connected"));
    }),
  ];
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    sent = report(about === null ? { text: said } : { text: said, message: about.id });
    if (sent === null) return fail(say("room.not_connected"));
    send.disabled = true;
  });
  dialog.addEventListener("close", () => {
    for (const stop of stops) stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** Sends it, and returns its ref: the same one for the same words, as nobody knows whether they had arrived before the connection
 * broke. Under it the server would not take other words. */
export function makeReport(session: TalkSession): (said: TalkCommands["concern.raise"]) => string | null {
  let words = "";
  let ref = "";
  return (said) => {
    const now = JSON.stringify(said);
    if (now !== words) [words, ref] = [now, makeId()];
    return session.command("concern.raise", said, ref);
  };
}
