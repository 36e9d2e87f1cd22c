import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Panels } from "../room/side_panel.ts";
import type { QuizSession } from "./session.ts";

/** The quiz panel, whose code comes with the first quiz, with a refusal, or when somebody looks for it. */
export function addQuizPanel(session: QuizSession, panels: Panels, resultsUrl: string | null): () => void {
  const element = make("div", { class: "panel-later" });
  const stops: (() => void)[] = [];
  let isAsked = false;
  let isStopped = false;
  const load = async (): Promise<void> => {
    if (isAsked) return;
    isAsked = true;
    const { QuizPanel } = await import("./panel.ts");
    if (!isStopped) stops.push(new QuizPanel(session, panels, resultsUrl, element).start());
  };
  panels.add({ name: "quiz", title: say("quiz.title"), icon: "quiz", element, opened: () => void load() });
  stops.push(session.on("changed", () => void (session.quiz !== null && load())));
  stops.push(session.on("answered", ({ code }) => void (code !== null && load())));
  return () => {
    isStopped = true;
    for (const stop of stops.splice(0)) stop();
  };
}
