/**
 * The visible board: the mirror of whiteboard/board.py. Both replay tests/transcripts/*.json.
 * Only facts come in here; what waits for its answer is `session.ts`.
 */
import type {
  BoardSnapshot,
  DrawRight,
  EditReversed,
  Envelope,
  Page,
  PageAdded,
  PageTurned,
  RightsChanged,
  Stroke,
  StrokeErased,
} from "../wire/words.ts";

export interface BoardState {
  seq: number;
  pages: Page[];
  current_page: string;
  draw: DrawRight;
  /** Shown strokes only. */
  strokes: Map<string, Stroke>;
}

/** What a fact did to the picture. */
export interface Change {
  added: Stroke[];
  removed: Stroke[];
}

export function openBoard(snapshot: BoardSnapshot, seq: number): BoardState {
  return {
    seq,
    pages: snapshot.pages.map((page) => ({ ...page })),
    current_page: snapshot.current_page,
    draw: snapshot.draw,
    strokes: new Map(snapshot.strokes.map((stroke) => [stroke.id, stroke])),
  };
}

/** Folds one fact into the state, in place. A fact heard twice changes nothing. */
export function applyFact(state: BoardState, fact: Envelope): Change {
  if (fact.seq === undefined || fact.seq <= state.seq) return { added: [], removed: [] };
  state.seq = fact.seq;
  return fold(state, fact);
}

function fold(state: BoardState, fact: Envelope): Change {
  switch (fact.type) {
    case "stroke.added":
      return replace(state, [], [fact.data as Stroke]);
    case "stroke.erased":
      return replace(state, (fact.data as StrokeErased).strokes, []);
    case "edit.undone":
    case "edit.redone": {
      const { removed, restored } = fact.data as EditReversed;
      return replace(state, removed, restored);
    }
    case "page.added":
      addPage(state, fact.data as PageAdded);
      break;
    case "page.turned":
      state.current_page = (fact.data as PageTurned).page;
      break;
    case "rights.changed":
      state.draw = (fact.data as RightsChanged).draw;
      break;
  }
  return { added: [], removed: [] };
}

function replace(state: BoardState, hide: string[], show: Stroke[]): Change {
  const removed = hide.flatMap((id) => state.strokes.get(id) ?? []);
  for (const stroke of removed) state.strokes.delete(stroke.id);
  for (const stroke of show) state.strokes.set(stroke.id, stroke);
  return { added: show, removed };
}

function addPage(state: BoardState, { page, title, position }: PageAdded): void {
  state.pages.splice(position, 0, { id: page, title });
  state.current_page ||= page;
}

/** From the lowest to the highest, of one page or of all. */
export function sortStrokes(state: BoardState, page?: string): Stroke[] {
  const strokes = [...state.strokes.values()];
  const chosen = page === undefined ? strokes : strokes.filter((stroke) => stroke.page === page);
  return chosen.sort((one, other) => one.seq - other.seq);
}
