import { copyFrom } from "../common/copy.ts";
import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { TalkSession } from "../talk/session.ts";
import { mayWrite } from "../talk/talk.ts";
import type { Row } from "../wire/drawer.ts";
import { gatherLost, type LeftBehind } from "./gather_lost.ts";

export { askAgain } from "./ask_again.ts"; // comes along

/** Their own words come back to them: to be copied, or said in the room where they are now. */
export function tellLeftBehind(rows: readonly Row[], talk: TalkSession | null): void {
  const left = gatherLost(rows);
  const close = make("button", { value: "", class: "quiet", autofocus: true }, say("left.close"));
  const texts = left.flatMap((one) => one.texts);
  const write = talk === null || texts.length === 0 ? null : makeWrite(texts, talk);
  const copy = texts.length === 0 ? null : makeCopy(texts);
  const form = make("form", { method: "dialog" }, make("h2", {}, say("left.title")), ...left.map(drawRoom), texts.length === 0 ? null : make("p", {}, say(write === null ? "left.copy_it" : "left.yours")), make("div", { class: "dialog-actions" }, copy, write?.element ?? null, close));
  const dialog = make("dialog", { class: "dialog left-behind", "aria-label": say("left.title") }, form);
  dialog.addEventListener("close", () => {
    write?.stop();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

function drawRoom({ title, texts, answers, strokes }: LeftBehind): HTMLElement {
  const lines = texts.map((text) => make("li", {}, make("bdi", { class: "chat-words" }, text)));
  if (answers > 0) lines.push(make("li", {}, say("left.answers", { n: answers })));
  if (strokes > 0) lines.push(make("li", {}, say("left.drawn", { n: strokes })));
  return make("section", {}, make("p", {}, title === null ? say("left.over") : say("left.closed", { room: title })), make("ul", {}, ...lines));
}

/** From a field, as the old way of copying needs one. */
function makeCopy(texts: readonly string[]): HTMLElement {
  const field = make("textarea", { class: "visually-hidden", readonly: true, tabindex: -1, "aria-hidden": "true" });
  field.value = texts.join("\n");
  const button = make("button", { type: "button", class: "quiet" }, say("left.copy"));
  button.addEventListener("click", () => void copyFrom(field, button, say("left.copied")));
  return make("span", {}, field, button);
}

/** There as long as they may write here, which the chat's own snapshot says: it may come later than this. */
function makeWrite(texts: readonly string[], talk: TalkSession): { element: HTMLElement; stop(): void } {
  const element = make("button", {}, say("left.write"));
  const show = (): void => {
    element.hidden = !mayWrite(talk.you.standing, talk.mode);
  };
  element.addEventListener("click", () => {
    for (const text of texts) talk.write(text);
  });
  show();
  return { element, stop: talk.on("changed", show) };
}
