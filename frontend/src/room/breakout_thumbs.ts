import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { BreakoutRoom } from "../wire/words.ts";

const EVERY_MS = 10_000;

/** Small pictures of the rooms' boards, drawn by the server, asked for seldom and only while somebody sees them. */
export class BoardThumbs {
  private readonly pictures = new Map<string, { image: HTMLImageElement; seq: number }>();
  private rooms: readonly BreakoutRoom[] = [];
  private surroundings: HTMLElement | null = null;

  start(surroundings: HTMLElement): () => void {
    this.surroundings = surroundings;
    const timer = setInterval(() => void this.refresh(), EVERY_MS);
    return () => clearInterval(timer);
  }

  follow(rooms: readonly BreakoutRoom[]): void {
    const isNew = rooms.length > 0 && this.rooms.length === 0;
    this.rooms = rooms;
    if (rooms.length === 0) this.pictures.clear();
    if (isNew) void this.refresh();
  }

  place({ room, title }: BreakoutRoom): HTMLElement {
    const known = this.pictures.get(room ?? "")?.image;
    const image = known ?? make("img", { class: "breakout-thumb", alt: say("breakouts.board", { room: title }), hidden: true });
    if (room !== null && known === undefined) this.pictures.set(room, { image, seq: -1 });
    return image;
  }

  private async refresh(): Promise<void> {
    if (document.hidden || this.surroundings?.isConnected !== true) return;
    for (const { room } of this.rooms) if (room !== null) await this.draw(room).catch(() => undefined);
  }

  /** A breakout's board bears its room's id. */
  private async draw(room: string): Promise<void> {
    const picture = this.pictures.get(room);
    if (picture === undefined) return;
    const answer = await fetch(`/boards/${room}/snapshot`);
    if (!answer.ok) return;
    const { seq, data } = (await answer.json()) as { seq: number; data: { current_page: string } };
    if (seq === picture.seq) return;
    picture.seq = seq;
    picture.image.src = `/boards/${room}/pages/${data.current_page}.svg?seq=${seq}`;
    picture.image.hidden = false;
  }
}
