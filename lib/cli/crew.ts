import { Seats } from "../tcp/_connection_limit.ts";

/** Those who serve on one port together: a thread each, and often just one. */
export interface Crew {
  /** How many they are. */
  readonly size: number;
  /** Aborted when all of them are to end. */
  readonly signal: AbortSignal;
  /**
   * How many conversations there may be at once, over all of them.
   *
   * @param most The most; the same for each of them.
   */
  seats(most: number): Seats;
  /**
   * Called by each of them once it listens.
   *
   * @throws {CommandError} If this one is the first and another has failed.
   * @param port Where.
   * @returns Whether this one is the first, which speaks for all: then all of them
   * listen.
   */
  isFirst(port: number): Promise<boolean>;
}

/**
 * A crew of one: nothing is shared.
 *
 * @param signal What ends it.
 *
 * @example
 * ```ts
 * import { crewOfOne } from "./crew.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const crew = crewOfOne(new AbortController().signal);
 * assertEquals(crew.size, 1);
 * assertEquals(await crew.isFirst(9999), true);
 * assertEquals(crew.seats(1).take(), true);
 * ```
 */
export function crewOfOne(signal: AbortSignal): Crew {
  return {
    size: 1,
    signal,
    seats: (most) => new Seats({ most }),
    isFirst: () => Promise.resolve(true),
  };
}
