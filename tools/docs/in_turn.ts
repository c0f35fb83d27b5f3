/**
 * Does things, a few at a time. Once one fails no other is begun, and it throws
 * when those under way are done.
 *
 * @throws What the first of them has thrown.
 *
 * @param items What to do something with.
 * @param atOnce How many at a time, at most.
 * @param use What to do with each.
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
  // One iterator for all: who is done takes the next.
  const rest = Iterator.from(items);
  let hasFailed = false;
  const worker = async () => {
    for (const item of rest) {
      if (hasFailed) return;
      try {
        await use(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  // What is under way is not left behind.
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
