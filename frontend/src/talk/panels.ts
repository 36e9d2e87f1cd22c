import { say, sayRefusal } from "../common/texts.ts";
import type { Panels } from "../room/side_panel.ts";
import { ChatView } from "./chat.ts";
import { HandsView } from "./hands.ts";
import type { TalkSession } from "./session.ts";

/** Chat beside the stage, and for who holds the lesson the hands; a dot says that there is something new. */
export function addTalkPanels(session: TalkSession, side: Panels, seesHands: boolean, toast: (sentence: string) => void): () => void {
  const chat = new ChatView(session, toast);
  side.add({ name: "chat", title: say("chat.title"), icon: "chat", element: chat.element });
  const stops = [chat.start(), session.on("said", () => side.note("chat", true))];
  stops.push(session.on("called", ({ name, isMe }) => toast(isMe ? say("hands.called_you") : say("hands.called", { name }))));
  stops.push(
    session.on("refused", ({ code }) => toast(code === "not_found" ? say("talk.gone") : sayRefusal(code))),
  );
  if (seesHands) {
    const hands = new HandsView(session, toast);
    let known = 0;
    side.add({ name: "hands", title: say("hands.title"), icon: "hand", element: hands.element });
    stops.push(hands.start());
    stops.push(
      session.on("hands", ({ queue }) => {
        const count = queue?.length ?? 0;
        if (count > known || count === 0) side.note("hands", count > 0);
        known = count;
      }),
    );
  }
  return () => stops.forEach((stop) => stop());
}
