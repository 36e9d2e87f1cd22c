import { Emitter } from "../common/emitter.ts";
import type { SocketStatus } from "../wire/socket.ts";
import type { BoardSnapshot, BoardYou, Command, Item, ViewMoved } from "../wire/words.ts";
import { openBoard, type BoardState, type Change } from "./board.ts";
import { ItemIndex } from "./index.ts";
import { isLater, markLater } from "./later.ts";
import { LiveStrokes, type Pointed } from "./live.ts";
import type { Box, Figure, Shape } from "./shape.ts";
import { foldWaiting, type Waiting } from "./waiting.ts";

export interface SessionEvents {
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

export interface SightOptions {
  person: string;
  /** An observer never draws, whatever the class may. */
  mayEverDraw: boolean;
  /** When the lesson was over, in ms since 1970: what is later is a layer of its own, and nobody is led. */
  closedMs?: number;
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

/** What of a board this person sees, and may take hold of. */
export abstract class BoardSight extends Emitter<SessionEvents> {
  state: BoardState = openBoard(EMPTY, 0);
  you: BoardYou;
  protected readonly live = new LiveStrokes();
  protected index = new ItemIndex();
  protected wait: Waiting | null = null;
  /** A page that this person looks at by themselves; null with everybody. */
  protected wandered: string | null = null;
  /** Staff: whose answer lies on top of what everybody sees. */
  private layer: string | null = null;
  private isAddedShown = true;

  constructor(private readonly seen: SightOptions) {
    super();
    this.you = { person: seen.person, standing: "reader", may_draw: false, may_manage: false };
  }

  /** What was said and not yet answered. */
  protected abstract listUnanswered(): Command[];

  get lastSeq(): number {
    return this.state.seq;
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
    return this.state.follow && !this.you.may_manage && !this.isOver;
  }

  get isOver(): boolean {
    return this.seen.closedMs !== undefined;
  }

  /** Pages, rights and answers are in this person's hand. */
  get mayLead(): boolean {
    return this.you.may_manage && !this.isOver;
  }

  /** Whether anything was added after the lesson. */
  get hasAdded(): boolean {
    return this.isOver && [...this.state.items.values()].some(isLater);
  }

  get showsAdded(): boolean {
    return this.isAddedShown;
  }

  showAdded(isShown: boolean): void {
    this.isAddedShown = isShown;
    this.emit("opened", this.state);
  }

  /** Whose private layer is seen besides everybody's. */
  get shownLayer(): string {
    return this.layer ?? (this.you.may_manage ? "" : this.you.person);
  }

  get waiting(): Waiting {
    return (this.wait ??= this.markWaiting(foldWaiting(this.listUnanswered(), this.state.items)));
  }

  isShown(figure: { layer?: string | null }): boolean {
    if (!this.isAddedShown && isLater(figure)) return false;
    const { layer = "" } = figure;
    return layer === "" || layer === null || layer === this.shownLayer;
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
    if (this.isOver) return may_draw && isLater(figure);
    if (may_manage) return true;
    if (!may_draw || ("author" in figure && figure.author !== person)) return false;
    return !this.state.isolated || !("author" in figure) || figure.layer !== "";
  }

  /** Others' strokes that grow. */
  growing(page: string, now: number): Shape[] {
    if (!this.isAddedShown) return [];
    const strokes = this.live.list(now).filter((stroke) => stroke.page === page && this.isLiveShown(stroke.author));
    return this.isOver ? strokes.map(markLater) : strokes;
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

  protected deriveRights(): void {
    const { may_manage } = this.you;
    const { draw, named, isolated } = this.state;
    const isOpen = isolated || draw === "all" || (draw === "named" && named.includes(this.you.person));
    const may_draw = may_manage || (isOpen && this.seen.mayEverDraw);
    if (may_draw !== this.you.may_draw) this.you = { ...this.you, may_draw };
  }

  protected noteLater(item: Item): void {
    if (item.at > (this.seen.closedMs ?? Infinity)) markLater(item);
  }

  private markWaiting(waiting: Waiting): Waiting {
    if (this.isOver) waiting.figures.forEach(markLater);
    return waiting;
  }
}
