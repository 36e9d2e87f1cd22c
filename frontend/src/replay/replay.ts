import { pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import type { ReplayPage } from "./page.ts";
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
  view.show(progress);
  host.replaceChildren(view.element);
  const replay = await waitUntilReady(page, view.show);
  host.replaceChildren(makePlayer(page, replay));
}
