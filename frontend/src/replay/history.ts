/** A board at any second: forwards edit by edit, backwards from the nearest checkpoint. */
import { applyFact, compareItems, openBoard, type BoardState, type Change } from "../whiteboard/board.ts";
import type { Item } from "../wire/words.ts";
import type { Moment } from "./board_log.ts";

const EVERY = 250;
const EMPTY = { pages: [], current_page: "", draw: "nobody", named: [], isolated: false, follow: false, items: [] } as const;

/** What is different after a move: edit by edit, or so much that all is to be painted anew. */
export type Moved = "all" | { type: string; change: Change }[];

export class History {
  state: BoardState = empty();
  /** How many edits are in the state. */
  private done = 0;
  private readonly checkpoints: BoardState[] = [empty()];
  private sorted = new Map<string, Item[]>();

  constructor(readonly moments: readonly Moment[]) {}

  moveTo(seconds: number): Moved {
    const wanted = countUntil(this.moments, seconds);
    if (wanted === this.done) return [];
    const isFar = wanted < this.done || wanted - this.done > EVERY;
    if (isFar) this.goBack(wanted);
    const changes = this.apply(wanted);
    if (isFar) this.sorted.clear();
    return isFar ? "all" : changes;
  }

  /** Of one page, from the lowest to the highest. */
  itemsOn(page: string): readonly Item[] {
    const known = this.sorted.get(page);
    if (known !== undefined) return known;
    const items = [...this.state.items.values()].filter((item) => item.page === page).sort(compareItems);
    this.sorted.set(page, items);
    return items;
  }

  private goBack(wanted: number): void {
    const index = Math.min(Math.floor(wanted / EVERY), this.checkpoints.length - 1);
    const checkpoint = this.checkpoints[index];
    // From where we are it may be nearer, when nobody has been further yet.
    if (checkpoint === undefined || (wanted >= this.done && index * EVERY <= this.done)) return;
    this.state = copy(checkpoint);
    this.done = index * EVERY;
  }

  private apply(wanted: number): { type: string; change: Change }[] {
    const changes: { type: string; change: Change }[] = [];
    for (; this.done < wanted; this.done += 1) {
      const moment = this.moments[this.done];
      if (moment === undefined) break;
      const change = applyFact(this.state, moment.fact);
      this.note(moment.fact.type, change);
      changes.push({ type: moment.fact.type, change });
      const reached = this.done + 1;
      if (reached % EVERY === 0 && this.checkpoints.length === reached / EVERY) this.checkpoints.push(copy(this.state));
    }
    return changes;
  }

  /** New ink lies on top, so a sorted page stays sorted; anything else sorts it anew. */
  private note(type: string, { added, removed }: Change): void {
    if (type === "item.added" && removed.length === 0) {
      for (const item of added) this.sorted.get(item.page)?.push(item);
      return;
    }
    for (const item of [...added, ...removed]) this.sorted.delete(item.page);
  }
}

/** How many have happened by then. */
export function countUntil(moments: readonly { at: number }[], seconds: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.at ?? Infinity) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

function empty(): BoardState {
  return openBoard({ ...EMPTY, pages: [], named: [], items: [] }, 0);
}

/** Items are never changed in place, so a copy of who is there is enough. */
function copy(state: BoardState): BoardState {
  return { ...state, pages: [...state.pages], named: [...state.named], items: new Map(state.items) };
}
