import { Emitter } from "../common/emitter.ts";
import { makeId } from "../common/identity.ts";
import { Outbox, type Drawer } from "../wire/outbox.ts";
import { LiveSocket, type SocketStatus } from "../wire/socket.ts";
import type {
  BoardCommands,
  BoardCompany,
  BoardOpened,
  BoardResumed,
  BoardSnapshot,
  BoardYou,
  DurableBoardCommands,
  Envelope,
  DrawRight,
  InkItem,
  Item,
  ItemAdd,
  PeopleNamed,
  ItemPatch,
  Part,
  Point,
  Refusal,
  StrokeExtend,
  StrokeExtended,
  ViewMove,
  ViewMoved,
} from "../wire/words.ts";
import { applyFact, openBoard, type BoardState, type Change } from "./board.ts";
import { ItemIndex } from "./index.ts";
import { LiveReader, LiveStrokes, LiveWriter, type Pointed } from "./live.ts";
import { modernise } from "./modernise.ts";
import { Stopwatch } from "./stopwatch.ts";
import { splitByWeight } from "./portions.ts";
import type { Box, Figure, Shape } from "./shape.ts";
import { foldWaiting, type Waiting } from "./waiting.ts";

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
  /** The teacher looks elsewhere, or nobody is led any more. */
  viewed: ViewMoved | null;
  /** Somebody's name is known now. */
  named: undefined;
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

/** One board as this person has it: facts, what waits for its answer, and what others are drawing. */
export class BoardSession extends Emitter<SessionEvents> {
  state: BoardState = openBoard(EMPTY, 0);
  you: BoardYou;
  /** Where the teacher looks, while following is on. */
  view: ViewMoved | null = null;
  /** Names by id, of authors and of whoever moves. */
  readonly people = new Map<string, string>();
  readonly told = new Stopwatch();
  readonly heard = new Stopwatch();
  private readonly live = new LiveStrokes();
  private readonly writer = new LiveWriter();
  private readonly reader = new LiveReader({
    extended: (message) => this.extended(message),
    pointed: (pointed) => this.pointed(pointed),
    told: (words) => this.socket.deliver(JSON.parse(words) as Envelope),
    kept: (ink, isFact) => this.kept(ink, isFact),
  });
  private readonly outbox: Outbox;
  private readonly socket: LiveSocket;
  private drawing: string | null = null;
  /** Ink of the snapshot that is on its way. */
  private arriving: Item[] = [];
  private index = new ItemIndex();
  private wait: Waiting | null = null;
  /** A page that this person looks at by themselves; null with everybody. */
  private wandered: string | null = null;
  /** Staff: whose answer lies on top of what everybody sees. */
  private layer: string | null = null;

