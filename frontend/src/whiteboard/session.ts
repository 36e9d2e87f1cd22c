import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketStatus } from "../wire/socket.ts";
import type {
  BoardOpened,
  BoardResumed,
  BoardSnapshot,
  BoardYou,
  Command,
  DurableBoardCommands,
  Envelope,
  InkItem,
  ItemAdd,
  ItemErase,
  Point,
  Refusal,
  StrokeExtend,
  StrokeExtended,
} from "../wire/words.ts";
import { applyFact, isInk, openBoard, sortItems, type BoardState, type Change } from "./board.ts";
import type { Ink } from "./ink.ts";
import { LiveReader, LiveStrokes, LiveWriter, type Pointed } from "./live.ts";

interface SessionEvents {
  /** Everything may be different. */
  opened: BoardState;
  changed: Change;
  /** Pages, current page, rights or the list of what waits. */
  noted: undefined;
  /** Only the upper layer. */
  moved: undefined;
  /** Where somebody else points right now. */
  pointed: Pointed;
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

const EMPTY: BoardSnapshot = {
  pages: [],
  current_page: "",
  draw: "nobody",
  named: [],
  isolated: false,
  follow: false,
  items: [],
};
const LATENCIES_KEPT = 5000;

/** One board as this person has it: facts, what waits for its answer, and what others are drawing. */
export class BoardSession extends Emitter<SessionEvents> {
  state: BoardState = openBoard(EMPTY, 0);
  you: BoardYou;
  readonly latencies: number[] = [];
  private readonly live = new LiveStrokes();
  private readonly writer = new LiveWriter();
  private readonly reader = new LiveReader({
    extended: (message) => this.extended(message),
    pointed: (pointed) => this.pointed(pointed),
    told: (words) => this.hear(JSON.parse(words) as Envelope),
  });
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
      hearBytes: (frame) => this.reader.read(frame),
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

  /** Settled ink of one page, without that whose erasure is on its way. */
  shownInk(page: string): InkItem[] {
    const hidden = this.hiddenItems();
    const ink = sortItems(this.state, page).filter(isInk);
    return hidden.size === 0 ? ink : ink.filter((item) => !hidden.has(item.id));
  }

  /** What lies above the settled ink: mine that wait, and others' that grow. */
  upperInk(page: string, now: number): Ink[] {
    const waiting = this.outbox.list().filter((command) => command.type === "item.add");
    const mine = waiting.filter((command) => !this.state.items.has(command.ref)).flatMap(inkOf);
    return [...mine, ...this.live.list(now)].filter((ink) => ink.page === page);
  }

  /** `id` becomes the item's; it is the `ref` of the command. */
  addItem(id: string, item: ItemAdd): void {
    this.drawing = null;
    this.command("item.add", item, id);
  }

  extendStroke(stroke: StrokeExtend): void {
    this.drawing = stroke.stroke;
    this.socket.sendBytes(this.writer.stroke(stroke));
  }

  /** At most 25 times a second. */
  point(kind: Pointed["kind"], page: string, at: Point): void {
    this.socket.sendBytes(this.writer.point(kind, page, at, makeId));
  }

  eraseItems(items: string[]): void {
    this.command("item.erase", { items });
    this.emit("changed", { added: [], removed: items.flatMap((id) => this.state.items.get(id) ?? []) });
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

  private hiddenItems(): ReadonlySet<string> {
    const erasures = this.outbox.list().filter((command) => command.type === "item.erase");
    return new Set(erasures.flatMap((command) => (command.data as ItemErase).items));
  }

  private statusChanged(status: SocketStatus): void {
    this.reader.clear();
    this.writer.clear();
    if (status !== "online") this.outbox.disconnected();
    this.emit("status", status);
  }

  private hear(envelope: Envelope): void {
    switch (envelope.type) {
      case "board.opened":
        return this.opened(envelope.data as BoardOpened, envelope.seq ?? 0);
      case "board.resumed":
        return this.resumed(envelope.data as BoardResumed);
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
    for (const id of this.state.items.keys()) this.outbox.acknowledge(id);
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
    for (const item of change.added) this.live.settle(item.id);
    this.deriveRights();
    this.outbox.acknowledge(fact.ref ?? "");
    if (change.added.length + change.removed.length > 0) this.emit("changed", change);
    this.emit("noted", undefined);
  }

  private deriveRights(): void {
    const { may_manage } = this.you;
    const { draw, named, isolated } = this.state;
    const isOpen = isolated || draw === "all" || (draw === "named" && named.includes(this.you.person));
    const may_draw = may_manage || (isOpen && this.options.mayEverDraw);
    if (may_draw !== this.you.may_draw) this.you = { ...this.you, may_draw };
  }

  private extended(message: StrokeExtended): void {
    this.measure(message.sent_at);
    const { stroke } = message;
    if (stroke === this.drawing || this.outbox.has(stroke) || this.state.items.has(stroke)) return;
    this.live.extend(message, Date.now());
    this.emit("moved", undefined);
  }

  private pointed(pointed: Pointed): void {
    if (pointed.author !== this.you.person) this.emit("pointed", pointed);
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
      if (command.type === "item.erase") this.emit("opened", this.state);
      this.emit("noted", undefined);
    }
    if (command !== undefined || ref === undefined) this.emit("refused", code);
  }
}

function inkOf(command: Command): Ink[] {
  const item = command.data as ItemAdd;
  return item.kind === "pen" || item.kind === "highlighter" ? [item] : [];
}
