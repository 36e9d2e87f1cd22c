/**
 * The visible board: the mirror of whiteboard/board. Both replay tests/transcripts/*.json.
 * Only facts come in here; what waits for its answer is `session.ts`.
 */
import type {
  AnswersRevealed,
  BoardContinued,
  BoardSnapshot,
  EditReversed,
  Envelope,
  FollowChanged,
  InkItem,
  Item,
  ItemChanged,
  ItemDivided,
  ItemErased,
  ItemPatch,
  Page,
  PageAdded,
  PageDuplicated,
  PageMoved,
  PageRemoved,
  PageRenamed,
  PageTurned,
  RightsChanged,
  SlidesAdded,
} from "../wire/words.ts";
import { unpacked } from "./packed_ink.ts";

export interface BoardState extends Omit<BoardSnapshot, "items"> {
  seq: number;
  /** Shown items only. */
  items: Map<string, Item>;
}

/** What a fact did to the picture. */
export interface Change {
  added: Item[];
  removed: Item[];
}

const NOTHING: Change = { added: [], removed: [] };

export function openBoard(snapshot: BoardSnapshot, seq: number): BoardState {
  const { current_page, draw, isolated, follow } = snapshot;
  return {
    seq,
    pages: snapshot.pages.map((page) => ({ ...page })),
    current_page,
    draw,
    named: [...snapshot.named],
    isolated,
    follow,
    items: mapById(snapshot.items),
  };
}

function mapById(items: readonly Item[]): Map<string, Item> {
  const map = new Map<string, Item>();
  for (const item of items) map.set(item.id, item);
  return map;
}

/** Folds one fact into the state, in place. A fact heard twice changes nothing. */
export function applyFact(state: BoardState, fact: Envelope): Change {
  if (fact.seq === undefined || fact.seq <= state.seq) return NOTHING;
  state.seq = fact.seq;
  return FOLDS[fact.type]?.(state, fact.data as never) ?? NOTHING;
}

type Fold = (state: BoardState, data: never) => Change | undefined;

const FOLDS: Record<string, Fold> = {
  "item.added": (state, item: Item) => replace(state, [], [item]),
  "item.changed": (state, { items }: ItemChanged) => patch(state, items),
  "item.erased": (state, { items }: ItemErased) => replace(state, items, []),
  "item.divided": (state, { removed, added }: ItemDivided) => replace(state, removed, added),
  "page.added": (state, data: PageAdded) => insertPages(state, data.position, [pageOf(data)]),
  "page.duplicated": (state, data: PageDuplicated) => {
    insertPages(state, data.position, [pageOf(data)]);
    return replace(state, [], data.items);
  },
  "page.moved": (state, { page, position }: PageMoved) => {
    const moved = state.pages.filter((one) => one.id === page);
    state.pages = state.pages.filter((one) => one.id !== page);
    return insertPages(state, position, moved);
  },
  "page.renamed": (state, { page, title }: PageRenamed) => {
    state.pages = state.pages.map((one) => (one.id === page ? { ...one, title } : one));
    return undefined;
  },
  "page.removed": (state, { page, current_page }: PageRemoved) => {
    state.pages = state.pages.filter((one) => one.id !== page);
    state.current_page = current_page;
    return replace(state, itemsOn(state, page), []);
  },
  "page.cleared": (state, { items }: ItemErased) => replace(state, items, []),
  "page.turned": (state, { page }: PageTurned) => set(state, { current_page: page }),
  "slides.added": (state, { pages, position }: SlidesAdded) => insertPages(state, position, pages),
  "board.continued": (state, { pages, current_page, items }: BoardContinued) => {
    set(state, { pages, current_page });
    return replace(state, [], items);
  },
  "rights.changed": (state, { draw, named }: RightsChanged) => set(state, { draw, named }),
  "follow.changed": (state, { on }: FollowChanged) => set(state, { follow: on }),
  "answers.opened": (state) => set(state, { isolated: true }),
  "answers.closed": (state) => set(state, { isolated: false }),
  "answers.revealed": (state, { items }: AnswersRevealed) => replace(state, [], items),
  "edit.undone": reverse,
  "edit.redone": reverse,
};

function reverse(state: BoardState, data: EditReversed): Change {
  if (data.pages !== undefined) set(state, { pages: data.pages, current_page: data.current_page ?? state.current_page });
  const shown = replace(state, data.removed, data.restored);
  const changed = patch(state, data.changed ?? []);
  return { added: [...shown.added, ...changed.added], removed: [...shown.removed, ...changed.removed] };
}

function replace(state: BoardState, hide: readonly string[], show: readonly Item[]): Change {
  const removed = [...hide, ...show.map((item) => item.id)].flatMap((id) => state.items.get(id) ?? []);
  for (const item of removed) state.items.delete(item.id);
  for (const item of show) state.items.set(item.id, item);
  return { added: [...show], removed };
}

/** Somebody may be told of a change to what they never saw; the fact that shows it to them has it whole. */
function patch(state: BoardState, patches: readonly ItemPatch[]): Change {
  const changed = patches.flatMap((fields) => {
    const item = state.items.get(fields.id);
    return item === undefined ? [] : [{ ...unpacked(item), ...fields } as Item];
  });
  return replace(state, [], changed);
}

function insertPages(state: BoardState, position: number, pages: readonly Page[]): undefined {
  state.pages.splice(position, 0, ...pages);
  state.current_page ||= pages[0]?.id ?? "";
}

function set(state: BoardState, part: Partial<BoardState>): undefined {
  Object.assign(state, part);
}

function pageOf({ page, title, background }: PageAdded): Page {
  return { id: page, title, background };
}

function itemsOn(state: BoardState, page: string): string[] {
  return [...state.items.values()].filter((item) => item.page === page).map((item) => item.id);
}

/** From the lowest to the highest, of one page or of all. */
export function sortItems(state: BoardState, page?: string): Item[] {
  const items = [...state.items.values()];
  const chosen = page === undefined ? items : items.filter((item) => item.page === page);
  return chosen.sort(compareItems);
}

export function compareItems(one: Item, other: Item): number {
  return one.order - other.order || one.seq - other.seq || (one.id < other.id ? -1 : 1);
}

export function isInk(item: Item): item is InkItem {
  return item.kind === "pen" || item.kind === "highlighter";
}