  constructor(private readonly options: SessionOptions) {
    super();
    this.you = { person: options.person, standing: "reader", may_draw: false, may_manage: false };
    this.outbox = new Outbox(options.drawer, ({ type, data, ref }) => this.socket.send(type, data, ref), { read: modernise });
    this.socket = new LiveSocket({
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

  get lastSeq(): number {
    return this.state.seq;
  }

  get pendingCount(): number {
    return this.outbox.list().length;
  }

  get mayDraw(): boolean {
    return this.you.may_draw;
  }

  /** The page that is seen here. */
  get page(): string {
    const { pages, current_page } = this.state;
    return pages.some((page) => page.id === this.wandered) ? (this.wandered ?? current_page) : current_page;
  }

  get hasWandered(): boolean {
    return this.page !== this.state.current_page;
  }

  /** Whether this person's page and zoom are the teacher's. */
  get isLed(): boolean {
    return this.state.follow && !this.you.may_manage;
  }

  /** Whose private layer is seen besides everybody's. */
  get shownLayer(): string {
    return this.layer ?? (this.you.may_manage ? "" : this.you.person);
  }

  get waiting(): Waiting {
    return (this.wait ??= foldWaiting(this.outbox.list(), this.state.items));
  }

  isShown(figure: { layer?: string | null }): boolean {
    return (figure.layer ?? "") === "" || figure.layer === this.shownLayer;
  }

  /** Settled items of a page that touch the box, from the lowest to the highest. */
  find(page: string, box: Box): Item[] {
    return this.index.find(page, box).filter((item) => this.isShown(item));
  }

  itemsOn(page: string): readonly Item[] {
    return this.index.on(page).filter((item) => this.isShown(item));
  }

  /** Also what is private, for those who were given it. */
  everythingOn(page: string): readonly Item[] {
    return this.index.on(page);
  }

  /** What this person may take hold of, as it is or as it will be. */
  figure(id: string): Figure | undefined {
    const waiting = this.waiting.figures.find((figure) => figure.id === id);
    return waiting ?? (this.waiting.hidden.has(id) ? undefined : this.state.items.get(id));
  }

  mayChange(figure: Figure): boolean {
    const { person, may_manage, may_draw } = this.you;
    if (may_manage) return true;
    if (!may_draw || ("author" in figure && figure.author !== person)) return false;
    return !this.state.isolated || !("author" in figure) || figure.layer !== "";
  }

  /** Others' strokes that grow. */
  growing(page: string, now: number): Shape[] {
    return this.live.list(now).filter((stroke) => stroke.page === page && this.isLiveShown(stroke.author));
  }

  /** While answers are isolated, a student's pen belongs to that student's answer. */
  private isLiveShown(author: string): boolean {
    return !this.state.isolated || author === this.shownLayer || !this.isStudent(author);
  }

  /** Set by the room, which knows who is who. */
  isStudent: (person: string) => boolean = () => false;

  lookAtPage(page: string): void {
    if (this.isLed) return;
    this.wandered = page;
    this.emit("noted", undefined);
  }

  lookAtLayer(person: string | null): void {
    this.layer = person;
    this.emit("opened", this.state);
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
    if (this.you.may_manage && this.state.follow) this.socket.send("view.move" satisfies keyof BoardCommands, view);
  }

  nameOf(person: string): string {
    return this.people.get(person) ?? "";
  }

  eraseItems(items: string[]): void {
    for (const some of splitByWeight(items)) this.command("item.erase", { items: some });
  }

  changeItems(items: ItemPatch[]): void {
    for (const some of splitByWeight(items, 200)) this.command("item.change", { items: some });
  }

  /** What is left of each; nothing is left of those without parts. */
  divideItems(sources: ReadonlyMap<string, Part["points"][]>): void {
    for (const some of splitByWeight([...sources])) {
      const parts = some.flatMap(([source, pieces]) => pieces.map((points) => ({ source, points })));
      this.command("item.divide", { items: some.map(([source]) => source), parts });
    }
  }

  undo(): void {
    this.command("edit.undo", {});
  }

  redo(): void {
    this.command("edit.redo", {});
  }

  addPage(title: string, after?: string): void {
    const page = makeId();
    this.command("page.add", after === undefined ? { page, title } : { page, title, after });
    this.command("page.turn", { page });
  }

  duplicatePage(source: string, title: string): void {
    this.command("page.duplicate", { page: makeId(), source, title });
  }

  movePage(page: string, position: number): void {
    this.command("page.move", { page, position });
  }

  renamePage(page: string, title: string): void {
    this.command("page.rename", { page, title });
  }

  removePage(page: string): void {
    this.command("page.remove", { page });
  }

  clearPage(page: string): void {
    this.command("page.clear", { page });
  }

  turnPage(page: string): void {
    this.command("page.turn", { page });
  }

  changeRights(draw: DrawRight, named: readonly string[] = []): void {
    this.command("rights.change", { draw, named: [...named] });
  }

  changeFollow(on: boolean): void {
    this.command("follow.change", { on });
  }

  openAnswers(): void {
    this.command("answers.open", {});
  }

  closeAnswers(): void {
    this.command("answers.close", {});
  }

  revealAnswers(persons: string[] | "all"): void {
    this.command("answers.reveal", { persons });
  }

  private command<T extends keyof DurableBoardCommands>(type: T, data: DurableBoardCommands[T], ref = makeId()): void {
    this.outbox.put(type, data, ref);
    this.note();
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

  private hear(envelope: Envelope): void {
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
    const items = [...data.items, ...this.arriving];
    this.arriving = [];
    this.state = openBoard({ ...data, items }, seq);
    this.index = new ItemIndex(this.state.items.values());
    this.live.clear();
    for (const id of this.state.items.keys()) this.outbox.acknowledge(id);
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

  private deriveRights(): void {
    const { may_manage } = this.you;
    const { draw, named, isolated } = this.state;
    const isOpen = isolated || draw === "all" || (draw === "named" && named.includes(this.you.person));
    const may_draw = may_manage || (isOpen && this.options.mayEverDraw);
    if (may_draw !== this.you.may_draw) this.you = { ...this.you, may_draw };
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
