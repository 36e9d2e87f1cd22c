/** The words of docs/wire.md. Commands go out, generated from what the server decodes; facts come in. */

import type { ErrorCode, MediaChange, RightsChange, StrokeExtend } from "../generated/messages.ts";

export type {
  BoardCommands,
  DurableBoardCommands,
  ErrorCode,
  PeerSignal,
  RoomCommands,
  StrokeAdd,
  StrokeErase,
  StrokeExtend,
} from "../generated/messages.ts";
export { CloseCode } from "../generated/messages.ts";

export type Role = "teacher" | "co_teacher" | "student" | "guest" | "observer";
export type DrawRight = RightsChange["draw"];
export type Point = readonly [x: number, y: number];

export interface Envelope {
  type: string;
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
  | "captured"
  | "composing"
  | "storing"
  | "published"
  | "failed";

export type Media = MediaChange;

export interface Participant extends Media {
  occupant: string;
  person: string;
  name: string;
  role: Role;
  joined_at: number;
}

/** Somebody at the door; only those who may let them in are told. */
export interface Waiting {
  knock: string;
  name: string;
  role: Role;
  asked_at: number;
}

export interface RoomEntered {
  you: Participant;
  participants: Participant[];
  recorder: string | null;
  lesson: { id: string; title: string; status: string; ends_at: number };
  recording: { state: RecordingState };
  knocks: Waiting[];
  ice_servers: RTCIceServer[];
  server_at: number;
}

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

export interface Page {
  id: string;
  title: string;
}

export interface Stroke {
  id: string;
  author: string;
  at: number;
  page: string;
  colour: string;
  width: number;
  points: Point[];
  duration_ms: number;
  seq: number;
}

export interface BoardYou {
  person: string;
  may_draw: boolean;
  may_manage: boolean;
}

export interface BoardSnapshot {
  pages: Page[];
  current_page: string;
  draw: DrawRight;
  strokes: Stroke[];
}

export interface BoardOpened extends BoardSnapshot {
  you: BoardYou;
}

export interface BoardResumed {
  edits: Envelope[];
  you: BoardYou;
}

/** `sent_at` is the sender's own clock: only the drawing-latency measurement reads it. */
export type StrokeExtended = StrokeExtend & { author: string };

interface Authored {
  author: string;
  at: number;
}

export type StrokeErased = Authored & { strokes: string[] };
export type PageAdded = Authored & { page: string; title: string; position: number };
export type PageTurned = Authored & { page: string };
export type RightsChanged = Authored & { draw: DrawRight };
export type EditReversed = Authored & { target: string; removed: string[]; restored: Stroke[] };

export interface Refusal {
  code: ErrorCode;
}

export const SUBPROTOCOL = "darasa.v1";
export const PAGE_WIDTH = 960;
export const PAGE_HEIGHT = 720;
export const MAX_POINTS = 2000;
