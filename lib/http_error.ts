/** How many characters of a value a message shows: enough to recognise it by. */
const SHOWN = 60;

/**
 * Controls, invisible and bidirectional format characters, lone surrogates and
 * line separators: what would move a terminal's cursor or reorder its text.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}"\\]/gu;

/**
 * The peer's response breaks the protocol, or passes a limit.
 *
 * The value that was wrong comes from the network, so the message shows it
 * quoted, shortened and with every unsafe character escaped: it can be printed
 * on a terminal as it is.
 *
 * @example
 * ```ts
 * import { HttpError } from "./http_error.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HttpError("Malformed status line", "ICY\x1b[2J 200");
 * assertEquals(error.message, 'Malformed status line: "ICY\\u{1b}[2J 200"');
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

function quote(value: string): string {
  const start = value.slice(0, SHOWN).replace(
    UNSAFE,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${start}${value.length > SHOWN ? "…" : ""}"`;
}
