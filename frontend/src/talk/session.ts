import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketOptions, type SocketStatus } from "../wire/socket.ts";
import type { Command, Envelope, Refusal, TalkCommands, TalkFact } from "../wire/words.ts";
import type { Draft } from "./draft.ts";
import type { ChatMessage, ChatMode, Counts, Hands, Pace, Reaction, TalkOpening, TalkYou } from "./talk.ts";

interface SessionEvents {
  /** The messages, the mode, what waits here, or what I may do is different. */
  changed: undefined;
  /** Somebody else wrote, just now or while nobody listened here: then only the last of it. */
  said: ChatMessage;
  /** What I wrote was refused for good: it is mine again, for whoever takes it back. */
  unsent: undefined;
  hands: Hands;
  called: { person: string; name: string; isMe: boolean };
  reacted: Counts<Reaction>;
  pulses: Counts<Pace>;
  /** A command with this ref was carried out. */
  done: string;
  refused: { code: string; ref: string | null };
  status: SocketStatus;
}

/** Words of mine, and why the server did not take them. */
export interface GivenBack {
  text: string;
  code: string;
}

export interface SessionOptions {
  /** `standing` is the one in which we heard what we have. */
  address: (lastSeq: number | null, standing: string) => string;
  drawer: Drawer;
  /** Where what is being written survives this page; none where no room closes before the lesson does. */
  draft?: Draft;
  open?: SocketOptions["open"];
}

/** A little less than the server takes of a pupil, so that what waited goes out without being refused. */
const PACE = { perSecond: 0.9, burst: 4 };

/** What is said in one room, as this person has it. What they write waits here until the server has kept it. */
export class TalkSession extends Emitter<SessionEvents> {
  you: TalkYou = { person: "", standing: "observer" };
  mode: ChatMode = "open";
  hands: Hands = { mine: null, queue: null };
  pulse: Pace | null = null;
  pulses: Counts<Pace> = {};
  /** There is more before the first message that we have. */
  hasEarlier = false;
  /** Milliseconds that the server's clock is ahead of ours. */
  offset = 0;
  readonly draft: Draft | null;
  /** Oldest first: whoever shows it may come later than the refusal. */
  private givenBack: GivenBack[] = [];
  private readonly kept = new Map<string, ChatMessage>();
  private readonly outbox: Outbox;
  private readonly socket: LiveSocket<TalkFact>;

  constructor(options: SessionOptions) {
    super();
    this.draft = options.draft ?? null;
    this.outbox = new Outbox(options.drawer, ({ type, data, ref }) => this.socket.send(type, data, ref), PACE);
    this.socket = new LiveSocket<TalkFact>({
      address: (last) => options.address(last, this.you.standing),
      ping: { type: "talk.ping", answer: "talk.ponged" },
      snapshots: ["talk.opened", "talk.resumed"],
      hear: (envelope) => this.hear(envelope),
      hearStale: (envelope) => this.hearAgain(envelope),
      changed: (status) => this.statusChanged(status),
      ...(options.open === undefined ? {} : { open: options.open }),
    });
  }

  async open(): Promise<void> {
    this.socket.connect(); // what was left unsent goes out as soon as both are there
    await this.outbox.load();
    this.emit("changed", undefined);
  }

  close(): void {
    this.socket.close();
  }

  hurry(): void {
    this.socket.hurry();
  }

  get status(): SocketStatus {
    return this.socket.status;
  }

  /** In the order in which they were said. */
  get messages(): ChatMessage[] {
    return [...this.kept.values()].sort((one, other) => one.seq - other.seq);
  }

  /** Written here, and not yet kept by the server. */
  get waiting(): { id: string; text: string }[] {
    return this.outbox.list().map((command) => ({ id: command.ref, text: textOf(command) }));
  }

  write(text: string): void {
    const said: TalkCommands["chat.send"] = { text };
    this.outbox.put("chat.send" satisfies keyof TalkCommands, said, makeId());
    this.emit("changed", undefined);
  }

  /** What was refused for good since the last time. */
  takeBack(): GivenBack[] {
    return this.givenBack.splice(0);
  }

  /** The ref whose `done` or `refused` answers it; null when there is nobody to hear it. */
  command<Word extends Exclude<keyof TalkCommands, "chat.send">>(type: Word, data: TalkCommands[Word], ref = makeId()): string | null {
    return this.socket.send(type, data, ref) ? ref : null;
  }

