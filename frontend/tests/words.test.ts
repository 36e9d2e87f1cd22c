import { test } from "node:test";
import type * as told from "../src/generated/messages.ts";
import type { Changes, Opening } from "../src/heatmap/heatmap.ts";
import type { Quiz } from "../src/quizzes/quiz.ts";
import type { ChatMessage, Hands, TalkOpening } from "../src/talk/talk.ts";
import type * as read from "../src/wire/words.ts";

/** Compiles only where whatever the server may tell is something that the page can read. */
type Reads<Page, Server extends Page> = [Page, Server];

export type Room = [
  Reads<Omit<read.RoomEntered, "you" | "ice_servers">, told.RoomFacts["room.entered"]>,
  Reads<Omit<read.RoomResumed, "you" | "ice_servers" | "facts">, told.RoomFacts["room.resumed"]>,
  Reads<read.Participant, told.RoomFacts["participant.joined"]>,
  Reads<read.Participant, told.RoomFacts["participant.changed"]>,
  Reads<{ occupant: string }, told.RoomFacts["participant.left"]>,
  Reads<read.MediaChanged, told.RoomFacts["media.changed"]>,
  Reads<read.Link & { occupant: string }, told.RoomFacts["link.changed"]>,
  Reads<read.AudienceListed, told.RoomFacts["audience.listed"]>,
  Reads<{ count: number }, told.RoomFacts["audience.counted"]>,
  Reads<{ state: read.RecordingState }, told.RoomFacts["recording.changed"]>,
  Reads<read.Waiting, told.RoomFacts["knock.waiting"]>,
  Reads<{ knock: string }, told.RoomFacts["knock.decided"]>,
  Reads<{ breakouts: read.Breakouts | null }, told.RoomFacts["breakouts.opened"]>,
  Reads<{ plans: read.BreakoutPlan[] }, told.RoomFacts["breakouts.saved"]>,
  Reads<{ server_at: number }, told.RoomFacts["room.ponged"]>,
  Reads<{ jwt: string; valid_ms: number }, told.RoomFacts["token.renewed"]>,
];

export type Others = [
  Reads<TalkOpening, told.TalkFacts["talk.opened"]>,
  Reads<TalkOpening & { deleted: string[] }, told.TalkFacts["talk.resumed"]>,
  Reads<ChatMessage, told.TalkFacts["chat.sent"]>,
  Reads<Hands, told.TalkFacts["hands.moved"]>,
  Reads<Omit<Quiz, "mine" | "tally">, told.QuizFacts["quiz.launched"]["quiz"]>,
  Reads<Omit<Opening, "rows">, told.HeatmapFacts["heatmap.opened"]>,
  Reads<Omit<Changes, "rows">, told.HeatmapFacts["heatmap.changed"]>,
  Reads<read.PageMoved, told.BoardFacts["page.moved"]>,
  Reads<read.PageRemoved, told.BoardFacts["page.removed"]>,
  Reads<read.PageTurned, told.BoardFacts["page.turned"]>,
  Reads<read.PageRenamed, told.BoardFacts["page.renamed"]>,
  Reads<read.RightsChanged, told.BoardFacts["rights.changed"]>,
  Reads<read.FollowChanged, told.BoardFacts["follow.changed"]>,
  Reads<read.ViewMoved, told.BoardFacts["view.moved"]>,
  Reads<read.SlidesAdded, told.BoardFacts["slides.added"]>,
  Reads<read.PeopleNamed, told.BoardFacts["people.named"]>,
];

test("what the server tells is what the page reads", () => undefined);
