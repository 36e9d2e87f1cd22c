import { make, pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { say } from "../common/texts.ts";
import type { Early, Replay, ReplayPage } from "./page.ts";
import { makePlayer } from "./player.ts";
import { makeProgress, waitUntilReady } from "./progress.ts";

const page = readJson<ReplayPage>("page-data");
const host = pick("#replay", HTMLElement);

void open();

/** The player, or the view of its making that becomes the player. */
async function open(): Promise<void> {
  const { progress } = page;
  if (progress.ready && progress.replay !== undefined) return host.replaceChildren(makePlayer(page, progress.replay));
  const view = makeProgress();
  const early = make("div", { class: "replay-early" });
  let shown: string | null = null;
  const show: typeof view.show = (now) => {
    view.show(now);
    if (now.early === undefined || now.early.src === shown) return;
    shown = now.early.src;
    early.replaceChildren(make("h2", {}, say("replay.early")), makePlayer(page, asReplay(now.early), true));
  };
  show(progress);
  host.replaceChildren(view.element, early);
  const replay = await waitUntilReady(page, show);
  early.querySelector("video")?.pause();
  host.replaceChildren(makePlayer(page, replay));
}

/** What was filmed has no chapters and no place where somebody stopped. */
function asReplay({ src, duration_seconds, board }: Early): Replay {
  const nothing = { smaller: {}, poster: null, chapters: [], gaps: [], captions: [], thumbnails: null, position_seconds: 0 };
  return { src, duration_seconds, board, ...nothing };
}
