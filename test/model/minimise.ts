/**
 * The smallest part of a list that still fails, as far as leaving out ever smaller pieces finds one (delta debugging).
 * `fails` is asked at most `attempts` times; the order is kept.
 */
export async function minimise<Item>(
  items: readonly Item[],
  fails: (part: readonly Item[]) => Promise<boolean>,
  attempts: number,
): Promise<readonly Item[]> {
  let smallest = items;
  let left = attempts;
  for (let pieces = 2; pieces <= 2 * smallest.length && left > 0; ) {
    const length = Math.max(1, Math.ceil(smallest.length / pieces));
    let isSmaller = false;
    for (let at = 0; at < smallest.length && left > 0; ) {
      const part = [...smallest.slice(0, at), ...smallest.slice(at + length)];
      left -= 1;
      if (part.length < smallest.length && (await fails(part))) {
        smallest = part;
        isSmaller = true;
      } else at += length;
    }
    if (length === 1 && !isSmaller) break;
    pieces = isSmaller ? Math.max(2, Math.min(pieces, smallest.length)) : 2 * pieces;
  }
  return smallest;
}
