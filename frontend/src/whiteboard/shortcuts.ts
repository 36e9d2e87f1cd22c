import type { BoardSession } from "./session.ts";
import type { Toolbar } from "./tools.ts";

/** The board's keys, wherever the focus is, except while somebody writes or a dialog is open. */
export function listenToKeys(session: BoardSession, toolbar: Toolbar, isShown: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (!isShown() || isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
    const act = findAction(event, session, toolbar);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function findAction(event: KeyboardEvent, session: BoardSession, toolbar: Toolbar): (() => void) | undefined {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (!session.mayDraw || event.altKey) return undefined;
    if (key === "y" || (key === "z" && event.shiftKey)) return () => session.redo();
    return key === "z" ? () => session.undo() : undefined;
  }
  if (event.altKey) return undefined;
  if (key === "pageup" && session.you.may_manage) return () => toolbar.turn(-1);
  if (key === "pagedown" && session.you.may_manage) return () => toolbar.turn(1);
  if (key === "p" && session.mayDraw) return () => toolbar.choose("pen");
  return key === "e" && session.mayDraw ? () => toolbar.choose("eraser") : undefined;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}
