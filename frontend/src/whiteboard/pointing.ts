import { make, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import type { Point } from "../wire/words.ts";
import type { Lens } from "./lens.ts";
import type { Pointed } from "./live.ts";
import type { Ink, Shape } from "./shape.ts";

const CURSOR_MS = 6_000;
const TRAIL_MS = 900;
const LASER = "#ff2b2b";
const COLOURS = ["#2a46b8", "#c4161c", "#00703a", "#b35300", "#7b2d8e", "#006a7a"];

interface Cursor extends Pointed {
  element: HTMLElement;
  heard: number;
}

interface Spot {
  point: Point;
  at: number;
}

/** Where others point, with their names, and the red traces of lasers. Nothing of it is kept. */
export class Pointing {
  readonly element = make("div", { class: "board-cursors", "aria-hidden": "true" });
  private readonly cursors = new Map<string, Cursor>();
  private readonly trails = new Map<string, { page: string; spots: Spot[] }>();
  private readonly isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(private readonly nameOf: (person: string) => string) {}

  hear(pointed: Pointed): void {
    if (pointed.kind === "laser") this.shine(pointed.author, pointed.page, pointed.at);
    const known = this.cursors.get(pointed.author)?.element;
    const element = known ?? this.makeCursor(pointed.author);
    this.cursors.set(pointed.author, { ...pointed, element, heard: performance.now() });
  }

  /** One's own laser, or somebody else's. */
  shine(author: string, page: string, point: Point): void {
    const trail = this.trails.get(author);
    const spots = trail?.page === page ? trail.spots : [];
    spots.push({ point, at: performance.now() });
    this.trails.set(author, { page, spots });
  }

  forget(author: string): void {
    this.cursors.get(author)?.element.remove();
    this.cursors.delete(author);
  }

  /** Puts the cursors where the page is; true while something is still to fade. */
  place(lens: Lens, page: string): boolean {
    const now = performance.now();
    for (const [author, cursor] of this.cursors) {
      if (now - cursor.heard > CURSOR_MS) this.forget(author);
      else this.placeOne(cursor, lens, page);
    }
    return this.trails.size > 0;
  }

  /** Traces become thinner with age. */
  shapes(page: string): Shape[] {
    const now = performance.now();
    const shapes: Shape[] = [];
    for (const [author, trail] of this.trails) {
      trail.spots = trail.spots.filter((spot) => now - spot.at < TRAIL_MS);
      const last = trail.spots.at(-1);
      if (last === undefined) this.trails.delete(author);
      else if (trail.page === page) shapes.push(...this.drawTrail(trail.page, trail.spots, last, now));
    }
    return shapes;
  }

  private drawTrail(page: string, spots: readonly Spot[], last: Spot, now: number): Ink[] {
    const laser = { kind: "pen", page, colour: LASER } as const;
    const head = { ...laser, width: 12, points: [last.point] };
    if (this.isCalm) return [head];
    const points = spots.map(({ point, at }) => [point[0], point[1], 0.5 - (now - at) / TRAIL_MS / 2] as const);
    return [{ ...laser, width: 7, points }, head];
  }

  private placeOne({ element, page: own, at }: Cursor, lens: Lens, page: string): void {
    const [left, top] = lens.place(at);
    element.hidden = own !== page || left < 0 || top < 0 || left > 960 * lens.fit || top > 720 * lens.fit;
    element.style.transform = `translate(${left}px, ${top}px)`;
    const name = element.lastElementChild;
    if (name !== null) setText(name, this.nameOf(element.dataset["person"] ?? ""));
  }

  private makeCursor(author: string): HTMLElement {
    const element = make("div", { class: "board-cursor", "data-person": author }, drawIcon("select"), make("bdi", {}));
    element.style.setProperty("--cursor", colourOf(author));
    this.element.append(element);
    return element;
  }
}

function colourOf(author: string): string {
  let sum = 0;
  for (const letter of author) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return COLOURS[sum % COLOURS.length] ?? "#2a46b8";
}
