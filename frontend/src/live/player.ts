import type Hls from "hls.js/light";
import { Emitter } from "../common/emitter.ts";

interface Words {
  /** Something could not be loaded: the right to it may be gone. */
  refused: undefined;
  unplayable: undefined;
}

/** Behind the live edge by two pieces: less, and each hiccup of a network is a pause. */
const SYNC_SECONDS = 2.5;
const LONGEST_BEHIND_SECONDS = 12;
const AGAIN_MS = 1000;
const retries = { maxNumRetry: 60, retryDelayMs: 500, maxRetryDelayMs: 2000 };
const policy = { default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 15_000, timeoutRetry: retries, errorRetry: retries } };

/** A `<video>` that plays what lies at an address: by itself where the browser can, else with hls.js, which comes then. */
export class Player extends Emitter<Words> {
  private hls: Hls | null = null;
  private src = "";

  constructor(private readonly video: HTMLVideoElement) {
    super();
    video.addEventListener("error", () => this.failNatively());
  }

  /** Seconds between the picture and now, as far as the lists tell; null before there is one. */
  get latencySeconds(): number | null {
    return this.hls?.latency ?? null;
  }

  async play(src: string): Promise<void> {
    if (src === this.src) return;
    this.src = src;
    this.unload();
    const { default: Hls } = await import("hls.js/light");
    if (src !== this.src) return;
    if (Hls.isSupported()) this.load(new Hls(this.settings()), Hls);
    else if (this.video.canPlayType("application/vnd.apple.mpegurl") !== "") this.video.src = src;
    else this.emit("unplayable", undefined);
  }

  /** To where the others are. */
  catchUp(): void {
    const position = this.hls?.liveSyncPosition ?? (this.video.seekable.length > 0 ? this.video.seekable.end(0) - SYNC_SECONDS : null);
    if (position !== null) this.video.currentTime = position;
  }

  stop(): void {
    this.src = "";
    this.unload();
  }

  private settings() {
    return {
      enableWorker: false,
      lowLatencyMode: false,
      liveSyncDuration: SYNC_SECONDS,
      liveMaxLatencyDuration: LONGEST_BEHIND_SECONDS,
      maxLiveSyncPlaybackRate: 1.15,
      maxBufferLength: 12,
      backBufferLength: 15,
      manifestLoadPolicy: policy,
      playlistLoadPolicy: policy,
      fragLoadPolicy: policy,
    };
  }

  private load(hls: Hls, kind: typeof Hls): void {
    this.hls = hls;
    hls.on(kind.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal || this.hls !== hls) return;
      this.emit("refused", undefined);
      if (type === kind.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else setTimeout(() => this.reload(hls), AGAIN_MS);
    });
    hls.attachMedia(this.video);
    hls.loadSource(this.src);
  }

  /** From the beginning of its lists: the numbers go on where they were. */
  private reload(hls: Hls): void {
    if (this.hls === hls) hls.loadSource(this.src);
  }

  private failNatively(): void {
    if (this.hls !== null || this.src === "") return;
    const { src } = this;
    this.emit("refused", undefined);
    setTimeout(() => {
      if (this.src === src) this.video.src = src;
    }, AGAIN_MS);
  }

  private unload(): void {
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute("src");
  }
}
