/**
 * Numbers as if by chance, from 0 up to 1: the same ones again for the same seed,
 * so that what they have led to can be had once more.
 *
 * Mulberry32, by Tommy Ettinger: plenty for a test, and for nothing secret.
 *
 * @param seed A whole number.
 * @returns Draws the next one.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
