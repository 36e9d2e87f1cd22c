/** A message may have 64 KB; a command that would be larger goes as several. */
const MOST_BYTES = 40_000;

export function splitByWeight<Value>(values: readonly Value[], most = 1000): Value[][] {
  const portions: Value[][] = [];
  let weight = Infinity;
  for (const value of values) {
    const own = JSON.stringify(value).length;
    const last = portions.at(-1);
    if (last === undefined || weight + own > MOST_BYTES || last.length >= most) {
      portions.push([value]);
      weight = own;
    } else {
      last.push(value);
      weight += own;
    }
  }
  return portions;
}
