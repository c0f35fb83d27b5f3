// Stands in for jsr:@std/async/deadline: the same code, from npm (see README.md).
import { deadline as original } from "deno-std/async/deadline.js";

/** Options for {@linkcode deadline}. */
export interface DeadlineOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Settles as `p` does, or rejects with a `TimeoutError` DOMException after `ms`
 * milliseconds. What `p` stands for goes on all the same.
 */
export const deadline: <T>(
  p: Promise<T>,
  ms: number,
  options?: DeadlineOptions,
) => Promise<T> = original;
