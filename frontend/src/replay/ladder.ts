import type Hls from "hls.js/light";

/**
 * One video in several sizes, as fast as the network bears it: hls.js, which comes then, or the browser's own player.
 * The answer stops it; `failed` hears when neither can play what is there.
 */
export function playLadder(video: HTMLVideoElement, src: string, failed: () => void): () => void {
  let hls: Hls | null = null;
  let isOver = false;
  import("hls.js/light").then(({ default: kind }) => {
    if (isOver) return;
    if (kind.isSupported()) hls = load(kind);
    else if (video.canPlayType("application/vnd.apple.mpegurl") !== "") video.src = src;
    else failed();
  }, failed);
  return () => {
    isOver = true;
    hls?.destroy();
  };

  function load(kind: typeof Hls): Hls {
    const made = new kind({ enableWorker: false, capLevelToPlayerSize: true, maxBufferLength: 30, backBufferLength: 60 });
    let isMended = false;
    made.on(kind.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal || isOver) return;
      if (type !== kind.ErrorTypes.MEDIA_ERROR || isMended) return failed();
      isMended = true;
      made.recoverMediaError();
    });
    made.attachMedia(video);
    made.loadSource(src);
    return made;
  }
}
