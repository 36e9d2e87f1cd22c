/** What the page shows before the server has answered: the effect of each command that still waits. */
import type { Command, Item, ItemAdd, ItemChange, ItemDivide, ItemErase } from "../wire/words.ts";
import { unpacked } from "./packed_ink.ts";
import type { Figure } from "./shape.ts";

export interface Waiting {
  /** Settled items that are gone, or lie above in another form. */
  hidden: ReadonlySet<string>;
  figures: readonly Figure[];
}

export function foldWaiting(commands: readonly Command[], items: ReadonlyMap<string, Item>): Waiting {
  const hidden = new Set<string>();
  const figures = new Map<string, Figure>();
  const find = (id: string): Figure | undefined => figures.get(id) ?? (hidden.has(id) ? undefined : items.get(id));
  const drop = (id: string): void => {
    figures.delete(id);
    if (items.has(id)) hidden.add(id);
  };
  const put = (figure: Figure | undefined): void => {
    if (figure === undefined) return;
    if (items.has(figure.id)) hidden.add(figure.id);
    figures.set(figure.id, figure);
  };
  for (const { type, ref, data } of commands) {
    if (type === "item.add" && !items.has(ref)) put({ ...(data as ItemAdd), id: ref });
    if (type === "item.erase") (data as ItemErase).items.forEach(drop);
    if (type === "item.change") for (const patch of (data as ItemChange).items) put(patched(find(patch.id), patch));
    if (type === "item.divide") divide(ref, data as ItemDivide, find, drop, put);
  }
  return { hidden, figures: [...figures.values()] };
}

function patched(figure: Figure | undefined, patch: object): Figure | undefined {
  if (figure === undefined) return undefined;
  const { seq: _, ...rest } = { seq: 0, ...unpacked(figure) };
  return { ...rest, ...patch } as Figure;
}

function divide(
  ref: string,
  { items, parts }: ItemDivide,
  find: (id: string) => Figure | undefined,
  drop: (id: string) => void,
  put: (figure: Figure | undefined) => void,
): void {
  const pieces = parts.map(({ source, points }, number) => patched(find(source), { id: `${ref} ${number}`, points }));
  items.forEach(drop);
  pieces.forEach(put);
}
