/** The words of docs/wire.md. Commands go out, generated from what the server decodes; facts come in. */

import type { BoardCommands, ErrorCode, Highlighter, ItemPatch, MediaChange, Pen, RightsChange, RoomCommands, RoomFact, StrokeExtend, ViewMove } from "../generated/messages.ts";

export type {
  BoardCommands,
  BoardFact,
  DurableBoardCommands,
  ErrorCode,
  HeatmapFact,
  ItemChange,
  ItemDivide,
  ItemErase,
  ItemPatch,
  Part,
  PeerSignal,
  QuizCommands,
  QuizFact,
  RoomCommands,
  RoomFact,
  StrokeExtend,
  TalkCommands,
  TalkFact,
  ViewMove,
} from "../generated/messages.ts";
export { CloseCode } from "../generated/messages.ts";

export type Role = "teacher" | "co_teacher" | "student" | "guest" | "observer";
export type DrawRight = RightsChange["draw"];
export type Point = readonly [x: number, y: number];
/** A point of ink, with the pen's pressure where there is one. */
export type InkPoint = readonly [x: number, y: number, pressure?: number];

/** `Word` is what may be said on its socket. */
export interface Envelope<Word extends string = string> {
  type: Word;
  ref?: string;
  seq?: number;
  data: unknown;
}

export interface Command {
  type: string;
  ref: string;
  data: object;
}

export type RecordingState =
  | "expected"
  | "starting"
  | "recording"
  | "lost_recorder"
  | "no_recorder"
  | "captured"
  | "composing"
  | "storing"
  | "published"
  | "failed";

/** What somebody sends. */
export type Media = Required<Pick<MediaChange, "microphone" | "camera" | "screen">>;

/** By which door somebody is here. "board": the room's page with pictures and sound put aside; "companion": board and
 * quiz without video, mostly beside the app. */
export type Door = "page" | "board" | "app" | "companion";

/** As others are told it; null is not known, of somebody in the app, or beside it. */
export type MediaTold = { [device in keyof Media]: boolean | null };

export interface MediaChanged extends MediaTold {
  occupant: string;
  /** Left out where I note what I send myself. */
  door?: Door;
}

export interface Participant extends MediaTold {
  occupant: string;
  person: string;
  name: string;
  role: Role;
  joined_at: number;
  door: Door;
}

/** How somebody's connection is, and whether they look at the page; told to those who hold the lesson. */
export type Link = RoomCommands["link.tell"];

/** Somebody at the door; only those who may let them in are told. */
export interface Waiting {
  knock: string;
  name: string;
  role: Role;
  asked_at: number;
  /** A pupil who must not be recorded and whose name a guest's resembles; empty for nobody. */
  may_be: string;
}

/** The first of those who watch the stream, by name; `count` is all of them. */
export interface AudienceListed {
  people: { person: string; name: string; since: number }[];
  count: number;
}

export interface BreakoutRoom {
  /** Null while it is only planned, like its name at Jitsi. */
  room: string | null;
  name: string | null;
  number: number;
  title: string;
  people: { person: string; name: string }[];
  /** Who asks for help, by person. */
  help: string[];
}

/** A division that was saved for the course. */
export interface BreakoutPlan {
  id: string;
  name: string;
}

/** A division as this person may know it: staff all rooms, everybody else their own. */
export interface Breakouts {
  session: string;
  state: "planned" | "open";
  opened_at: number | null;
  closes_at: number | null;
  warned: boolean;
  note: { text: string; at: number } | null;
  rooms: BreakoutRoom[];
  yours: string | null;
  /** For Jitsi, when I have a room. */
  token?: { jwt: string; valid_ms: number };
}

export interface RoomEntered {
  you: Participant;
  /** What the server lets through of me: to the others, and to the recorder. */
  shield?: { may_send: boolean; is_recorded: boolean };
  participants: Participant[];
  recorder: string | null;
  lesson: { id: string; title: string; status: string; ends_at: number };
  recording: { state: RecordingState };
  knocks: Waiting[];
  ice_servers: RTCIceServer[];
  breakouts: Breakouts | null;
  /** How many watch the stream. */
  audience: number;
  server_at: number;
}

