/** 75 → "1:15", 3675 → "1:01:15". */
export function showClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** The index of the chapter at a time; -1 before the first. */
export function findChapter(chapters: readonly { at_seconds: number }[], seconds: number): number {
  // A jump to a chapter may land a frame before it.
  return chapters.findLastIndex((chapter) => chapter.at_seconds <= seconds + 0.25);
}

/** The end counts as "from the start". */
export function chooseStart(position: number, duration: number): number {
  return position > 5 && position < duration - 10 ? position : 0;
}
