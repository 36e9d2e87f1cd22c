import type { TalkSession } from "./session.ts";

const PAUSE_MS = 500;

/** What is being written: kept while it is, and there again when somebody comes back to it. */
export interface Draft {
  load(): Promise<string>;
  /** Nothing but blanks is none. */
  keep(text: string): void;
}

/** Returns what stops it. */
export function keepDraft(field: HTMLTextAreaElement, session: TalkSession): () => void {
  const { draft } = session;
  if (draft === null) return () => undefined;
  let kept = "";
  let timer = 0;
  let isOver = false;
  const keep = (): void => {
    clearTimeout(timer);
    timer = 0;
    const text = field.value.trim();
    if (text !== kept) draft.keep(text);
    kept = text;
  };
  const keepSoon = (): void => {
    if (timer === 0) timer = setTimeout(keep, PAUSE_MS) as unknown as number;
  };
  // What was sent is no draft any more.
  const stop = session.on("changed", () => void (field.value === "" && keep()));
  field.addEventListener("input", keepSoon);
  addEventListener("pagehide", keep);
  void draft.load().then((text) => {
    if (isOver || text === "") return;
    field.value = field.value === "" ? text : `${text}\n${field.value}`;
    keep();
  });
  return () => {
    isOver = true;
    keep();
    stop();
    field.removeEventListener("input", keepSoon);
    removeEventListener("pagehide", keep);
  };
}