/** The same for whoever was here all along: of people only what is different. */
export type RoomResumed = Omit<RoomEntered, "participants"> & { facts: Envelope<RoomFact>[] };

export interface Candidate {
  candidate: string;
  sdpMid: string | null;
  sdpMLineIndex: number | null;
}

export interface Description {
  type: "offer" | "answer";
  sdp: string;
}

export interface SignalBody {
  session: string;
  description?: Description;
  candidate?: Candidate;
  wish?: Wish;
}

/** Which pictures somebody would like to get: all, small ones, none; or nothing at all, not even sound. */
export type Wish = "all" | "small" | "none" | "away";

export type PeerSignalled = SignalBody & { from: string };

/** A picture behind a page, fitted into its middle. */
export interface Background {
  file: string;
  page: number;
  width: number;
  height: number;
}

export interface Page {
  id: string;
  title: string;
  background: Background | null;
}

/** What somebody puts on a page: a pen stroke, an arrow, a text, … */
export type ItemAdd = BoardCommands["item.add"];
type Told = { id: string; author: string; at: number; seq: number; order: number; layer: string };
type Placed<Kind> = Omit<Kind, "layer"> & Told;

/** An item as it lies there: below those of higher `order`. `layer` is a person's, or everybody's when empty. */
export type Item = ItemAdd extends infer Kind ? (Kind extends ItemAdd ? Placed<Kind> : never) : never;
export type InkItem = Placed<Pen> | Placed<Highlighter>;

export interface BoardYou {
  person: string;
  standing: "staff" | "student" | "reader";
  may_draw: boolean;
  may_manage: boolean;
}

export interface BoardSnapshot {
  pages: Page[];
  current_page: string;
  draw: DrawRight;
  /** Who may draw while `draw` is `named`. */
  named: string[];
  /** While it is, what a student draws is for that student and staff only. */
  isolated: boolean;
  /** While it is on, everybody sees what the teacher sees. */
  follow: boolean;
  /** Without ink that came packed. */
  items: Item[];
}

/** What comes with every beginning. */
export interface BoardCompany {
  /** Names by id: of the authors of what shows, and of who moves. */
  people: Record<string, string>;
  /** Where the teacher looks, while `follow` is on. */
  view: ViewMoved | null;
  you: BoardYou;
}

export type BoardOpened = BoardSnapshot & BoardCompany;

export interface BoardResumed extends BoardCompany {
  edits: Envelope[];
}

export type ViewMoved = ViewMove & { author: string };

export interface PeopleNamed {
  people: Record<string, string>;
}

/** `sent_at` is the sender's own clock: only the drawing-latency measurement reads it. */
export type StrokeExtended = StrokeExtend & { author: string };

interface Authored {
  author: string;
  at: number;
}

export type ItemChanged = Authored & { items: ItemPatch[]; before: ItemPatch[] };
export type ItemErased = Authored & { items: string[] };
export type ItemDivided = Authored & { removed: string[]; added: Item[] };
export type PageAdded = Authored & { page: string; title: string; position: number; background: Background | null };
export type PageDuplicated = PageAdded & { items: Item[] };
export type PageMoved = Authored & { page: string; position: number };
export type PageRenamed = Authored & { page: string; title: string };
export type PageRemoved = Authored & { page: string; current_page: string };
export type PageCleared = Authored & { page: string; items: string[] };
export type PageTurned = Authored & { page: string };
export type SlidesAdded = Authored & { pages: Page[]; position: number };
export type BoardContinued = Authored & { pages: Page[]; current_page: string; items: Item[] };
export type RightsChanged = Authored & { draw: DrawRight; named: string[] };
export type FollowChanged = Authored & { on: boolean };
export type AnswersRevealed = Authored & { persons: string[]; items: Item[] };
/** `changed` and `pages` only when something else than what shows is different afterwards. */
export type EditReversed = Authored & {
  target: string;
  removed: string[];
  restored: Item[];
  changed?: ItemPatch[];
  page?: string;
  pages?: Page[];
  current_page?: string;
};

export interface Refusal {
  code: ErrorCode;
}

export const SUBPROTOCOL = "darasa.v1";
export const PAGE_WIDTH = 960;
export const PAGE_HEIGHT = 720;
export const MAX_POINTS = 2000;
