import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";

/** A few words; null when somebody thinks better of it. */
export function askForWords(question: string, before: string): Promise<string | null> {
  const field = make("input", { name: "words", required: true, maxlength: 120, dir: "auto", value: before, autofocus: true });
  // Not one that submits: Enter in the field presses the form's first one that does.
  const cancel = make("button", { type: "button", class: "quiet" }, say("room.cancel"));
  const form = make("form", { method: "dialog" }, make("label", {}, question, field), make("div", { class: "dialog-actions" }, cancel, make("button", { value: "yes" }, say("board.ok"))));
  const dialog = openDialog(form);
  cancel.addEventListener("click", () => dialog.close());
  field.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const words = field.value.trim();
      resolve(dialog.returnValue === "yes" && words !== "" ? words : null);
    });
  });
}

export function openDialog(content: HTMLElement, kind = "dialog"): HTMLDialogElement {
  const dialog = make("dialog", { class: kind }, content);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}
