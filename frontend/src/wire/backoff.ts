const FIRST_SECONDS = 0.2;
const LONGEST_SECONDS = 15;

/** Full jitter: anywhere between now and the ceiling, so that a thousand tabs do not return at once. */
export function chooseDelaySeconds(attempt: number, random: () => number): number {
  return random() * Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** attempt);
}
