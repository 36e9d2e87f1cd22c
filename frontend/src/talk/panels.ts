import { make } from "../common/dom.ts";
import { say, sayRefusal } from "../common/texts.ts";
import type { Panels } from "../room/side_panel.ts";
import type { TalkSession } from "./session.ts";

interface View {
  element: HTMLElement;
  /** Returns what stops it. */
  start(): () => void;
}

/** Chat beside the stage, and for who holds the lesson the hands; a dot says that there is something new. */
export function addTalkPanels(session: TalkSession, side: Panels, seesHands: boolean, toast: (sentence: string) => void): () => void {
  const chat = addLater(side, "chat", "chat", async () => new (await import("./chat.ts")).ChatView(session, toast));
  const stops = [
    chat.stop,
    session.on("said", () => side.note("chat", true)),
    session.on("unsent", () => {
      chat.load();
      side.note("chat", true);
    }),
    session.on("called", ({ name, isMe }) => toast(isMe ? say("hands.called_you") : say("hands.called", { name }))),
    session.on("refused", ({ code }) => toast(code === "not_found" ? say("talk.gone") : sayRefusal(code))),
  ];
  if (seesHands) stops.push(addHands(session, side, toast));
  return () => stops.forEach((stop) => stop());
}

function addHands(session: TalkSession, side: Panels, toast: (sentence: string) => void): () => void {
  let known = 0;
  const { stop } = addLater(side, "hands", "hand", async () => new (await import("./hands.ts")).HandsView(session, toast));
  const quiet = session.on("hands", ({ queue }) => {
    const count = queue?.length ?? 0;
    if (count > known || count === 0) side.note("hands", count > 0);
    known = count;
  });
  return () => {
    stop();
    quiet();
  };
}

/** A panel whose code comes when somebody opens it for the first time, or with `load`. */
function addLater(side: Panels, name: "chat" | "hands", icon: "chat" | "hand", bring: () => Promise<View>): { load(): void; stop(): void } {
  const element = make("div", { class: "panel-later" });
  let stop: (() => void) | null = null;
  let isOver = false;
  let isAsked = false;
  const load = (): void => {
    if (isAsked) return;
    isAsked = true;
    void bring().then((view) => {
      if (isOver) return;
      element.append(view.element);
      stop = view.start();
    });
  };
  side.add({ name, title: say(`${name}.title`), icon, element, opened: load });
  return {
    load,
    stop: () => {
      isOver = true;
      stop?.();
    },
  };
}
