import { make, pick } from "../common/dom.ts";
import { readJson } from "../common/page_data.ts";
import { say } from "../common/texts.ts";
import type { LivePage } from "../live/page.ts";
import { Stage } from "../live/stage.ts";
import { Watch } from "../live/watch.ts";

// A stream for those who have an address and no account: its picture and nothing else.
const host = pick("#outside", HTMLElement);
const watch = new Watch(readJson<Pick<LivePage, "pass_url" | "csrf">>("page-data"));
const stage = new Stage(watch);

host.replaceChildren(stage.element);
watch.on("told", (told) => {
  stage.show(told);
  if (told.state === "over") end(say("live.over"));
});
watch.on("closed", () => end(say("live.closed")));
watch.start();

function end(sentence: string): void {
  watch.stop();
  stage.stop();
  const said = make("p", { class: "outside-end", role: "status", tabindex: -1 }, sentence);
  host.replaceChildren(said);
  said.focus();
}
