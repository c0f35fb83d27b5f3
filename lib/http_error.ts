import { quote } from "./quote.ts";

/**
 * The peer's response breaks the protocol, or passes a limit.
 *
 * The value that was wrong comes from the network, so the message shows it as
 * `quote` does: it can be printed on a terminal as it is.
 *
 * @example
 * ```ts
 * import { HttpError } from "./http_error.ts";
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
   * @param value The value that is wrong, shown after the problem.
   */
  constructor(problem: string, value?: string) {
    super(value === undefined ? problem : `${problem}: ${quote(value)}`);
  }
}
