import type { ReplayPage } from "./page.ts";

const EVERY_SECONDS = 5;

/** Tells the server where this person is, so that any device goes on from there. */
export function rememberPosition(video: HTMLMediaElement, page: ReplayPage): void {
  let told = -1;
  const tell = (): void => {
    const position = Math.floor(video.currentTime);
    if (position === told || video.readyState === 0) return;
    told = position;
    // `keepalive` lets the last one survive the page.
    void fetch(page.position_url, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": page.csrf },
      body: JSON.stringify({ position_seconds: position }),
    }).catch(() => (told = -1));
  };
  setInterval(() => {
    if (!video.paused) tell();
  }, EVERY_SECONDS * 1000);
  video.addEventListener("pause", tell);
  addEventListener("pagehide", tell);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) tell();
  });
}
