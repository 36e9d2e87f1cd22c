const STEPS: Record<string, number> = { ArrowRight: 5, ArrowLeft: -5, ArrowUp: 10, ArrowDown: -10, l: 10, j: -10 };

/** What else a key does: "c" captions, "n" a note, "+" and "-" the board. */
export type MoreKeys = Record<string, (() => void) | undefined>;

/** Space plays, arrows jump 5 or 10 seconds. Time runs from left to right in every script, as in every player. */
export function listenToPlayerKeys(video: HTMLMediaElement, toggle: () => void, full: () => void, more: MoreKeys = {}): void {
  document.addEventListener("keydown", (event) => {
    // A player that made way for another one hears nothing any more.
    if (!video.isConnected || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
    const act = findAction(event.key, video, toggle, full) ?? more[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function findAction(key: string, video: HTMLMediaElement, toggle: () => void, full: () => void): (() => void) | undefined {
  const step = STEPS[key];
  if (step !== undefined) return () => jump(video, step);
  if (key === " " || key === "k") return toggle;
  if (key === "f") return full;
  return key === "m" ? () => (video.muted = !video.muted) : undefined;
}

export function jump(video: HTMLMediaElement, seconds: number): void {
  video.currentTime = Math.max(0, Math.min(video.duration || 0, video.currentTime + seconds));
}

/** Keys belong to the control that has the focus, when it needs them. */
function isBusy({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("select, input:not([type=range]), textarea, summary") !== null) return true;
  return key === " " && target.closest("button, a") !== null;
}
