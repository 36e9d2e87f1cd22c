import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeButton } from "./buttons.ts";
import type { Lens } from "./lens.ts";
import type { Selection } from "./selection.ts";
import { growBox, type Box } from "./shape.ts";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
const AIR = 5;
/** Pixels that the two buttons need above or below; where there is neither, they stand inside. */
const BUTTONS = 60;
/** Pixels below which the handles in the middle of a side would cover what they are for. */
const FLAT = 48;

/** The frame around what is selected, its handles and its two buttons; and the rectangle that selects. */
export class Frame {
  readonly element: HTMLElement;
  private readonly frame: HTMLElement;
  private readonly rubber = make("div", { class: "board-marquee", hidden: true });

  constructor(
    private readonly selection: Selection,
    duplicate: () => void,
    remove: () => void,
  ) {
    const handles = HANDLES.map((name) => make("span", { class: "board-handle", "data-handle": name }));
    const copy = makeButton("duplicate", say("board.duplicate"), "tool");
    const trash = makeButton("trash", say("board.delete"), "tool");
    copy.addEventListener("click", duplicate);
    trash.addEventListener("click", remove);
    const buttons = make("div", { class: "board-frame-buttons" }, copy, trash);
    this.frame = make("div", { class: "board-frame", hidden: true }, ...handles, buttons);
    this.element = make("div", { class: "board-frames" }, this.frame, this.rubber);
  }

  /** `moving`: the frame steps aside until the hand rests. */
  place(lens: Lens, marquee: Box | null, isMoving: boolean): void {
    const box = isMoving ? null : this.selection.box();
    setBox(this.frame, box === null ? null : growBox(box, AIR / lens.unit), lens);
    setBox(this.rubber, marquee, lens);
    if (box === null) return;
    const isAtTop = (box.y0 - lens.y) * lens.unit < BUTTONS;
    const isAtBottom = (lens.seen.y1 - box.y1) * lens.unit < BUTTONS;
    this.frame.toggleAttribute("data-low", isAtTop && !isAtBottom);
    this.frame.toggleAttribute("data-inside", isAtTop && isAtBottom);
    this.frame.toggleAttribute("data-flat", (box.y1 - box.y0) * lens.unit < FLAT);
    this.frame.toggleAttribute("data-narrow", (box.x1 - box.x0) * lens.unit < FLAT);
  }
}

function setBox(element: HTMLElement, box: Box | null, lens: Lens): void {
  element.hidden = box === null;
  if (box === null) return;
  const [left, top] = lens.place([box.x0, box.y0]);
  element.style.transform = `translate(${left}px, ${top}px)`;
  element.style.inlineSize = `${(box.x1 - box.x0) * lens.unit}px`;
  element.style.blockSize = `${(box.y1 - box.y0) * lens.unit}px`;
}
