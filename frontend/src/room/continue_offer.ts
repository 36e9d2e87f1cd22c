import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BoardSession } from "../whiteboard/session.ts";

interface Offer {
  /** Asked with a POST; the pages come over the board's own socket. */
  url: string;
  csrf: string;
}

/** On a board where nothing was done yet: a button that brings the pages of the course's last one. */
export function offerToContinue(board: BoardSession, { url, csrf }: Offer, tell: (sentence: string) => void): HTMLElement {
  const button = make("button", { type: "button" }, say("board.continue"));
  const element = make("div", { class: "board-offer", hidden: true }, button);
  const stops = [board.on("opened", refresh), board.on("noted", refresh)];

  function refresh(): void {
    const { pages, items } = board.state;
    const isBlank = pages.length === 1 && items.size === 0 && board.pendingCount === 0;
    element.hidden = !isBlank || !board.you.may_manage;
    if (isBlank || pages.length === 0) return;
    for (const stop of stops) stop();
    element.remove();
  }

  button.addEventListener("click", () => {
    button.disabled = true;
    void bring(url, csrf).then((isDone) => {
      button.disabled = isDone;
      if (!isDone) tell(say("board.continue_failed"));
    });
  });
  return element;
}

async function bring(url: string, csrf: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, redirect: "manual" });
    return answer.ok || answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}
