import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import type { ReplayPage } from "./page.ts";

interface Pack {
  state: "" | "wanted" | "making" | "ready" | "failed";
  percent: number;
  size_bytes: number | null;
}

const POLL_MS = 1500;

/** The lesson as a file for where there is no network: made when somebody asks, with a bar meanwhile. */
export function makePackCard(page: ReplayPage): HTMLElement {
  const ask = make("button", { type: "button", class: "quiet" }, say("pack.ask"));
  const cancel = make("button", { type: "button", class: "quiet" }, say("pack.cancel"));
  const link = make("a", { role: "button", class: "quiet", href: page.pack_file_url, download: true });
  const bar = make("progress", { max: 100, "aria-label": say("pack.making") });
  const said = make("p", { role: "status", class: "quiet-text" });
  const about = make("p", { class: "quiet-text" }, say("pack.about"));
  const element = make("section", { class: "replay-pack" }, make("h2", {}, say("pack.title")), about, bar, said, ask, link, cancel);

  ask.addEventListener("click", () => void tell("POST"));
  cancel.addEventListener("click", () => void tell("DELETE"));

  async function tell(method: "GET" | "POST" | "DELETE"): Promise<void> {
    try {
      const headers = { "X-CSRFToken": page.csrf, Accept: "application/json" };
      const answer = await fetch(page.pack_url, { method, headers, cache: "no-store" });
      if (answer.ok) show((await answer.json()) as Pack);
      else setText(said, say("pack.failed"));
    } catch {
      setText(said, say("pack.failed"));
    }
  }

  function show({ state, percent, size_bytes }: Pack): void {
    const isMaking = state === "wanted" || state === "making";
    [ask.hidden, link.hidden, cancel.hidden, bar.hidden] = [isMaking || state === "ready", state !== "ready", !isMaking, !isMaking];
    bar.value = percent;
    setText(link, say("pack.download", { mb: ((size_bytes ?? 0) / 1e6).toFixed(1) }));
    setText(said, isMaking ? say("pack.making") : state === "failed" ? say("pack.failed") : "");
    if (isMaking) setTimeout(() => void tell("GET"), POLL_MS);
  }

  show({ state: "", percent: 0, size_bytes: null });
  void tell("GET");
  return element;
}
