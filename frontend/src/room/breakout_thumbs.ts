import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BreakoutRoom } from "../wire/words.ts";

const EVERY_MS = 10_000;
/** An answer that does not come holds up its lane, not the wall. */
const PATIENCE_MS = 8_000;
const LANES = 4;

/** Small pictures of the rooms' boards, drawn by the server, asked for seldom and only while somebody sees them. */
export class BoardThumbs {
  private readonly thumbs = new Map<string, Thumb>();
  private surroundings: HTMLElement | null = null;
  private isLooking = false;

  start(surroundings: HTMLElement): () => void {
    this.surroundings = surroundings;
    const timer = setInterval(() => void this.look(), EVERY_MS);
    return () => {
      clearInterval(timer);
      this.surroundings = null;
      this.follow([]);
    };
  }

  follow(rooms: readonly BreakoutRoom[]): void {
    const wanted = new Set(rooms.map(({ room }) => room));
    for (const [room, thumb] of this.thumbs) {
      if (wanted.has(room)) continue;
      thumb.forget();
      this.thumbs.delete(room);
    }
    if ([...this.thumbs.values()].some(({ isNew }) => isNew)) void this.look();
  }

  place(room: string, title: string): HTMLElement {
    const thumb = this.thumbs.get(room) ?? new Thumb(room, say("breakouts.board", { room: title }));
    this.thumbs.set(room, thumb);
    return thumb.element;
  }

  /** Once all round, a few at a time. A round that is still under way when the next is due is the next. */
  async look(): Promise<void> {
    if (this.isLooking || document.hidden || this.surroundings?.isConnected !== true) return;
    this.isLooking = true;
    const waiting = [...this.thumbs.values()];
    const walk = async (): Promise<void> => {
      for (let thumb = waiting.shift(); thumb !== undefined; thumb = waiting.shift()) await thumb.refresh();
    };
    await Promise.all(Array.from({ length: LANES }, walk));
    this.isLooking = false;
  }
}

/** One room's picture, or the words that there is none. A breakout's board bears its room's id. */
class Thumb {
  isNew = true;
  readonly element = make("figure", { class: "breakout-thumb" });
  private readonly words = make("figcaption", { hidden: true });
  private isGone = false;
  private picture: HTMLImageElement | null = null;
  private etag: string | null = null;

  constructor(
    private readonly room: string,
    private readonly alt: string,
  ) {
    this.element.append(this.words);
  }

  forget(): void {
    this.isGone = true;
    this.free();
  }

  /** One request, answered by hardly anything while nothing was drawn. It never throws: what failed is shown. */
  async refresh(): Promise<void> {
    this.isNew = false;
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), PATIENCE_MS);
    const isFresh = await this.ask(impatience.signal).catch(() => false);
    clearTimeout(timer);
    if (this.isGone) return;
    setAttribute(this.element, "data-state", isFresh ? "shown" : this.picture === null ? "none" : "old");
    setText(this.words, isFresh ? "" : say(this.picture === null ? "breakouts.no_picture" : "breakouts.old_picture"));
    this.words.hidden = isFresh;
  }

  /** Whether what is shown is how the board looks now. */
  private async ask(signal: AbortSignal): Promise<boolean> {
    const headers: HeadersInit = this.etag === null ? {} : { "If-None-Match": this.etag };
    const answer = await fetch(`/boards/${this.room}/pages/current.svg`, { headers, signal, cache: "no-store" });
    if (answer.status === 304) return true;
    if (!answer.ok) return false;
    const picture = await answer.blob();
    if (this.isGone) return false;
    await this.show(picture);
    this.etag = answer.headers.get("ETag");
    return true;
  }

  /** The one before stays until the next can be seen. */
  private async show(blob: Blob): Promise<void> {
    const next = make("img", { alt: this.alt, src: URL.createObjectURL(blob) });
    try {
      await next.decode();
    } catch (error) {
      URL.revokeObjectURL(next.src);
      throw error;
    }
    this.picture?.remove();
    this.free();
    this.picture = next;
    this.element.prepend(next);
  }

  private free(): void {
    if (this.picture !== null) URL.revokeObjectURL(this.picture.src);
  }
}
