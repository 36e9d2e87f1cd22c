import { make, setAttribute, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { Progress, Replay, ReplayPage } from "./page.ts";

const POLL_SECONDS = 1;
const STEPS = ["captured", "composing", "storing", "published"] as const;
const BEFORE: ReadonlySet<string> = new Set(["expected", "starting", "recording", "lost_recorder", "no_recorder"]);

export interface ProgressView {
  element: HTMLElement;
  show(progress: Progress): void;
}

/** "The recording is in the making": how far, which step, and if it failed, why. */
export function makeProgress(): ProgressView {
  const title = make("h2");
  const bar = make("progress", { max: 100, "aria-label": say("progress.title") });
  const sentence = make("p", { role: "status" });
  const steps = STEPS.map((step) => make("li", { "data-step": step }, say(`progress.step.${step}`)));
  const element = make("section", { class: "making" }, title, bar, sentence, make("ol", { class: "making-steps" }, ...steps));

  function show({ state, percent, step, reason }: Progress): void {
    const failed = state === "failed";
    setText(title, failed ? say("progress.failed") : say(BEFORE.has(state) ? "progress.waiting" : "progress.title"));
    bar.hidden = failed;
    bar.value = percent;
    setText(sentence, describe(state, percent, step, reason));
    const reached = STEPS.findIndex((name) => name === state);
    for (const [index, line] of steps.entries()) {
      setAttribute(line, "data-reached", index < reached || state === "published");
      setAttribute(line, "aria-current", index === reached ? "step" : undefined);
    }
  }
  return { element, show };
}

function describe(state: string, percent: number, step: string, reason: string): string {
  if (reason !== "") return sayOr(`reason.${reason}`, say("reason.unknown"));
  const sentence = step === "" ? say(`state.${state}`) : sayOr(`step.${step}`, say(`state.${state}`));
  return percent > 0 ? `${sentence} ${say("progress.percent", { n: Math.floor(percent) })}` : sentence;
}

function sayOr(key: string, otherwise: string): string {
  const sentence = say(key);
  return sentence === key ? otherwise : sentence;
}

/** Asks once a second until the recording is there; an unreachable server is asked again. */
export async function waitUntilReady(page: ReplayPage, show: (progress: Progress) => void): Promise<Replay> {
  for (;;) {
    const progress = await ask(page.progress_url);
    if (progress?.ready === true && progress.replay !== undefined) return progress.replay;
    if (progress !== null) show(progress);
    await new Promise((resolve) => setTimeout(resolve, POLL_SECONDS * 1000));
  }
}

async function ask(address: string): Promise<Progress | null> {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    return answer.ok ? ((await answer.json()) as Progress) : null;
  } catch {
    return null;
  }
}