  askEarlier(): boolean {
    const first = this.messages[0];
    return first !== undefined && this.command("chat.earlier", { before: first.seq }) !== null;
  }

  setPulse(pulse: Pace | null): boolean {
    if (this.command("pulse.set", { pulse: pulse ?? "none" }) === null) return false;
    this.pulse = pulse;
    return true;
  }

  private statusChanged(status: SocketStatus): void {
    if (status === "online") this.outbox.connected();
    else this.outbox.disconnected();
    this.emit("status", status);
  }

  private hear({ type, ref, data }: Envelope<TalkFact>): void {
    switch (type) {
      case "talk.opened":
        this.hasEarlier = (data as { more: boolean }).more;
        return this.begin(data as TalkOpening, true);
      case "talk.resumed":
        for (const id of (data as { deleted: string[] }).deleted) this.markDeleted(id);
        return this.begin(data as TalkOpening, false);
      case "chat.sent":
        return this.sent(data as ChatMessage);
      case "chat.deleted":
        this.markDeleted((data as { message: string }).message);
        return this.emit("changed", undefined);
      case "chat.mode_set":
        this.mode = (data as { mode: ChatMode }).mode;
        return this.emit("changed", undefined);
      case "chat.found":
        return this.found(data as { messages: ChatMessage[]; more: boolean });
      default:
        return this.hearLive(type, ref, data);
    }
  }

  private hearLive(type: TalkFact, ref: string | undefined, data: unknown): void {
    switch (type) {
      case "hands.moved":
        this.hands = data as Hands;
        return this.emit("hands", this.hands);
      case "hand.called": {
        const { person, name } = data as { person: string; name: string };
        return this.emit("called", { person, name, isMe: person === this.you.person });
      }
      case "reactions.counted":
        return this.emit("reacted", (data as { counts: Counts<Reaction> }).counts);
      case "pulse.moved":
        this.pulses = (data as { counts: Counts<Pace> }).counts;
        return this.emit("pulses", this.pulses);
      case "command.done":
        return ref === undefined ? undefined : this.emit("done", ref);
      case "error":
        return this.refused(ref, (data as Refusal).code);
    }
  }

  /** A message of mine that had arrived before, and whose answer I missed. */
  private hearAgain({ type, data }: Envelope<TalkFact>): void {
    if (type !== "chat.sent") return;
    this.keep(data as ChatMessage);
    this.emit("changed", undefined);
  }

  private begin(opening: TalkOpening, isWhole: boolean): void {
    const missed = opening.messages.filter(({ id, author, deleted }) => !this.kept.has(id) && author !== opening.you.person && !deleted).at(-1);
    if (isWhole) this.kept.clear();
    this.you = opening.you;
    this.mode = opening.mode;
    this.pulse = opening.pulse;
    this.hands = opening.hands;
    this.pulses = opening.pulses ?? {};
    this.offset = opening.server_at - Date.now();
    for (const message of opening.messages) this.keep(message);
    this.emit("changed", undefined);
    this.emit("hands", this.hands);
    this.emit("pulses", this.pulses);
    if (missed !== undefined) this.emit("said", missed);
  }

  private sent(message: ChatMessage): void {
    const isNew = !this.kept.has(message.id);
    this.keep(message);
    this.emit("changed", undefined);
    if (isNew && message.author !== this.you.person) this.emit("said", message);
  }

  private keep(message: ChatMessage): void {
    this.kept.set(message.id, message);
    this.outbox.acknowledge(message.id);
  }

  private markDeleted(id: string): void {
    const message = this.kept.get(id);
    if (message !== undefined) this.kept.set(id, { ...message, text: "", deleted: true });
  }

  private found({ messages, more }: { messages: ChatMessage[]; more: boolean }): void {
    for (const message of messages) this.keep(message);
    this.hasEarlier = more;
    this.emit("changed", undefined);
  }

  private refused(ref: string | undefined, code: string): void {
    const mine = this.outbox.list().find((command) => command.ref === ref);
    if (mine === undefined || ref === undefined) return this.emit("refused", { code, ref: ref ?? null });
    if (!this.outbox.refuse(ref, code)) return;
    this.givenBack.push({ text: textOf(mine), code });
    this.emit("unsent", undefined);
    this.emit("changed", undefined);
  }
}

function textOf(command: Command): string {
  return (command.data as TalkCommands["chat.send"]).text;
}
