import { make } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { showToast } from "./toast.ts";

/** The square code for the students' telephones, from its own page, renewed while somebody looks at it. */
export async function openCode(address: string): Promise<void> {
  const place = make("div", { class: "code-place" });
  if (!(await load(address, place))) return showToast(say("network.no_code"));
  const close = make("button", { class: "quiet" }, say("network.close"));
  const form = make("form", { method: "dialog" }, place, make("div", { class: "dialog-actions" }, close));
  const dialog = make("dialog", { class: "dialog code-dialog" }, form);
  const seconds = Number(place.querySelector<HTMLElement>("[data-refresh-seconds]")?.dataset["refreshSeconds"] ?? 300);
  const timer = setInterval(() => void load(address, place), seconds * 1000);
  dialog.addEventListener("close", () => {
    clearInterval(timer);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

async function load(address: string, place: HTMLElement): Promise<boolean> {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    const code = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("room-code");
    if (!answer.ok || code === null) return false;
    place.replaceChildren(document.adoptNode(code));
    return true;
  } catch {
    return false;
  }
}
