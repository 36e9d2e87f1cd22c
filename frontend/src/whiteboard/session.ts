import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketStatus } from "../wire/socket.ts";
import type { BoardCommands, BoardCompany, BoardFact, BoardOpened, BoardResumed, Command, DurableBoardCommands, Envelope, InkItem, Item, ItemAdd, PeopleNamed, Point, Refusal, StrokeExtend, StrokeExtended, ViewMove, ViewMoved } from "../wire/words.ts";
import { applyFact, openBoard } from "./board.ts";
import { ItemIndex } from "./index.ts";
import { LiveReader, LiveWriter, type Pointed } from "./live.ts";
import { modernise } from "./modernise.ts";
import type { SightOptions } from "./sight.ts";
import { Stopwatch } from "./stopwatch.ts";
import { BoardWishes } from "./wishes.ts";

export interface SessionOptions extends SightOptions {
  address: (lastSeq: number | null) => string;
  drawer: Drawer;
}

/** What they take back is whatever was carried out before them. */
const ON_THE_LAST: ReadonlySet<string> = new Set<keyof DurableBoardCommands>(["edit.undo", "edit.redo"]);

/** One board as this person has it: facts, what waits for its answer, and what others are drawing. */
export class BoardSession extends BoardWishes {
  /** Where the teacher looks, while following is on. */
  view: ViewMoved | null = null;
  /** Names by id, of authors and of whoever moves. */
  readonly people = new Map<string, string>();
  readonly told = new Stopwatch();
  readonly heard = new Stopwatch();
  private readonly writer = new LiveWriter();
  private readonly reader = new LiveReader({
    extended: (message) => this.extended(message),
    pointed: (pointed) => this.pointed(pointed),
    told: (words) => this.socket.deliver(JSON.parse(words) as Envelope<BoardFact>),
    kept: (ink, isFact) => this.kept(ink, isFact),
  });
  private readonly outbox: Outbox;
  private readonly socket: LiveSocket<BoardFact>;
  private drawing: string | null = null;
  /** Ink of the snapshot that is on its way. */
  private arriving: Item[] = [];

  constructor(private readonly options: SessionOptions) {
    super(options);
    this.outbox = new Outbox(options.drawer, ({ type, data, ref }) => this.socket.send(type, data, ref), { read: modernise, alone: ON_THE_LAST });
    this.socket = new LiveSocket<BoardFact>({
      address: (last) => this.address(last),
      ping: { type: "board.ping", answer: "board.ponged" },
      snapshots: ["board.opened", "board.resumed"],
      hear: (envelope) => this.hear(envelope),
      hearBytes: (frame) => this.reader.read(frame),
      hearStale: (envelope) => this.acknowledge(envelope.ref),
      changed: (status) => this.statusChanged(status),
    });
  }

