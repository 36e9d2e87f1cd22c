import type { Command } from "../wire/words.ts";

/** What an outbox may hold since before strokes became items, in today's words; nobody's stroke is lost by an update. */
export function modernise(command: Command): Command {
  const { ref, data } = command;
  switch (command.type) {
    case "stroke.add":
      return { type: "item.add", ref, data: { kind: "pen", ...data } };
    case "stroke.erase":
      return { type: "item.erase", ref, data: { items: (data as { strokes: string[] }).strokes } };
    default:
      return command;
  }
}
