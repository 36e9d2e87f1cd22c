import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { AudienceListed } from "../wire/words.ts";

/** The server answers no oftener for long. */
const ASK_MS = 5_000;

/** Who watches the stream, by name, folded away: asked for when somebody looks, and not before. */
export class AudienceList {
  private readonly summary = make("summary");
  private readonly list = make("ul", { class: "audience-names" });
  private readonly more = make("p", { class: "quiet-text", hidden: true });
  readonly element = make("details", { class: "audience", hidden: true }, this.summary, this.list, this.more);
  private count = 0;
  /** How many there were when the names came. */
  private listed = 0;
  private askedAt = -ASK_MS;

  constructor(private readonly ask: () => boolean) {
    this.element.addEventListener("toggle", () => this.look());
  }

  /** Told now and then also when nothing changed, so that names which are old are soon asked for anew. */
  showCount(count: number): void {
    this.count = count;
    this.element.hidden = count === 0;
    setText(this.summary, say("people.watching", { n: count }));
    if (count !== this.listed) this.look();
  }

  show({ people, count }: AudienceListed): void {
    this.listed = count;
    this.list.replaceChildren(...people.map(({ name, since }) => drawLine(name, new Date(since))));
    this.more.hidden = people.length >= count;
    setText(this.more, say("people.watching_more", { n: count - people.length }));
  }

  private look(): void {
    const now = performance.now();
    if (!this.element.open || this.count === 0 || now - this.askedAt < ASK_MS) return;
    if (this.ask()) this.askedAt = now;
  }
}

function drawLine(name: string, since: Date): HTMLElement {
  const time = since.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const said = make("time", { datetime: since.toISOString() }, say("people.watching_since", { time }));
  return make("li", {}, make("div", { class: "people-who" }, make("bdi", {}, name), make("small", {}, said)));
}
