import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BoardSession } from "./session.ts";
import { isInkShape, type Figure } from "./shape.ts";

const CALM_MS = 800;
const MOST_LINES = 200;
/** Letters of a text when it is said aloud, between other things; in the list it stands whole. */
const SAID_LETTERS = 100;

/** What lies on the page, in words, for those who hear it instead of seeing it. */
export class Outline {
  readonly element: HTMLElement;
  private readonly list = make("ul", {});
  private readonly strokes = make("p", {});
  private readonly live = make("p", { "aria-live": "polite" });
  private timer = 0;

  constructor(
    private readonly session: BoardSession,
    private readonly nameOf: (person: string) => string,
  ) {
    const heading = make("h2", {}, say("board.outline"));
    this.element = make("section", { class: "visually-hidden", "aria-label": say("board.outline") }, heading, this.list, this.strokes, this.live);
  }

  /** Written anew when things have been calm for a moment: a pen never waits for it. */
  refresh(): void {
    if (this.timer === 0) this.timer = setTimeout(() => this.write(), CALM_MS) as unknown as number;
  }

  /** Said once, when the reader has time: what somebody did with the keyboard. */
  announce(sentence: string): void {
    setText(this.live, sentence);
  }

  private write(): void {
    this.timer = 0;
    const items = this.session.itemsOn(this.session.page);
    const worded = items.filter((item) => !isInkShape(item));
    const lines = worded.slice(0, MOST_LINES).map((item) => `${this.nameOf(item.author)}: ${describe(item)}`);
    if (worded.length > MOST_LINES) lines.push(say("board.and_more", { n: worded.length - MOST_LINES }));
    const before = [...this.list.children].map((line) => line.textContent);
    if (before.join("\n") !== lines.join("\n")) this.list.replaceChildren(...lines.map((line) => make("li", { dir: "auto" }, line)));
    const count = items.length - worded.length;
    setText(this.strokes, items.length === 0 ? say("board.page_is_empty") : count === 0 ? "" : say("board.strokes", { n: count }));
  }
}

/** A thing on the page in words; a text as a whole. */
export function describe(figure: Figure): string {
  if (figure.kind === "text") return say("item.text", { text: figure.text });
  if (figure.kind === "image") return figure.alt === "" ? say("item.image") : say("item.image_of", { text: figure.alt });
  return say(`item.${figure.kind}`);
}

/** The same in few words, for what is said while somebody goes from one thing to the next. */
export function describeBriefly(figure: Figure): string {
  if (figure.kind === "text") return describe({ ...figure, text: shorten(figure.text) });
  return describe(figure.kind === "image" ? { ...figure, alt: shorten(figure.alt) } : figure);
}

/** Between two letters, never within one; "…" says that there is more. */
export function shorten(text: string, most = SAID_LETTERS): string {
  const letters = Array.from(text);
  return letters.length <= most ? text : `${letters.slice(0, most).join("").trimEnd()}…`;
}
