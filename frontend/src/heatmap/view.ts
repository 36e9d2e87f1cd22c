import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { countOf, SIGNS, type Letter, type Row } from "./heatmap.ts";
import type { HeatmapSession } from "./session.ts";

const SHOWN_MINUTES = 60;
const AGES_SECONDS = 15;

/** Students and minutes as a table: a name, what they do now, why they need somebody, and a sign for each minute. */
export class HeatmapView {
  readonly element = make("div", { class: "heatmap" });
  private readonly only = make("input", { type: "checkbox", role: "switch" });
  private readonly summary = make("p", { class: "quiet-text", role: "status" });
  private readonly body = make("tbody", { role: "rowgroup" });
  private readonly lines: HTMLTableRowElement[] = [];
  private readonly scroll: HTMLElement;

  constructor(private readonly session: HeatmapSession, isOnly = false) {
    this.only.checked = isOnly;
    this.only.addEventListener("change", () => this.filter());
    const filter = make("label", { class: "heatmap-filter" }, this.only, say("heatmap.only"));
    const columns = ["name", "now", "why", "minutes"].map((name) => make("th", { scope: "col", role: "columnheader" }, say(`heatmap.${name}`)));
    const head = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...columns));
    const table = make("table", { class: "register heatmap-table", role: "table" }, head, this.body);
    this.scroll = make("div", { class: "register-scroll", role: "region", tabindex: 0, "aria-label": say("heatmap.title") }, table);
    this.scroll.addEventListener("keydown", (event) => this.walk(event));
    this.element.append(filter, this.summary, this.scroll, makeLegend());
  }

  /** Up and down from one who is shown to the next; a screen reader then says the whole row. */
  private walk(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const shown = this.lines.filter((line) => !line.hidden);
    const at = shown.findIndex((line) => line === document.activeElement);
    const place = { ArrowDown: at + 1, ArrowUp: at < 0 ? shown.length - 1 : at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (place === undefined) return;
    event.preventDefault();
    shown[Math.max(0, Math.min(place, shown.length - 1))]?.focus();
  }

  /** Returns what stops it. */
  start(): () => void {
    const stops = [this.session.on("changed", (touched) => this.draw(touched))];
    const timer = setInterval(() => this.draw(new Set(this.session.picture.rows.keys())), AGES_SECONDS * 1000);
    this.draw(new Set(this.session.picture.rows.keys()));
    return () => {
      clearInterval(timer);
      stops.forEach((stop) => stop());
    };
  }

  private draw(touched: ReadonlySet<number>): void {
    const { rows } = this.session.picture;
    while (this.lines.length < rows.length) this.lines.push(this.body.appendChild(makeLine()));
    for (const line of this.lines.splice(rows.length)) line.remove();
    for (const place of touched) {
      const row = rows[place];
      const line = this.lines[place];
      if (row !== undefined && line !== undefined) this.drawLine(line, row);
    }
    this.filter();
  }

  private drawLine(line: HTMLTableRowElement, row: Row): void {
    const [name, now, why, minutes] = [...line.cells];
    if (name === undefined || now === undefined || why === undefined || minutes === undefined) return;
    name.replaceChildren(make("bdi", {}, row.name));
    now.replaceChildren(make("span", { class: "activity", "data-activity": row.now }, say(`heatmap.now.${row.now}`)));
    setText(why, row.needs.map(([code, since]) => this.sayNeed(code, since)).join(" · ") || "–");
    setAttribute(line, "data-needs", String(row.needs.length > 0));
    if (line.dataset["cells"] === row.cells) return;
    setAttribute(line, "data-cells", row.cells);
    minutes.replaceChildren(makeStrip(row.cells));
  }

  private sayNeed(code: string, since: number): string {
    const minutes = Math.max(0, Math.floor((Date.now() + this.session.offset - since) / 60_000));
    return say(`heatmap.need.${code}`, { minutes: String(minutes) });
  }

  private filter(): void {
    const needy = this.lines.filter((line) => line.dataset["needs"] === "true");
    const left = this.lines.find((line) => line === document.activeElement);
    for (const line of this.lines) line.hidden = this.only.checked && line.dataset["needs"] !== "true";
    // Whoever stood there needs nobody any more: the keys go on from the table.
    if (left?.hidden === true) this.scroll.focus();
    setText(this.summary, needy.length === 0 ? say("heatmap.nobody") : say("heatmap.how_many", { n: String(needy.length), all: String(this.lines.length) }));
  }
}

function makeLine(): HTMLTableRowElement {
  const label = (name: string): Record<string, string> => ({ role: "cell", "data-label": say(`heatmap.${name}`) });
  const heading = make("th", { scope: "row", role: "rowheader" });
  return make("tr", { role: "row", tabindex: -1 }, heading, make("td", label("now")), make("td", label("why")), make("td", label("minutes")));
}

function makeStrip(cells: string): HTMLElement {
  const shown = cells.slice(-SHOWN_MINUTES);
  const told = [...countOf(shown)].map(([activity, n]) => `${say(`heatmap.now.${activity}`)}: ${n}`).join(", ");
  const minutes = [...(shown as Iterable<Letter>)].map((letter) => make("i", { "data-heat": letter }, SIGNS[letter]));
  return make("span", { class: "heat", role: "img", "aria-label": told }, ...minutes);
}

function makeLegend(): HTMLElement {
  const kinds = ["active", "unmeasured", "silent", "idle", "hidden", "disconnected", "away"] as const;
  const lines = kinds.map((kind) => make("li", {}, make("span", { class: "activity", "data-activity": kind }, say(`heatmap.now.${kind}`))));
  return make("ul", { class: "heatmap-legend" }, ...lines, make("li", {}, `★ ${say("heatmap.acted")}`));
}
