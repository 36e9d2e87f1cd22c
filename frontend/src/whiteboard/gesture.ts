/** One pointer at a time, whatever it is: mouse, finger or pen. */
export interface Gesture {
  begin(event: PointerEvent): boolean;
  move(events: PointerEvent[]): void;
  finish(): void;
}

export function followPointer(surface: HTMLElement, gesture: Gesture): void {
  let active: number | null = null;

  surface.addEventListener("pointerdown", (event) => {
    if (active !== null || event.button !== 0) return;
    if (!gesture.begin(event)) return;
    active = event.pointerId;
    surface.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  surface.addEventListener("pointermove", (event) => {
    if (event.pointerId === active) gesture.move(readCoalesced(event));
  });

  const finish = (event: PointerEvent): void => {
    if (event.pointerId !== active) return;
    active = null;
    gesture.finish();
  };
  surface.addEventListener("pointerup", finish);
  surface.addEventListener("pointercancel", finish);
}

/** All positions since the last event; some browsers answer with an empty list. */
function readCoalesced(event: PointerEvent): PointerEvent[] {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length > 0 ? events : [event];
}
