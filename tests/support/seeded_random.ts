/**
 * Pseudo-random numbers from 0 up to 1. The same seed gives the same numbers, so
 * that a failure can be repeated.
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
