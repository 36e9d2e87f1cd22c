import { pick } from "../common/dom.ts";
import { HeatmapSession } from "./session.ts";
import { HeatmapView } from "./view.ts";

const host = pick("#heatmap", HTMLElement);
const session = new HeatmapSession(host.dataset["socket"] ?? "");
const view = new HeatmapView(session, "only" in host.dataset);
// What the server has drawn stays until the first picture came.
const stop = session.on("changed", () => {
  stop();
  host.replaceChildren(view.element);
});
view.start();
addEventListener("online", () => session.hurry());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) session.hurry();
});
session.connect();
