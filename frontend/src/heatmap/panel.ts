import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Panels } from "../room/side_panel.ts";

/** Beside the stage, for who holds the lesson. Code and socket come when somebody opens it, and stay. */
export function addHeatmapPanel(side: Panels, path: string): () => void {
  const element = make("div", { class: "panel-later" });
  const stops: (() => void)[] = [];
  let isAsked = false;
  let isOver = false;
  const opened = (): void => {
    if (isAsked) return;
    isAsked = true;
    void load(path).then(({ view, stop }) => {
      if (isOver) return stop();
      element.append(view);
      stops.push(stop);
    });
  };
  side.add({ name: "heatmap", title: say("heatmap.short"), icon: "grid", element, opened });
  return () => {
    isOver = true;
    stops.forEach((stop) => stop());
  };
}

async function load(path: string): Promise<{ view: HTMLElement; stop: () => void }> {
  const [{ HeatmapSession }, { HeatmapView }] = await Promise.all([import("./session.ts"), import("./view.ts")]);
  const session = new HeatmapSession(path);
  const view = new HeatmapView(session);
  const stop = view.start();
  session.connect();
  return {
    view: view.element,
    stop: () => {
      stop();
      session.close();
    },
  };
}
