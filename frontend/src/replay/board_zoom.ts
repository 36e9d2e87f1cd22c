import { PAGE_WIDTH } from "../wire/words.ts";
import type { BoardCanvas } from "../whiteboard/canvas.ts";

/** In the middle of the sheet: by a button or a key. */
export function zoomBy(canvas: BoardCanvas, factor: number): void {
  const half = (PAGE_WIDTH * canvas.lens.fit) / 2;
  canvas.lens.zoomAt(half, half * 0.75, factor);
  canvas.moved();
}

/** Wheel with Ctrl, two fingers, and a drag once it is zoomed; one finger on the whole page scrolls what is around it. */
export function listenToZoom(sheet: HTMLElement, canvas: BoardCanvas): void {
  const held = new Map<number, { x: number; y: number }>();

  sheet.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = sheet.getBoundingClientRect();
      canvas.lens.zoomAt(event.clientX - box.left, event.clientY - box.top, Math.exp(-event.deltaY / 300));
      canvas.moved();
      mark();
    },
    { passive: false },
  );
  sheet.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (canvas.lens.zoom > 1 || held.size > 1) sheet.setPointerCapture(event.pointerId);
  });
  sheet.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) pinch(before, now, other);
    else if (canvas.lens.zoom > 1) canvas.lens.pan(now.x - before.x, now.y - before.y);
    held.set(event.pointerId, now);
    canvas.moved();
    mark();
  });
  for (const gone of ["pointerup", "pointercancel"] as const) {
    sheet.addEventListener(gone, (event) => held.delete(event.pointerId));
  }

  function pinch(before: { x: number; y: number }, now: { x: number; y: number }, other: { x: number; y: number }): void {
    const far = Math.hypot(before.x - other.x, before.y - other.y);
    if (far < 1) return;
    const box = sheet.getBoundingClientRect();
    const [x, y] = [(now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top];
    canvas.lens.zoomAt(x, y, Math.hypot(now.x - other.x, now.y - other.y) / far);
  }

  function mark(): void {
    sheet.toggleAttribute("data-pan", canvas.lens.zoom > 1);
  }
}
