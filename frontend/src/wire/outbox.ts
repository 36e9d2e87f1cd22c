import type { Command } from "./words.ts";

/** Where unanswered commands survive a reload. */
export interface Drawer {
  /** What comes too late for its room stays here, for whoever tells its author (room/left_behind.ts). */
  readonly isReclaimed?: boolean;
  load(): Promise<Command[]>;
  keep(command: Command): void;
  drop(ref: string): void;
}

const IN_FLIGHT = 8;
// A little less than the server takes: after a long absence everything goes out without being refused.
const PER_SECOND = 9;
const BURST = 40;
const RETRY_SECONDS = [0.5, 1, 2, 5];
const TRY_LATER: ReadonlySet<string> = new Set(["slow_down", "unavailable"]);
// About a minute. Longer than a database is away it holds nobody back: then it is this command that the server cannot take.
const PATIENCE = 14;
const IS_CLOSED = "lesson_over";

export interface OutboxOptions {
  /** What was kept may be of an older page: in today's words. */
  read?: (command: Command) => Command;
  /** Milliseconds. */
  now?: () => number;
  /** What the server takes of these, a second and at once. */
  perSecond?: number;
  burst?: number;
  /** Types whose effect hangs on what was carried out before them: never under way together with another type. */
  alone?: ReadonlySet<string>;
}

/** Keeps durable commands, oldest first, until each is answered by its fact or its refusal. What was put off holds back all that
 * came after it, as that may rest on it. */
export class Outbox {
  private readonly waiting = new Map<string, Command>();
  private readonly inFlight = new Set<string>();
  /** The first that was put off, until it is answered. */
  private held: string | null = null;
  private holds = 0;
  private readonly stubborn = new Set<string>();
  /** Under way since before an earlier one was put off: what is refused of these may be right in its turn. */
  private readonly tooEarly = new Set<string>();
  private online = false;
  private refusals = 0;
  private timer = 0;
  private spent = 0;
  private spentAt = 0;
  private readonly perSecond: number;
  private readonly burst: number;

  constructor(
    private readonly drawer: Drawer,
    private readonly send: (command: Command) => boolean,
    private readonly options: OutboxOptions = {},
  ) {
    this.perSecond = options.perSecond ?? PER_SECOND;
    this.burst = options.burst ?? BURST;
  }

  /** What an earlier page left unsent goes out first. */
  async load(): Promise<Command[]> {
    const { read } = this.options;
    const kept = await this.drawer.load();
    const left = read === undefined ? kept : kept.map(read);
    const newer = [...this.waiting.values()];
    this.waiting.clear();
    for (const command of [...left, ...newer]) this.waiting.set(command.ref, command);
    this.pump();
    return left;
  }

  put(type: string, data: object, ref: string): Command {
    const command = { type, ref, data };
    this.waiting.set(ref, command);
    this.drawer.keep(command);
    this.pump();
    return command;
  }

  list(): Command[] {
    return [...this.waiting.values()];
  }

  has(ref: string): boolean {
    return this.waiting.has(ref);
  }

  connected(): void {
    this.online = true;
    this.forgetFlight();
    this.pump();
  }

  disconnected(): void {
    this.online = false;
    this.forgetFlight();
  }

  /** The fact came: it is in the database. */
  acknowledge(ref: string): Command | undefined {
    this.refusals = 0;
    return this.take(ref);
  }

  /** The server refused. True when the command is given up here, false when it will be tried again or is somebody else's. */
  refuse(ref: string, code: string): boolean {
    if (code === IS_CLOSED && this.drawer.isReclaimed === true) return false;
    if (TRY_LATER.has(code)) this.putOff(ref);
    else if (this.tooEarly.has(ref)) this.sendAgain(ref);
    else return this.take(ref) !== undefined;
    return false;
  }

  private putOff(ref: string): void {
    this.hold(ref);
    this.retryLater();
    this.sendAgain(ref);
  }

  private hold(ref: string): void {
    const order = [...this.waiting.keys()];
    const place = order.indexOf(ref);
    if (place < 0) return;
    for (const later of order.slice(place + 1)) if (this.inFlight.has(later)) this.tooEarly.add(later);
    if (this.stubborn.has(ref)) return;
    if (this.held === null || place < order.indexOf(this.held)) this.holds = 0;
    else if (this.held !== ref) return;
    this.held = ref;
    this.holds += 1;
    if (this.holds > PATIENCE) this.letPass(ref);
  }

  private letPass(ref: string): void {
    this.stubborn.add(ref);
    this.held = null;
  }

  /** In its turn. */
  private sendAgain(ref: string): void {
    this.inFlight.delete(ref);
    this.tooEarly.delete(ref);
    this.pump();
  }

  private forgetFlight(): void {
    this.inFlight.clear();
    this.tooEarly.clear();
  }

  private take(ref: string): Command | undefined {
    const command = this.waiting.get(ref);
    if (command === undefined) return undefined;
    this.waiting.delete(ref);
    if (this.held === ref) this.held = null;
    this.stubborn.delete(ref);
    this.drawer.drop(ref);
    this.sendAgain(ref);
    return command;
  }

  private retryLater(): void {
    if (this.timer !== 0) return;
    const seconds = RETRY_SECONDS[Math.min(this.refusals, RETRY_SECONDS.length - 1)] ?? 5;
    this.refusals += 1;
    this.pumpIn(seconds);
  }

  private pumpIn(seconds: number): void {
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.pump();
    }, seconds * 1000) as unknown as number;
  }

  private pump(): void {
    if (!this.online || this.timer !== 0) return;
    let before: Command | null = null;
    for (const command of this.waiting.values()) {
      if (this.inFlight.size >= IN_FLIGHT || this.mustWait(command, before)) return;
      before = command;
      if (this.inFlight.has(command.ref)) continue;
      if (!this.maySend()) return this.pumpIn(1 / this.perSecond);
      if (!this.send(command)) return;
      this.spent += 1;
      this.inFlight.add(command.ref);
    }
  }

  private mustWait({ type }: Command, before: Command | null): boolean {
    if (before === null) return false;
    const { alone } = this.options;
    return before.ref === this.held || (before.type !== type && (alone?.has(before.type) === true || alone?.has(type) === true));
  }

  private maySend(): boolean {
    const now = (this.options.now ?? Date.now)();
    this.spent = Math.max(0, this.spent - (Math.max(0, now - this.spentAt) / 1000) * this.perSecond);
    this.spentAt = now;
    return this.spent + 1 <= this.burst;
  }
}
