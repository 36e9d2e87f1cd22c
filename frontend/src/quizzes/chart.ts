import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { hasChoices, isRight, type Key, type Question, type Tally } from "./quiz.ts";

export interface Chart {
  element: HTMLElement;
  show(tally: Tally | null, key: Key | null): void;
}

/** Offers to count what somebody wrote as right. */
export type Accept = (text: string) => void;

const PERCENT = { style: "percent", maximumFractionDigits: 0 } as const;

/** A table whose rows are bars: every value stands there in words, so it reads the same without eyes or colours. */
export function makeChart(question: Question, accept: Accept | null = null): Chart {
  const caption = make("caption");
  const body = make("tbody");
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, say("quiz.answer")), make("th", { scope: "col" }, say("quiz.how_many"))));
  const element = make("table", { class: "answer-chart" }, caption, head, body);
  const rows = new Map<string, Row>();

  function show(tally: Tally | null, key: Key | null): void {
    element.hidden = tally === null;
    if (tally === null) return;
    setText(caption, say("quiz.answered", { n: tally.answered }));
    const names = new Set(tally.bars.map(([what]) => what));
    for (const [what, row] of rows) {
      if (names.has(what)) continue;
      row.element.remove();
      rows.delete(what);
    }
    tally.bars.forEach(([what, times], place) => {
      const row = rows.get(what) ?? makeRow(question, what, accept);
      rows.set(what, row);
      if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place] ?? null);
      row.show(times, tally.answered, key === null ? null : isRight(key, question, what));
    });
  }
  return { element, show };
}

interface Row {
  element: HTMLTableRowElement;
  show(times: number, all: number, right: boolean | null): void;
}

function makeRow(question: Question, what: string, accept: Accept | null): Row {
  const mark = make("span", { class: "answer-chart-mark" });
  const bar = make("span", { class: "answer-chart-bar", "aria-hidden": "true" });
  const figure = make("bdi");
  const label = make("th", { scope: "row" }, make("bdi", {}, nameChoice(question, what)), mark);
  const button = accept !== null && question.kind === "short_text" ? makeAccept(what, accept) : null;
  const element = make("tr", {}, label, make("td", {}, bar, figure, button));

  function show(times: number, all: number, right: boolean | null): void {
    const share = all === 0 ? 0 : times / all;
    element.style.setProperty("--share", String(share));
    setText(figure, `${times.toLocaleString(document.documentElement.lang)} · ${share.toLocaleString(document.documentElement.lang, PERCENT)}`);
    setAttribute(element, "data-right", right === true);
    setText(mark, right === true ? ` ${say("quiz.right_mark")}` : "");
    if (button !== null) button.hidden = right !== false;
  }
  return { element, show };
}

function makeAccept(what: string, accept: Accept): HTMLButtonElement {
  const button = make("button", { type: "button", class: "quiet answer-chart-accept", hidden: true, "aria-label": say("quiz.accept_this", { text: what }) }, say("quiz.accept"));
  button.addEventListener("click", () => accept(what));
  return button;
}

export function nameChoice(question: Question, what: string): string {
  if (question.kind === "true_false") return what === "true" ? say("quiz.true") : say("quiz.false");
  if (!hasChoices(question.kind)) return what;
  return question.choices.find((choice) => choice.id === what)?.text ?? what;
}
