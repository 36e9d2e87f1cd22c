/** What the heatmap socket tells (docs/wire.md), and what is read out of it. No page, no socket. */

export type Letter = "a" | "A" | "u" | "s" | "i" | "h" | "x" | "-" | " ";
export type Activity = "active" | "unmeasured" | "silent" | "idle" | "hidden" | "disconnected" | "away";
export type Need = readonly [code: string, since: number];

export interface Row {
  person: string;
  name: string;
  cells: string;
  now: Activity;
  needs: readonly Need[];
}

export interface Picture {
  starts_at: number;
  rows: Row[];
}

export interface Opening extends Picture {
  epoch: string;
  server_at: number;
}

/** `cells` is minute → letter → places of rows. Of another class or beginning: a whole picture. */
export interface Changes extends Partial<Picture> {
  cells?: Record<string, Record<string, number[]>>;
  now?: Record<string, number[]>;
  needs?: Record<string, Need[]>;
}

/** The same as `attendance/heatmap.py` does; `touched` are the places of rows that look different. */
export function apply(old: Picture, heard: Changes): { picture: Picture; touched: Set<number> } {
  if (heard.rows !== undefined && heard.starts_at !== undefined) {
    const picture = { starts_at: heard.starts_at, rows: heard.rows };
    return { picture, touched: new Set(picture.rows.keys()) };
  }
  const rows = [...old.rows];
  const touched = new Set<number>();
  const change = (place: number, with_: (row: Row) => Partial<Row>): void => {
    const row = rows[place];
    if (row === undefined) return;
    rows[place] = { ...row, ...with_(row) };
    touched.add(place);
  };
  for (const [minute, letters] of Object.entries(heard.cells ?? {}))
    for (const [letter, places] of Object.entries(letters)) for (const place of places) change(place, ({ cells }) => ({ cells: put(cells, Number(minute), letter) }));
  for (const [now, places] of Object.entries(heard.now ?? {})) for (const place of places) change(place, () => ({ now: now as Activity }));
  for (const [place, needs] of Object.entries(heard.needs ?? {})) change(Number(place), () => ({ needs }));
  return { picture: { starts_at: old.starts_at, rows }, touched };
}

function put(cells: string, minute: number, letter: string): string {
  const long = cells.padEnd(minute, " ");
  return long.slice(0, minute) + letter + long.slice(minute + 1);
}

/** Neighbours with the same letter together. */
export function runsOf(cells: string): { letter: Letter; length: number }[] {
  const runs: { letter: Letter; length: number }[] = [];
  for (const letter of cells as Iterable<Letter>) {
    const last = runs.at(-1);
    if (last?.letter === letter) last.length += 1;
    else runs.push({ letter, length: 1 });
  }
  return runs;
}

/** How many minutes of each, for whoever hears the row instead of seeing it. */
export function countOf(cells: string): Map<Activity, number> {
  const found = new Map<Activity, number>();
  for (const { letter, length } of runsOf(cells)) {
    const activity = ACTIVITIES[letter];
    if (activity !== null) found.set(activity, (found.get(activity) ?? 0) + length);
  }
  return found;
}

const ACTIVITIES: Record<Letter, Activity | null> = {
  a: "active",
  A: "active",
  u: "unmeasured",
  s: "silent",
  i: "idle",
  h: "hidden",
  x: "disconnected",
  "-": "away",
  " ": null,
};
/** A sign a minute, so that nobody needs the colours. */
export const SIGNS: Record<Letter, string> = { a: "●", A: "★", u: "◍", s: "◌", i: "◐", h: "○", x: "✕", "-": "–", " ": " " };
