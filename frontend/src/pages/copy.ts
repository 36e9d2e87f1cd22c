import { copyFrom } from "../common/copy.ts";

/** `<button data-copy="id of an input" data-copied="Copied" hidden>`: shown only where something can be copied. */
export function offerCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const field = document.getElementById(button.dataset["copy"] ?? "");
    if (!(field instanceof HTMLInputElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copyFrom(field, button, button.dataset["copied"] ?? ""));
    field.addEventListener("focus", () => field.select());
  }
}
