import type { RoomPage } from "../room/page.ts";

/** `page-data` of live.html: a companion without a room, and the doors of its stream. */
export interface LivePage extends RoomPage {
  /** Says what there is to see, and gives this browser the right to load it for a minute. */
  pass_url: string;
  room_url: string;
  /** The school's own, over the picture. */
  logo: Logo | null;
}

export interface Logo {
  src: string;
  alt: string;
}

export type StreamState = "not_started" | "live" | "interrupted" | "over";

/** What `pass_url` answers. `src` once there is something to see; `sound` is the same without pictures. */
export interface Told {
  state: StreamState;
  src: string | null;
  sound: string | null;
  renew_seconds: number;
  /** After how long to ask again while there is nothing to see, where that is not soon. */
  soon_seconds?: number;
}
