import type { Item } from "../wire/words.ts";
import { compareItems } from "./board.ts";
import { boxOf, doOverlap, type Box } from "./shape.ts";

const CELL = 96;
/** Looking into more cells than this costs more than looking at every item. */
const MANY_CELLS = 60;

class PageIndex {
  readonly items = new Map<string, Item>();
  /** Made when a small box is first asked for: a page that has just come is painted whole. */
  private cells: Map<number, Set<Item>> | null = null;
  private sorted: Item[] | null = null;

  add(item: Item): void {
    this.items.set(item.id, item);
    if (this.cells !== null) putInto(this.cells, item);
    const last = this.sorted?.at(-1);
    if (last === undefined || compareItems(last, item) > 0) this.sorted = null;
    else this.sorted?.push(item);
  }

  remove(id: string): void {
    const item = this.items.get(id);
    if (item === undefined) return;
    this.items.delete(id);
    this.sorted = null;
    if (this.cells !== null) for (const cell of cellsOf(boxOf(item))) this.cells.get(cell)?.delete(item);
  }

  all(): readonly Item[] {
    return (this.sorted ??= [...this.items.values()].sort(compareItems));
  }

  find(box: Box): Item[] {
    const cells = [...cellsOf(box)];
    if (cells.length > MANY_CELLS) return this.all().filter((item) => doOverlap(boxOf(item), box));
    const near = new Set<Item>();
    const grid = (this.cells ??= this.makeCells());
    for (const cell of cells) for (const item of grid.get(cell) ?? []) near.add(item);
    return [...near].filter((item) => doOverlap(boxOf(item), box)).sort(compareItems);
  }

  private makeCells(): Map<number, Set<Item>> {
    const cells = new Map<number, Set<Item>>();
    for (const item of this.items.values()) putInto(cells, item);
    return cells;
  }
}

/** Where things lie: what a box of a page touches is found without looking at everything. */
export class ItemIndex {
  private readonly pages = new Map<string, PageIndex>();

  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.add(item);
  }

  add(item: Item): void {
    const page = this.pages.get(item.page) ?? new PageIndex();
    this.pages.set(item.page, page);
    page.remove(item.id);
    page.add(item);
  }

  remove(item: Item): void {
    this.pages.get(item.page)?.remove(item.id);
  }

  /** From the lowest to the highest. */
  on(page: string): readonly Item[] {
    return this.pages.get(page)?.all() ?? [];
  }

  find(page: string, box: Box): Item[] {
    return this.pages.get(page)?.find(box) ?? [];
  }
}

function putInto(cells: Map<number, Set<Item>>, item: Item): void {
  for (const cell of cellsOf(boxOf(item))) {
    const group = cells.get(cell) ?? new Set();
    cells.set(cell, group.add(item));
  }
}

function* cellsOf({ x0, y0, x1, y1 }: Box): Generator<number> {
  for (let column = Math.floor(x0 / CELL); column <= Math.floor(x1 / CELL); column += 1) {
    for (let row = Math.floor(y0 / CELL); row <= Math.floor(y1 / CELL); row += 1) yield column * 4096 + row;
  }
}
