import type { Item } from "../wire/words.ts";
import { PAGE_HEIGHT, PAGE_WIDTH } from "../wire/words.ts";
import { compareItems } from "./board.ts";
import { boxOf, doOverlap, isInside, type Box } from "./shape.ts";

const PAGE: Box = { x0: 0, y0: 0, x1: PAGE_WIDTH, y1: PAGE_HEIGHT };
const CELL = 96;
/** Looking into more cells than this costs more than looking at every item. */
const MANY_CELLS = 60;

class PageIndex {
  /** Made when something first changes: a page that has just come is only looked at. */
  private byId: Map<string, Item> | null = null;
  /** Made when a small box is first asked for: a page that has just come is painted whole. */
  private cells: Map<number, Set<Item>> | null = null;
  private isSorted = false;

  /** All of `byId`, or null when that has changed since; the array belongs to the index. */
  constructor(private list: Item[] | null) {}

  add(item: Item): void {
    this.remove(item.id);
    this.items.set(item.id, item);
    if (this.cells !== null) putInto(this.cells, item);
    const last = this.list?.at(-1);
    if (last === undefined || compareItems(last, item) > 0) this.forgetList();
    else this.list?.push(item);
  }

  remove(id: string): void {
    const item = this.items.get(id);
    if (item === undefined) return;
    this.items.delete(id);
    this.forgetList();
    if (this.cells !== null) for (const cell of cellsOf(boxOf(item))) this.cells.get(cell)?.delete(item);
  }

  /** From the lowest to the highest. */
  all(): readonly Item[] {
    this.list ??= [...this.items.values()];
    if (!this.isSorted) this.list.sort(compareItems);
    this.isSorted = true;
    return this.list;
  }

  find(box: Box): readonly Item[] {
    if (isInside(PAGE, box)) return this.all();
    const cells = [...cellsOf(box)];
    if (cells.length > MANY_CELLS) return this.all().filter((item) => doOverlap(boxOf(item), box));
    const near = new Set<Item>();
    const grid = (this.cells ??= this.makeCells());
    for (const cell of cells) for (const item of grid.get(cell) ?? []) near.add(item);
    return [...near].filter((item) => doOverlap(boxOf(item), box)).sort(compareItems);
  }

  private get items(): Map<string, Item> {
    return (this.byId ??= new Map(this.list?.map((item) => [item.id, item])));
  }

  private forgetList(): void {
    this.list = null;
    this.isSorted = false;
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
    const lists = new Map<string, Item[]>();
    for (const item of items) {
      const list = lists.get(item.page);
      if (list === undefined) lists.set(item.page, [item]);
      else list.push(item);
    }
    for (const [page, list] of lists) this.pages.set(page, new PageIndex(list));
  }

  add(item: Item): void {
    const page = this.pages.get(item.page) ?? new PageIndex([]);
    this.pages.set(item.page, page);
    page.add(item);
  }

  remove(item: Item): void {
    this.pages.get(item.page)?.remove(item.id);
  }

  /** From the lowest to the highest. */
  on(page: string): readonly Item[] {
    return this.pages.get(page)?.all() ?? [];
  }

  /** Of the whole page everything, also what lies outside. */
  find(page: string, box: Box): readonly Item[] {
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
