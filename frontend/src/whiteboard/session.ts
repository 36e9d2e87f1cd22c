import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketStatus } from "../wire/socket.ts";
import type {
  BoardCommands,
  BoardOpened,
  BoardResumed,
  BoardYou,
  Command,
  DurableBoardCommands,
  Envelope,
  Refusal,
  Stroke,
  StrokeAdd,
  StrokeErase,
  StrokeExtend,
  StrokeExtended,
} from "../wire/words.ts";
import { applyFact, openBoard, sortStrokes, type BoardState, type Change } from "./board.ts";
import type { Ink } from "./ink.ts";
import { LiveStrokes } from "./live.ts";

interface SessionEvents {
  /** Everything may be different. */
  opened: BoardState;
  changed: Change;
  /** Pages, current page, rights or the list of what waits. */
  noted: undefined;
  /** Only the upper layer. */
  moved: undefined;
  status: SocketStatus;
  refused: string;
}

export interface SessionOptions {
  address: (lastSeq: number | null) => string;
  drawer: Drawer;
  person: string;
  /** An observer never draws, whatever the class may. */
  mayEverDraw: boolean;
}

const LATENCIES_KEPT = 5000;

/** One board as this person has it: facts, what waits for its answer, and what others are drawing. */
export class BoardSession extends Emitter<SessionEvents> {
  state: BoardState = openBoard({ pages: [], current_page: "", draw: "nobody", strokes: [] }, 0);
  you: BoardYou;
  readonly latencies: number[] = [];
  private readonly live = new LiveStrokes();
  private readonly outbox: Outbox;
  private readonly socket: LiveSocket;
  private drawing: string | null = null;

  constructor(private readonly options: SessionOptions) {
    super();
    this.you = { person: options.person, may_draw: false, may_manage: false };
    this.outbox = new Outbox(options.drawer, ({ type, data, ref }) => this.socket.send(type, data, ref));
    this.socket = new LiveSocket({
      address: options.address,
      ping: { type: "board.ping", answer: "board.ponged" },
      snapshots: ["board.opened", "board.resumed"],
      hear: (envelope) => this.hear(envelope),
      hearStale: (envelope) => this.acknowledge(envelope.ref),
      changed: (status) => this.statusChanged(status),
    });
  }

