import { setText } from "./dom.ts";

const SAID_SECONDS = 4;

/** Copies the field's text and says so on the button; without the right to, the text is at least selected. */
export async function copyFrom(field: HTMLInputElement | HTMLTextAreaElement, button: HTMLElement, copied: string): Promise<void> {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // No clipboard on a page without https: the old way works on the selection.
    if (!document.execCommand("copy")) return;
  }
  const before = button.textContent ?? "";
  if (before === copied) return;
  setText(button, copied);
  setTimeout(() => setText(button, before), SAID_SECONDS * 1000);
}
