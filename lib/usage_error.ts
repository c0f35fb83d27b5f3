/**
 * A command line is wrong. The message is one line for the person who typed it:
 * what was wrong, and what is allowed.
 *
 * @example
 * ```ts
 * import { UsageError } from "./usage_error.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new UsageError('Invalid --retries "x": a whole number');
 * assertEquals(error.message, 'Invalid --retries "x": a whole number');
 * ```
 */
export class UsageError extends Error {
  /** The name that a printed error begins with. */
  override name = "UsageError";
}