  async open(): Promise<void> {
    await this.outbox.load();
    this.emit("noted", undefined);
    this.socket.connect();
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

  get lastSeq(): number {
    return this.state.seq;
  }

  get pendingCount(): number {
    return this.outbox.list().length;
  }

  get mayDraw(): boolean {
    return this.you.may_draw;
  }

  /** Settled strokes of one page, without those whose erasure is on its way. */
  shownStrokes(page: string): Stroke[] {
    const hidden = this.hiddenStrokes();
    const strokes = sortStrokes(this.state, page);
    return hidden.size === 0 ? strokes : strokes.filter((stroke) => !hidden.has(stroke.id));
  }

  /** What lies above the settled strokes: mine that wait, and others' that grow. */
  upperInk(page: string, now: number): Ink[] {
    const waiting = this.outbox.list().filter((command) => command.type === "stroke.add");
    const mine = waiting.filter((command) => !this.state.strokes.has(command.ref)).map(inkOf);
    return [...mine, ...this.live.list(now)].filter((ink) => ink.page === page);
  }

  /** `id` becomes the stroke's; it is the `ref` of the command. */
  addStroke(id: string, stroke: StrokeAdd): void {
    this.drawing = null;
    this.command("stroke.add", stroke, id);
  }

  extendStroke(stroke: StrokeExtend): void {
    this.drawing = stroke.stroke;
    this.socket.send("stroke.extend" satisfies keyof BoardCommands, stroke);
  }

  eraseStrokes(strokes: string[]): void {
    this.command("stroke.erase", { strokes });
    this.emit("changed", { added: [], removed: strokes.flatMap((id) => this.state.strokes.get(id) ?? []) });
  }

  undo(): void {
    this.command("edit.undo", {});
  }

  redo(): void {
    this.command("edit.redo", {});
  }

  addPage(title: string): void {
    const page = makeId();
    this.command("page.add", { page, title });
    this.command("page.turn", { page });
  }

  turnPage(page: string): void {
    this.command("page.turn", { page });
  }

  changeRights(draw: "nobody" | "all"): void {
    this.command("rights.change", { draw });
  }

  private command<T extends keyof DurableBoardCommands>(type: T, data: DurableBoardCommands[T], ref = makeId()): void {
    this.outbox.put(type, data, ref);
    this.emit("noted", undefined);
  }

  private hiddenStrokes(): ReadonlySet<string> {
    const erasures = this.outbox.list().filter((command) => command.type === "stroke.erase");
    return new Set(erasures.flatMap((command) => (command.data as StrokeErase).strokes));
  }

  private statusChanged(status: SocketStatus): void {
    if (status !== "online") this.outbox.disconnected();
    this.emit("status", status);
  }

  private hear(envelope: Envelope): void {
    switch (envelope.type) {
      case "board.opened":
        return this.opened(envelope.data as BoardOpened, envelope.seq ?? 0);
      case "board.resumed":
        return this.resumed(envelope.data as BoardResumed);
      case "stroke.extended":
        return this.extended(envelope.data as StrokeExtended);
      case "error":
        return this.refused(envelope.ref, (envelope.data as Refusal).code);
      default:
        return this.follow(envelope);
    }
  }

  private opened(data: BoardOpened, seq: number): void {
    this.state = openBoard(data, seq);
    this.you = data.you;
    this.live.clear();
    for (const id of this.state.strokes.keys()) this.outbox.acknowledge(id);
    this.outbox.connected();
    this.emit("opened", this.state);
  }

  private resumed({ edits, you }: BoardResumed): void {
    for (const edit of edits) this.follow(edit);
    this.you = you;
    this.outbox.connected();
    this.emit("noted", undefined);
  }

  private follow(fact: Envelope): void {
    if (fact.seq === undefined) return;
    const change = applyFact(this.state, fact);
    for (const stroke of change.added) this.live.settle(stroke.id);
    if (fact.type === "rights.changed") this.deriveRights();
    this.outbox.acknowledge(fact.ref ?? "");
    if (change.added.length + change.removed.length > 0) this.emit("changed", change);
    this.emit("noted", undefined);
  }

  private deriveRights(): void {
    const { may_manage } = this.you;
    const may_draw = may_manage || (this.state.draw === "all" && this.options.mayEverDraw);
    this.you = { ...this.you, may_draw };
  }

  private extended(message: StrokeExtended): void {
    this.measure(message.sent_at);
    const { stroke } = message;
    if (stroke === this.drawing || this.outbox.has(stroke) || this.state.strokes.has(stroke)) return;
    this.live.extend(message, Date.now());
    this.emit("moved", undefined);
  }

  private measure(sentAt: number | null | undefined): void {
    if (sentAt === undefined || sentAt === null) return;
    this.latencies.push(Date.now() - sentAt);
    if (this.latencies.length > LATENCIES_KEPT) this.latencies.shift();
  }

  private acknowledge(ref: string | undefined): void {
    if (ref === undefined) return;
    const command = this.outbox.acknowledge(ref);
    if (command !== undefined) this.emit("noted", undefined);
  }

  private refused(ref: string | undefined, code: string): void {
    const command = this.outbox.list().find((waiting) => waiting.ref === ref);
    if (ref !== undefined && command !== undefined) {
      if (!this.outbox.refuse(ref, code)) return;
      if (command.type === "stroke.erase") this.emit("opened", this.state);
      this.emit("noted", undefined);
    }
    if (command !== undefined || ref === undefined) this.emit("refused", code);
  }
}

function inkOf(command: Command): Ink {
  const { page, colour, width, points } = command.data as StrokeAdd;
  return { page, colour, width, points };
}
