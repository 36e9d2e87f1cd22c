import { make, setText } from "../common/dom.ts";
import { say } from "../common/texts.ts";
import { makeButton, makeMenu } from "./buttons.ts";
import { takeAlong } from "./carry.ts";
import type { Workbench } from "./workbench.ts";

const FORMATS = ["pdf", "png", "svg"] as const;

/** Slides in, copies of the whole board out. */
export function makeTaking(bench: Workbench): HTMLElement {
  const { session, bringing } = bench;
  const { door } = bringing;
  const element = make("div", { class: "tools-group" });
  if (door === null) return element;
  const busy = make("span", { class: "page-progress", role: "status" });
  const tell = (key: string) => (percent: number): void => setText(busy, say(key, { percent }));
  if (session.mayLead) {
    const slides = makeButton("slides", say("board.add_slides"), "tool");
    slides.addEventListener("click", () => bringing.pickSlides(tell("board.slides_progress"), () => setText(busy, "")));
    element.append(slides);
  }
  const choices = FORMATS.map((format) => {
    const button = make("button", { type: "button", class: "tools-wide quiet" }, format.toUpperCase());
    button.addEventListener("click", () => {
      menu.close();
      void bringing.attempt(async () => location.assign(await takeAlong(door, format, session.showsAdded, tell("board.copy_progress"))), () => setText(busy, ""));
    });
    return button;
  });
  const menu = makeMenu(makeButton("download", say("board.take_along"), "tool"), make("div", {}, ...choices));
  if (door.guest === "") element.append(menu.element);
  element.append(busy);
  return element;
}
