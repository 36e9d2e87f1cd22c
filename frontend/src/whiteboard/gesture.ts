/** Mice, pens and fingers over the sheet: who draws, who moves the page, and which touch is only a palm. */

export interface Hand {
  begin(event: PointerEvent): boolean;
  move(events: readonly PointerEvent[]): void;
  finish(): void;
  /** It was not meant: the first of two fingers, a palm before its pen. */
  cancel(): void;
  hover(event: PointerEvent): void;
  pan(left: number, top: number): void;
  zoom(clientX: number, clientY: number, factor: number): void;
  /** Nobody leads this person: pan and zoom are theirs. */
  readonly mayLook: boolean;
  readonly isZoomed: boolean;
}

interface Place {
  x: number;
  y: number;
}

const PALM_MS = 500;
/** So wide a touch is the side of a hand, where somebody writes with a pen. */
const PALM_PIXELS = 70;
const SECOND_FINGER_MS = 300;
const WHEEL = 0.0022;

export class Pointers {
  private readonly fingers = new Map<number, Place>();
  private active: PointerEvent | null = null;
  private isPanning = false;
  private isPinching = false;
  private beganAt = 0;
  private penAt = -Infinity;
  private isSpaceDown = false;

  constructor(
    private readonly surface: HTMLElement,
    private readonly hand: Hand,
  ) {
    surface.addEventListener("pointerdown", (event) => this.down(event));
    surface.addEventListener("pointermove", (event) => this.moved(event));
    surface.addEventListener("pointerup", (event) => this.up(event, false));
    surface.addEventListener("pointercancel", (event) => this.up(event, true));
    surface.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    surface.addEventListener("auxclick", (event) => event.preventDefault());
    this.listenToSpace();
  }

  private down(event: PointerEvent): void {
    if (isControl(event.target)) return;
    if (event.pointerType === "pen") this.penCame();
    if (event.pointerType === "touch" && !this.touched(event)) return;
    if (this.active !== null || event.button > 1) return;
    this.isPanning = event.button === 1 || this.isSpaceDown;
    if (this.isPanning ? !this.hand.mayLook : !this.hand.begin(event)) return;
    this.active = event;
    this.beganAt = performance.now();
    this.surface.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.surface.focus({ preventScroll: true });
  }

  /** A hand that rests beside its pen is no finger. */
  private penCame(): void {
    this.penAt = performance.now();
    this.fingers.clear();
    this.isPinching = false;
    if (this.active?.pointerType === "touch") this.dropActive();
  }

  private touched(event: PointerEvent): boolean {
    event.preventDefault();
    if (this.isPalm(event)) return false;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.fingers.size !== 2 || !this.hand.mayLook) return this.fingers.size === 1;
    if (this.active !== null && performance.now() - this.beganAt > SECOND_FINGER_MS) return false;
    this.dropActive();
    this.isPinching = true;
    return false;
  }

  private isPalm({ width, height }: PointerEvent): boolean {
    if (this.active?.pointerType === "pen" || performance.now() - this.penAt < PALM_MS) return true;
    return this.penAt > 0 && Math.max(width, height) > PALM_PIXELS;
  }

  private dropActive(): void {
    if (this.active !== null && !this.isPanning) this.hand.cancel();
    this.active = null;
  }

  private moved(event: PointerEvent): void {
    if (event.pointerType === "pen") this.penAt = performance.now();
    const before = this.fingers.get(event.pointerId);
    if (before !== undefined && this.isPinching) return this.pinch(event, before);
    if (this.active === null) return this.hand.hover(event);
    if (event.pointerId !== this.active.pointerId) return;
    if (!this.isPanning) return this.hand.move(readCoalesced(event));
    this.hand.pan(event.clientX - this.active.clientX, event.clientY - this.active.clientY);
    this.active = event;
  }

  private pinch(event: PointerEvent, before: Place): void {
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.fingers.set(event.pointerId, now);
    if (other === undefined) return;
    this.hand.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    const factor = apart(now, other) / Math.max(1, apart(before, other));
    this.hand.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, factor);
  }

  private up(event: PointerEvent, isCancelled: boolean): void {
    if (event.pointerType === "pen") this.penAt = performance.now();
    this.fingers.delete(event.pointerId);
    if (this.fingers.size === 0) this.isPinching = false;
    if (event.pointerId !== this.active?.pointerId) return;
    this.active = null;
    if (this.isPanning) return;
    // A browser that takes a pen or a mouse away does not take back what they drew.
    if (isCancelled && event.pointerType === "touch") this.hand.cancel();
    else this.hand.finish();
  }

  private wheel(event: WheelEvent): void {
    if (!this.hand.mayLook) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.hand.zoom(event.clientX, event.clientY, Math.exp(-event.deltaY * WHEEL));
    } else if (this.hand.isZoomed) {
      event.preventDefault();
      const [left, top] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
      this.hand.pan(-left, -top);
    }
  }

  private listenToSpace(): void {
    const isFree = (target: EventTarget | null): boolean => target === document.body || target === this.surface;
    document.addEventListener("keydown", (event) => {
      if (event.key !== " " || !isFree(event.target)) return;
      event.preventDefault();
      this.isSpaceDown = true;
      this.surface.dataset["pan"] = "";
    });
    document.addEventListener("keyup", (event) => {
      if (event.key !== " ") return;
      this.isSpaceDown = false;
      delete this.surface.dataset["pan"];
    });
  }
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, textarea") !== null;
}

function apart(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** All positions since the last event; some browsers answer with an empty list. */
function readCoalesced(event: PointerEvent): PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}
