import type { BreakoutRoom, Breakouts } from "../wire/words.ts";

/** The breakout room where I belong now; null is the main room. Whoever has no seat goes where they wish. */
export function chooseRoom(breakouts: Breakouts | null, visited: string | null): BreakoutRoom | null {
  if (breakouts === null || breakouts.state !== "open") return null;
  const wanted = breakouts.yours ?? visited;
  return breakouts.rooms.find(({ room }) => room !== null && room === wanted) ?? null;
}

/** Rooms with more people than see each other there; `capacity` counts one who holds the lesson, null is as many as come. */
export function findOverfull(rooms: readonly BreakoutRoom[], capacity: number | null): BreakoutRoom[] {
  return capacity === null ? [] : rooms.filter(({ people }) => people.length > capacity - 1);
}
