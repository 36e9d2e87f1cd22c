import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";

/** Asks once; Escape and "Cancel" are the same answer. */
export function confirmByDialog(title: string, sentence: string, action: string): Promise<boolean> {
  const cancel = make("button", { value: "", class: "quiet", autofocus: true }, say("room.cancel"));
  const confirm = make("button", { value: "yes", class: "danger" }, action);
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", {}, title),
    make("p", {}, sentence),
    make("div", { class: "dialog-actions" }, cancel, confirm),
  );
  const dialog = make("dialog", { class: "dialog" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
