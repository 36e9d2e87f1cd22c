const STEPS: Record<string, number> = { ArrowRight: 5, ArrowLeft: -5, ArrowUp: 10, ArrowDown: -10, l: 10, j: -10 };

/** Space plays, arrows jump 5 or 10 seconds. Time runs from left to right in every script, as in every player. */
export function listenToPlayerKeys(video: HTMLVideoElement, toggle: () => void, full: () => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) return;
    const act = findAction(event.key, video, toggle, full);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function findAction(key: string, video: HTMLVideoElement, toggle: () => void, full: () => void): (() => void) | undefined {
  const step = STEPS[key];
  if (step !== undefined) return () => jump(video, step);
  if (key === " " || key === "k") return toggle;
  if (key === "f") return full;
  return key === "m" ? () => (video.muted = !video.muted) : undefined;
}

export function jump(video: HTMLVideoElement, seconds: number): void {
  video.currentTime = Math.max(0, Math.min(video.duration || 0, video.currentTime + seconds));
}

/** Keys belong to the control that has the focus, when it needs them. */
function isBusy({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("select, input:not([type=range]), textarea, summary") !== null) return true;
  return key === " " && target.closest("button, a") !== null;
}