  async open(): Promise<void> {
    this.socket.connect(); // what was left unsent goes out as soon as both are there
    await this.outbox.load();
    this.note();
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

  get pendingCount(): number {
    return this.outbox.list().length;
  }

  /** `id` becomes the item's; it is the `ref` of the command. */
  addItem(id: string, item: ItemAdd): void {
    this.drawing = null;
    this.command("item.add", item, id);
  }

  extendStroke(stroke: StrokeExtend): void {
    this.drawing = stroke.stroke;
    this.told.note(stroke.stroke, stroke.points.length, Date.now());
    this.socket.sendBytes(this.writer.stroke(stroke));
  }

  /** At most 25 times a second. */
  point(kind: Pointed["kind"], page: string, at: Point): void {
    this.socket.sendBytes(this.writer.point(kind, page, at, makeId));
  }

  /** Where staff look while following is on; at most 25 times a second. */
  moveView(view: ViewMove): void {
    if (this.mayLead && this.state.follow) this.socket.send("view.move" satisfies keyof BoardCommands, view);
  }

  nameOf(person: string): string {
    return this.people.get(person) ?? "";
  }

  protected override command<T extends keyof DurableBoardCommands>(type: T, data: DurableBoardCommands[T], ref = makeId()): void {
    this.outbox.put(type, data, ref);
    this.note();
  }

  protected override listUnanswered(): Command[] {
    return this.outbox.list();
  }

  /** What waits is another list now. */
  private note(): void {
    this.wait = null;
    this.emit("noted", undefined);
  }

  /** What we have, and with whose eyes it was seen: with others, more of it may show. */
  private address(last: number | null): string {
    const address = this.options.address(last);
    return last === null ? address : `${address}${address.includes("?") ? "&" : "?"}as=${this.you.standing}`;
  }

  private kept(ink: readonly InkItem[], isFact: boolean): void {
    if (!isFact) for (const item of ink) this.arriving.push(item);
    else for (const item of ink) this.socket.deliver({ type: "item.added", ref: item.id, seq: item.seq, data: item });
  }

  private statusChanged(status: SocketStatus): void {
    this.arriving = [];
    this.reader.clear();
    this.writer.clear();
    if (status !== "online") this.outbox.disconnected();
    this.emit("status", status);
  }

  private hear(envelope: Envelope<BoardFact>): void {
    switch (envelope.type) {
      case "board.opened":
        return this.opened(envelope.data as BoardOpened, envelope.seq ?? 0);
      case "board.resumed":
        return this.resumed(envelope.data as BoardResumed);
      case "view.moved":
        return this.viewed(envelope.data as ViewMoved);
      case "people.named":
        return this.named(envelope.data as PeopleNamed);
      case "error":
        return this.refused(envelope.ref, (envelope.data as Refusal).code);
      default:
        return this.follow(envelope);
    }
  }

  private opened(data: BoardOpened, seq: number): void {
    const items = this.arriving.length === 0 ? data.items : data.items.concat(this.arriving);
    this.arriving = [];
    this.state = openBoard({ ...data, items }, seq);
    if (this.isOver) for (const item of items) this.noteLater(item);
    this.index = new ItemIndex(this.state.items.values());
    this.live.clear();
    for (const { ref } of this.outbox.list()) if (this.state.items.has(ref)) this.outbox.acknowledge(ref);
    this.wait = null;
    this.begin(data);
    this.emit("opened", this.state);
    if (this.view !== null) this.emit("viewed", this.view);
  }

  private resumed(data: BoardResumed): void {
    for (const edit of data.edits) this.follow(edit);
    this.begin(data);
    this.note();
  }

  private begin(company: BoardCompany): void {
    this.you = company.you;
    this.named(company);
    this.viewed(company.view);
    this.outbox.connected();
  }

  private named({ people }: PeopleNamed): void {
    for (const [person, name] of Object.entries(people)) this.people.set(person, name);
    this.emit("named", undefined);
  }

  private viewed(view: ViewMoved | null): void {
    if (view === this.view) return;
    this.view = view;
    this.emit("viewed", view);
  }

  private follow(fact: Envelope): void {
    if (fact.seq === undefined) return;
    const change = applyFact(this.state, fact);
    for (const item of change.removed) this.index.remove(item);
    for (const item of change.added) {
      this.live.settle(item.id);
      this.noteLater(item);
      this.index.add(item);
    }
    if (fact.type === "page.turned" || this.isLed) this.wandered = null;
    this.deriveRights();
    if (!this.state.follow) this.viewed(null);
    this.outbox.acknowledge(fact.ref ?? "");
    this.wait = null;
    if (change.added.length + change.removed.length > 0) this.emit("changed", change);
    this.emit("noted", undefined);
  }

  private extended(message: StrokeExtended): void {
    const { stroke, points } = message;
    if (stroke === this.drawing || this.outbox.has(stroke) || this.state.items.has(stroke)) return;
    this.heard.note(stroke, points.length, Date.now());
    this.live.extend(message, Date.now());
    this.emit("moved", undefined);
  }

  private pointed(pointed: Pointed): void {
    if (pointed.author !== this.you.person) this.emit("pointed", pointed);
  }

  private acknowledge(ref: string | undefined): void {
    if (ref === undefined) return;
    const command = this.outbox.acknowledge(ref);
    if (command !== undefined) this.note();
  }

  private refused(ref: string | undefined, code: string): void {
    const command = this.outbox.list().find((waiting) => waiting.ref === ref);
    if (ref !== undefined && command !== undefined) {
      if (!this.outbox.refuse(ref, code)) return;
      this.note();
    }
    if (command !== undefined || ref === undefined) this.emit("refused", code);
  }
}
