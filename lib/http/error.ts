import { quote } from "../text/mod.ts";

/**
 * A response breaks the rules of HTTP, or exceeds a limit.
 *
 * The faulty value comes from the network, so the message shows it as
 * `quote` of `lib/text` does: the message is one line and safe to print.
 *
 * @example
 * ```ts
 * import { HttpError } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HttpError("Malformed status line", "ICY\x1b[2J 200");
 * assertEquals(error.message, 'Malformed status line: "ICY\\x1b[2J 200"');
 * ```
 */
export class HttpError extends Error {
  /** The name that a printed error begins with. */
  override name = "HttpError";

  /**
   * Makes the error.
   *
   * @param problem What is wrong: sentence case, no full stop.
   * @param value The faulty value, shown after the problem.
   */
  constructor(problem: string, value?: string) {
    super(value === undefined ? problem : `${problem}: ${quote(value)}`);
  }
}
