import { make, setAttribute } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BreakoutRoom } from "../wire/words.ts";

const PERSON = "application/x-darasa-person";
/** A line that was drawn anew meanwhile tells nobody that it was let go; but no mouse moves while something is dragged. */
const ENDINGS = ["dragend", "drop", "mousemove"] as const;

/** All rooms in one place at the panel's lower edge, as long as somebody is being dragged: the room that is meant may be
 * far below what is seen of the panel. Rooms of the wall take drops, too. */
export class BreakoutShelf {
  readonly element = make("div", { class: "breakout-shelf", "aria-hidden": "true", hidden: true });

  constructor(
    private readonly rooms: () => readonly BreakoutRoom[],
    private readonly move: (person: string, number: number) => void,
  ) {}

  start(): () => void {
    const close = (): void => this.close();
    for (const ending of ENDINGS) document.addEventListener(ending, close);
    return () => {
      for (const ending of ENDINGS) document.removeEventListener(ending, close);
    };
  }

  /** Whose line may be dragged. */
  offer(line: HTMLElement, person: string): void {
    setAttribute(line, "draggable", "true");
    line.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData(PERSON, person);
      // A page that changes under the hand in this very moment ends the dragging.
      setTimeout(() => this.open(person));
    });
  }

  takeDrops(place: HTMLElement, number: number): void {
    place.addEventListener("dragover", (event) => {
      if (event.dataTransfer?.types.includes(PERSON) !== true) return;
      event.preventDefault();
      setAttribute(place, "data-over", true);
    });
    place.addEventListener("dragleave", () => setAttribute(place, "data-over", false));
    place.addEventListener("drop", (event) => {
      setAttribute(place, "data-over", false);
      const person = event.dataTransfer?.getData(PERSON) ?? "";
      if (person === "") return;
      event.preventDefault();
      this.move(person, number);
    });
  }

  private open(person: string): void {
    const others = this.rooms().filter(({ people }) => !people.some((one) => one.person === person));
    this.element.replaceChildren(make("p", {}, say("breakouts.drop_here")), make("div", { class: "breakout-targets" }, ...others.map((room) => this.makeTarget(room))));
    this.element.hidden = false;
  }

  private makeTarget({ number, title, people }: BreakoutRoom): HTMLElement {
    const target = make("div", { class: "breakout-target", "data-number": number }, make("bdi", {}, title), ` (${people.length})`);
    this.takeDrops(target, number);
    return target;
  }

  private close(): void {
    this.element.hidden = true;
  }
}
