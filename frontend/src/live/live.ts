import { make, pick } from "../common/dom.ts";
import { drawIcon } from "../common/icons.ts";
import { readJson } from "../common/page_data.ts";
import { say } from "../common/texts.ts";
import { hurryWithBrowser, makeRoomSession } from "../room/light_sessions.ts";
import { tellLost } from "../room/left_behind.ts";
import { closeSessions, hurrySessions, makeSessions, openSessions } from "../room/sessions.ts";
import type { LivePage } from "./page.ts";
import { Screen } from "./screen.ts";
import { Stage } from "./stage.ts";
import { Watch } from "./watch.ts";

const page = readJson<LivePage>("page-data");
const host = pick("#live", HTMLElement);
const watch = new Watch(page);
// The room's own socket stays shut: whoever watches is not inside.
const sessions = makeSessions(page, makeRoomSession(page), () => "low");
const stage = new Stage(watch, page.logo);
const screen = new Screen(page, sessions, stage.element);
let isOver = false;

host.replaceChildren(screen.element);
hurryWithBrowser(() => hurrySessions(sessions));
openSessions(sessions);
watch.on("told", (told) => {
  stage.show(told);
  if (told.state === "over") end(say("live.over"), true);
});
watch.on("closed", () => end(say("live.closed"), false));
watch.on("away", (isAway) => screen.showAway(isAway));
sessions.talk.on("status", (status) => {
  // Put out, or the lesson is over: the stream's own door says which.
  if (status === "closed") watch.soon();
});
watch.start();

function end(sentence: string, hasReplay: boolean): void {
  if (isOver) return;
  isOver = true;
  watch.stop();
  stage.stop();
  screen.stop();
  closeSessions(sessions);
  if (hasReplay) void tellLost(page, null, () => null);
  const heading = make("h1", { tabindex: -1 }, sentence);
  const replay = hasReplay && page.replay_url !== null ? make("a", { role: "button", href: page.replay_url }, say("live.replay")) : null;
  const lesson = make("a", { role: "button", class: "quiet", href: page.leave_url }, say("live.lesson"));
  host.replaceChildren(make("main", { class: "panel" }, make("div", { class: "panel-icon" }, drawIcon(hasReplay ? "check" : "alert")), heading, make("div", { class: "panel-exits" }, replay, lesson)));
  heading.focus();
}
