import type { Breakouts, Envelope, Link, MediaChanged, Participant, RecordingState, RoomEntered, RoomFact, RoomResumed, Waiting } from "../wire/words.ts";

/** The room as the server told it. */
export interface RoomState {
  you: Participant;
  participants: Map<string, Participant>;
  recorder: string | null;
  recording: RecordingState;
  status: string;
  endsAt: number;
  iceServers: RTCIceServer[];
  /** Who stands at the door, by knock; always empty for those who may not let them in. */
  waiting: Map<string, Waiting>;
  /** By occupant; always empty for those who do not hold the lesson. */
  links: Map<string, Link>;
  /** How many watch the stream; 0 where there is none. */
  audience: number;
  /** The lesson in several rooms; null while it is in one. */
  breakouts: Breakouts | null;
  /** Milliseconds that the server's clock is ahead of ours. */
  offset: number;
}

/** Each of these bears all that I may know of the division. */
const OF_BREAKOUTS: ReadonlySet<string> = new Set<RoomFact>([
  "breakouts.planned",
  "breakouts.opened",
  "breakouts.noted",
  "breakouts.extended",
  "breakouts.warned",
  "breakouts.closed",
  "seat.moved",
  "help.asked",
  "help.answered",
]);

/** A snapshot. The server may not know the recorder yet: then the one we are connected to stays, until it is told. */
export function enterRoom(data: RoomEntered, before: RoomState | null = null): RoomState {
  return {
    you: data.you,
    participants: new Map(data.participants.map((person) => [person.occupant, person])),
    recorder: data.recorder ?? before?.recorder ?? null,
    recording: data.recording.state,
    status: data.lesson.status,
    endsAt: data.lesson.ends_at,
    iceServers: data.ice_servers,
    waiting: new Map(data.knocks.map((one) => [one.knock, one])),
    links: new Map(before?.links),
    audience: data.audience,
    breakouts: data.breakouts,
    offset: data.server_at - Date.now(),
  };
}

/** What was missed; the parts that are not about single people come as they are. */
export function resumeRoom(data: RoomResumed, before: RoomState): RoomState {
  const state = enterRoom({ ...data, participants: [...before.participants.values()] }, before);
  for (const fact of data.facts) applyRoomFact(state, fact);
  return state;
}

export function applyRoomFact(state: RoomState, { type, data }: Envelope<RoomFact>): void {
  if (OF_BREAKOUTS.has(type)) state.breakouts = (data as { breakouts: Breakouts | null }).breakouts;
  switch (type) {
    case "participant.joined":
    case "participant.changed":
      return void addParticipant(state, data as Participant);
    case "participant.left":
      return removeParticipant(state, (data as { occupant: string }).occupant);
    case "link.changed": {
      const { occupant, ...link } = data as Link & { occupant: string };
      return void state.links.set(occupant, link);
    }
    case "audience.counted":
      state.audience = (data as { count: number }).count;
      return;
    case "media.changed":
      return changeMedia(state, data as MediaChanged);
    case "recorder.joined":
      state.recorder = (data as { occupant: string }).occupant;
      return;
    case "recorder.left":
      if (state.recorder === (data as { occupant: string }).occupant) state.recorder = null;
      return;
    case "recording.changed":
      state.recording = (data as { state: RecordingState }).state;
      return;
    case "knock.waiting":
      return void state.waiting.set((data as Waiting).knock, data as Waiting);
    case "knock.decided":
      return void state.waiting.delete((data as { knock: string }).knock);
    case "lesson.ended":
      state.status = "ended";
  }
}

/** The teacher first, then by arrival. */
export function sortPeople(state: RoomState): Participant[] {
  return [...state.participants.values()].sort(
    (one, other) => rank(one) - rank(other) || one.joined_at - other.joined_at,
  );
}

function rank(person: Participant): number {
  if (person.role === "teacher") return 0;
  return person.role === "co_teacher" ? 1 : 2;
}

function addParticipant(state: RoomState, person: Participant): void {
  state.participants.set(person.occupant, person);
}

function removeParticipant(state: RoomState, occupant: string): void {
  state.participants.delete(occupant);
  state.links.delete(occupant);
}

function changeMedia(state: RoomState, { occupant, microphone, camera, screen, door }: MediaChanged): void {
  const person = state.participants.get(occupant);
  if (person !== undefined) state.participants.set(occupant, { ...person, microphone, camera, screen, door: door ?? person.door });
}
