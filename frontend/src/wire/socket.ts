import { chooseDelaySeconds } from "./backoff.ts";
import { Sequence } from "./sequence.ts";
import { CloseCode, SUBPROTOCOL, type Envelope } from "./words.ts";

export type SocketStatus = "connecting" | "online" | "reconnecting" | "closed";

export interface SocketOptions<Word extends string = string> {
  /** Asked anew for each attempt: the board's address names the last `seq` it has. */
  address: (lastSeq: number | null) => string;
  /** `heard` is told what each answer says. */
  ping: { type: string; answer: Word; heard?: (data: unknown) => void };
  snapshots: readonly Word[];
  hear: (envelope: Envelope<Word>) => void;
  /** What is live comes as bytes where the address asks for it; see docs/wire.md. */
  hearBytes?: (frame: Uint8Array) => void;
  /** A fact that we have already: an answer to a command sent twice. */
  hearStale?: (envelope: Envelope<Word>) => void;
  /** Something was missed. Say how to repair it; without this the socket reconnects. Where this is given, words come
   * from several processes and now and then out of turn: what is missing is waited for first. */
  resync?: () => void;
  changed: (status: SocketStatus, closeCode: number | null) => void;
  open?: (address: string) => WebSocket;
  random?: () => number;
}

const PING_SECONDS = 15;
const PONG_SECONDS = 10;
const OPENING_SECONDS = 10;
/** Whoever is hurried gives up an attempt as old as this: it may be of the network that a telephone has left behind. */
const HUNG_MS = 3_000;
const OUT_OF_TURN_SECONDS = 1;
const STILL_TRYING_ATTEMPT = 7;
const FINAL: ReadonlySet<number> = new Set([
  CloseCode.REMOVED,
  CloseCode.LESSON_OVER,
  CloseCode.REPLACED,
  CloseCode.ROOM_FULL,
  CloseCode.BREAKOUT_OVER,
]);

/** A WebSocket that comes back by itself until it is told, or tells, that it is over. */
export class LiveSocket<Word extends string = string> {
  status: SocketStatus = "connecting";
  readonly sequence: Sequence;
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retryTimer = 0;
  private pingTimer = 0;
  private deadline = 0;
  private pingedAt = 0;
  /** By the clock on the wall, which goes on while a telephone sleeps. */
  private begunAt = 0;
  /** Words that came before their turn, by `seq`. */
  private readonly early = new Map<number, Envelope<Word>>();
  private turnTimer = 0;
  /** From the last ping to its answer; null before the first. */
  roundTripMs: number | null = null;

  constructor(private readonly options: SocketOptions<Word>) {
    this.sequence = new Sequence(new Set(options.snapshots));
  }

  get lastSeq(): number | null {
    return this.sequence.last;
  }

