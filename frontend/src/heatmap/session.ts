import { Emitter } from "../common/emitter.ts";
import { LiveSocket, locateSocket, type SocketOptions, type SocketStatus } from "../wire/socket.ts";
import type { Envelope, HeatmapFact } from "../wire/words.ts";
import { apply, type Changes, type Opening, type Picture } from "./heatmap.ts";

interface SessionEvents {
  /** These places of rows are different; after a new beginning all. */
  changed: ReadonlySet<number>;
  status: SocketStatus;
}

/** The heatmap of one lesson, kept as it is. Nothing is ever said, so nothing waits. */
export class HeatmapSession extends Emitter<SessionEvents> {
  picture: Picture = { starts_at: 0, rows: [] };
  /** Milliseconds that the server's clock is ahead of ours. */
  offset = 0;
  private epoch = "";
  private readonly socket: LiveSocket<HeatmapFact>;

  constructor(path: string, open?: SocketOptions["open"]) {
    super();
    this.socket = new LiveSocket<HeatmapFact>({
      address: (last) => locateSocket(path, last === null ? {} : { since: String(last), epoch: this.epoch }),
      ping: { type: "heatmap.ping", answer: "heatmap.ponged" },
      snapshots: ["heatmap.opened"],
      hear: (envelope) => this.hear(envelope),
      changed: (status) => this.emit("status", status),
      ...(open === undefined ? {} : { open }),
    });
  }

  connect(): void {
    this.socket.connect();
  }

  close(): void {
    this.socket.close();
  }

  hurry(): void {
    this.socket.hurry();
  }

  private hear({ type, data }: Envelope<HeatmapFact>): void {
    if (type === "heatmap.opened") {
      const { epoch, server_at, ...picture } = data as Opening;
      this.epoch = epoch;
      this.offset = server_at - Date.now();
      this.take(picture);
    } else if (type === "heatmap.changed") this.take(data as Changes);
  }

  private take(heard: Changes): void {
    const { picture, touched } = apply(this.picture, heard);
    this.picture = picture;
    this.emit("changed", touched);
  }
}
