import { say } from "../common/texts.ts";
import type { NetworkMenu } from "./network.ts";
import type { RoomPage } from "./page.ts";
import type { RoomSession } from "./session.ts";

/** When the bridges are full: one click, and whoever comes now watches. Whoever said no is not asked again. */
export function offerStream(room: RoomSession, { stream_start_url: url, csrf }: RoomPage, network: NetworkMenu, tell: (sentence: string) => void): () => void {
  if (typeof url !== "string") return () => undefined;
  const stop = room.on("advised", () => {
    stop();
    network.offerThis(say("stream.advised"), say("stream.start"), () => {
      network.offer.hidden = true;
      void start(url, csrf).then((isDone) => tell(say(isDone ? "stream.started" : "error.unknown")));
    });
  });
  return stop;
}

/** The door answers with a page that nobody here needs. */
async function start(url: string, csrf: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf }, redirect: "manual" });
    return answer.ok || answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}