  connect(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    if (this.status === "closed") return;
    if (this.socket !== null) this.forget(this.socket); // else it would live on unheard
    this.begunAt = Date.now();
    const address = this.options.address(this.lastSeq);
    const socket = (this.options.open ?? openWebSocket)(address);
    this.socket = socket;
    this.forgetEarly();
    this.sequence.restart();
    this.setDeadline(OPENING_SECONDS);
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event: MessageEvent<unknown>) => this.received(socket, event.data);
    socket.onclose = (event: CloseEvent) => this.lost(socket, event.code);
  }

  /** False when there is nobody to hear it; durable commands wait in the outbox. */
  send(type: string, data: object, ref?: string): boolean {
    if (this.status !== "online" || this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(ref === undefined ? { type, data } : { type, ref, data }));
    return true;
  }

  /** What is live and lost when nobody hears it. */
  sendBytes(frame: Uint8Array): void {
    if (this.status === "online" && this.socket?.readyState === 1) this.socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  close(): void {
    this.finish(null);
  }

  /** The network is back, or the laptop woke up, often both at once: do not wait for the timer. */
  hurry(): void {
    if (this.status === "online") this.ping();
    else if (this.retryTimer !== 0 || this.isHung) this.connect();
  }

  private get isHung(): boolean {
    return this.socket !== null && Date.now() - this.begunAt > HUNG_MS;
  }

  /** Leaves the present connection as if it had broken, and comes back. */
  reconnect(): void {
    const { socket } = this;
    if (socket !== null) this.lost(socket, 0);
  }

  private opened(socket: WebSocket): void {
    if (socket !== this.socket) return;
    clearTimeout(this.deadline);
    this.deadline = 0;
    this.setStatus("online", null);
    this.pingTimer = after(PING_SECONDS, () => this.ping());
  }

  private received(socket: WebSocket, text: unknown): void {
    if (socket !== this.socket) return;
    if (text instanceof ArrayBuffer) return this.options.hearBytes?.(new Uint8Array(text));
    if (typeof text !== "string") return;
    const frame = JSON.parse(text) as Envelope<Word> | Envelope<Word>[];
    for (const envelope of Array.isArray(frame) ? frame : [frame]) {
      if (socket !== this.socket) return;
      this.deliver(envelope);
    }
  }

  /** Also for what came in bytes. */
  deliver(envelope: Envelope<Word>): void {
    if (envelope.type === this.options.ping.answer) return this.ponged(envelope.data);
    switch (this.sequence.judge(envelope)) {
      case "snapshot":
        this.attempt = 0;
        return this.hearInTurn(envelope);
      case "next":
        return this.hearInTurn(envelope);
      case "ephemeral":
        return this.options.hear(envelope);
      case "stale":
        return this.options.hearStale?.(envelope);
      case "gap":
        return this.options.resync === undefined ? this.reconnect() : this.waitForTurn(envelope);
      case "too_early":
        return this.holdBack(envelope);
    }
  }

  /** And whatever was waiting for this one. */
  private hearInTurn(envelope: Envelope<Word>): void {
    this.options.hear(envelope);
    if (this.early.size === 0) return;
    for (const seq of this.early.keys()) if (seq <= (this.lastSeq ?? 0)) this.early.delete(seq);
    const next = this.early.get((this.lastSeq ?? 0) + 1);
    if (next !== undefined) return this.deliver(next);
    if (this.early.size === 0) this.forgetEarly();
  }

  private waitForTurn(envelope: Envelope<Word>): void {
    this.holdBack(envelope);
    if (this.turnTimer === 0) this.turnTimer = after(OUT_OF_TURN_SECONDS, () => this.askForRest());
  }

  private askForRest(): void {
    this.turnTimer = 0;
    if (this.early.size > 0) this.options.resync?.();
  }

  private holdBack(envelope: Envelope<Word>): void {
    if (this.lastSeq !== null && envelope.seq !== undefined) this.early.set(envelope.seq, envelope);
  }

  private forgetEarly(): void {
    clearTimeout(this.turnTimer);
    this.turnTimer = 0;
    this.early.clear();
  }

  private ping(): void {
    clearTimeout(this.pingTimer);
    this.send(this.options.ping.type, {});
    if (this.deadline !== 0) return;
    this.pingedAt = performance.now();
    this.setDeadline(PONG_SECONDS);
  }

  private ponged(data: unknown): void {
    this.options.ping.heard?.(data);
    clearTimeout(this.deadline);
    if (this.deadline !== 0) this.roundTripMs = performance.now() - this.pingedAt;
    this.deadline = 0;
    clearTimeout(this.pingTimer);
    this.pingTimer = after(PING_SECONDS, () => this.ping());
  }

  private setDeadline(seconds: number): void {
    clearTimeout(this.deadline);
    this.deadline = after(seconds, () => this.reconnect());
  }

  private lost(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    this.forget(socket);
    if (FINAL.has(code)) return this.finish(code);
    if (code === CloseCode.TOO_MANY_ERRORS) this.attempt = STILL_TRYING_ATTEMPT;
    this.setStatus("reconnecting", null);
    const delay = chooseDelaySeconds(this.attempt, this.options.random ?? Math.random);
    this.attempt += 1;
    this.retryTimer = after(delay, () => this.connect());
  }

  private forget(socket: WebSocket): void {
    clearTimeout(this.pingTimer);
    clearTimeout(this.deadline);
    this.deadline = 0;
    this.socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private finish(code: number | null): void {
    clearTimeout(this.retryTimer);
    if (this.socket !== null) this.forget(this.socket);
    this.setStatus("closed", code);
  }

  private setStatus(status: SocketStatus, code: number | null): void {
    if (status === this.status) return;
    this.status = status;
    this.options.changed(status, code);
  }
}

export function openWebSocket(address: string): WebSocket {
  const socket = new WebSocket(address, SUBPROTOCOL);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** The path of a socket as the absolute address a browser of any age accepts. */
export function locateSocket(path: string, query: Record<string, string>): string {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
  return address.href;
}

function after(seconds: number, act: () => void): number {
  return setTimeout(act, seconds * 1000) as unknown as number;
}
