const RETRY_SECONDS = [0.5, 1, 2, 4, 8, 15];

/** A signed address runs out, a network breaks: load it anew and go on from the same place. */
export function recoverFromErrors(video: HTMLMediaElement, load: () => void, tell: (isBroken: boolean) => void): void {
  let attempt = 0;
  let place = 0;
  let wasPlaying = false;

  video.addEventListener("timeupdate", () => {
    if (video.error !== null || video.readyState < 2) return;
    place = video.currentTime;
    wasPlaying = !video.paused;
    if (attempt > 0) tell(false);
    attempt = 0;
  });

  video.addEventListener("error", () => {
    const seconds = RETRY_SECONDS[Math.min(attempt, RETRY_SECONDS.length - 1)] ?? 15;
    attempt += 1;
    tell(true);
    setTimeout(reload, seconds * 1000);
  });

  function reload(): void {
    const rate = video.playbackRate;
    load();
    video.addEventListener("loadedmetadata", () => resume(rate), { once: true });
  }

  function resume(rate: number): void {
    video.currentTime = place;
    video.playbackRate = rate;
    if (wasPlaying) void video.play().catch(() => undefined);
    tell(false);
  }
}
