import { make, setAttribute, setText } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { say } from "../common/texts.ts";
import type { Logo, StreamState, Told } from "./page.ts";
import { Player } from "./player.ts";
import type { Watch } from "./watch.ts";

const FAR_BEHIND_SECONDS = 15;
const LOOK_MS = 1000;

/** The picture, what is to be said of it, and the few buttons below it. */
export class Stage {
  readonly element: HTMLElement;
  private readonly video = make("video", { playsinline: true, autoplay: true, "aria-label": say("live.video") });
  private readonly sentence = make("p", { class: "live-sentence", role: "status" });
  private readonly state = make("span", { class: "live-state" });
  private readonly unmute = this.makeButton("volume", "live.unmute");
  private readonly play = this.makeButton("play", "live.play");
  private readonly edge = this.makeButton("forward", "live.to_live");
  private readonly sound = make("button", { type: "button", class: "quiet", "aria-pressed": "false" }, say("live.sound_only"));
  private readonly player = new Player(this.video);
  private told: Told | null = null;
  private isSoundOnly = false;

  constructor(
    private readonly watch: Watch,
    logo: Logo | null = null,
  ) {
    const corner = logo === null ? null : make("img", { class: "live-logo", src: logo.src, alt: logo.alt });
    const screen = make("div", { class: "live-screen" }, this.video, corner, this.sentence);
    this.element = make("section", { class: "live-stage" }, screen, make("div", { class: "live-bar" }, this.state, this.play, this.unmute, this.edge, this.sound));
    this.listen();
  }

  show(told: Told): void {
    this.told = told;
    setAttribute(this.element, "data-state", told.state);
    const src = this.isSoundOnly ? told.sound : told.src;
    if (told.state === "over") this.player.stop();
    else if (src !== null) void this.player.play(src).then(() => this.begin());
    this.describe(told.state);
  }

  stop(): void {
    this.player.stop();
  }

  private listen(): void {
    const { video, player } = this;
    player.on("refused", () => this.watch.soon());
    player.on("unplayable", () => this.tell(say("live.unplayable")));
    for (const event of ["playing", "waiting", "pause", "volumechange"]) video.addEventListener(event, () => this.look());
    this.play.addEventListener("click", () => void this.begin());
    this.unmute.addEventListener("click", () => {
      video.muted = false;
      void video.play();
    });
    this.edge.addEventListener("click", () => {
      player.catchUp();
      void video.play();
    });
    this.sound.addEventListener("click", () => this.toggleSound());
    setInterval(() => this.look(), LOOK_MS);
  }

  private toggleSound(): void {
    this.isSoundOnly = !this.isSoundOnly;
    setAttribute(this.sound, "aria-pressed", String(this.isSoundOnly));
    setAttribute(this.element, "data-sound-only", this.isSoundOnly);
    if (this.told !== null) this.show(this.told);
  }

  /** With sound if the browser lets a page do so by itself; else without, and a button says how. */
  private async begin(): Promise<void> {
    if (!this.video.paused) return;
    try {
      await this.video.play();
    } catch {
      this.video.muted = true;
      await this.video.play().catch(() => undefined);
    }
    this.look();
  }

  private look(): void {
    const { video } = this;
    const hasPicture = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    this.play.hidden = !video.paused || !hasPicture;
    this.unmute.hidden = !video.muted;
    this.edge.hidden = (this.player.latencySeconds ?? 0) < FAR_BEHIND_SECONDS;
    if (this.told !== null) this.describe(this.told.state);
  }

  /** What plays on out of what was loaded needs no words yet. */
  private describe(state: StreamState): void {
    const plays = !this.video.paused && this.video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA;
    const shown = state === "interrupted" && plays ? "live" : state;
    setText(this.state, shown === "live" || shown === "interrupted" ? say(shown === "live" ? "live.live" : "live.interrupted") : "");
    setAttribute(this.state, "data-state", shown);
    const isEmpty = this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA && !this.isSoundOnly;
    this.tell(shown === "live" ? (isEmpty ? say("live.loading") : "") : say(`live.${shown}`));
  }

  private tell(sentence: string): void {
    setText(this.sentence, sentence);
    this.sentence.hidden = sentence === "";
  }

  private makeButton(icon: "play" | "volume" | "forward", text: string): HTMLButtonElement {
    return make("button", { type: "button", class: "quiet", hidden: true }, drawIcon(icon), say(text));
  }
}
