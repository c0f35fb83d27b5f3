/**
 * Something outside the program went wrong, and the message tells a person so:
 * what was attempted, with what, and what to do next, in one line.
 *
 * A program prints the message and ends; of any other error it shows the stack,
 * for that one is a mistake of the program's own.
 *
 * @example
 * ```ts
 * import { Failure } from "./failure.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const cause = new Deno.errors.NotFound("No such file or directory");
 * const failure = new Failure('Cannot write "a/b": there is no "a"', { cause });
 * assertEquals(String(failure), 'Failure: Cannot write "a/b": there is no "a"');
 * ```
 */
export class Failure extends Error {
  /** The name that a printed error begins with. */
  override name = "Failure";
}
