/**
 * Calls a function for each item, a few at a time. An error is thrown when all calls have
 * ended.
 *
 * @throws The error of the first call that failed.
 *
 * @param items The items.
 * @param atOnce How many calls at a time, at most.
 * @param use The function.
 *
 * @example
 * ```ts
 * import { inTurn } from "./in_turn.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const doubled: number[] = [];
 * await inTurn([1, 2, 3], 2, (n) => Promise.resolve(doubled.push(2 * n)));
 * assertEquals(doubled, [2, 4, 6]);
 * ```
 */
export async function inTurn<T>(
  items: Iterable<T>,
  atOnce: number,
  use: (item: T) => Promise<unknown>,
): Promise<void> {
  // One iterator for all workers: each takes the next item when it is done.
  const rest = Iterator.from(items);
  const workers = Array.from({ length: atOnce }, async () => {
    for (const item of rest) await use(item);
  });
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
