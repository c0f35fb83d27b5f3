import { AddressError, parseHostname, parsePort } from "../net/mod.ts";
import { UsageError } from "./errors.ts";

// Readers of values, for the `parse` of an entry of a table (see command.ts). What
// they throw says only what is allowed: the entry puts name and text in front.

/** The longest time of a timer, 2^31 - 1 milliseconds, in whole seconds: 24 days. */
const MAX_SECONDS = 2_147_483;

/** The default limit of a count. */
const MAX_COUNT = 1_000_000;

/** Reads a name or an IP address as `Deno.connect` and `Deno.listen` take it. */
export function hostname(text: string): string {
  return asUsageError(text, parseHostname);
}

/** Makes a reader of ports; 0 asks for any free port, where it is allowed. */
export function port(min: 0 | 1): (text: string) => number {
  return (text) => asUsageError(text, (number) => parsePort(number, min));
}

/**
 * Makes a reader of times in seconds, which returns milliseconds.
 *
 * The notation is plain decimal, without exponent and unit. A part of a
 * millisecond counts as a whole one, so that only 0 is 0: no wait, or no limit.
 *
 * @example
 * ```ts
 * import { seconds } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(seconds("at least 0")(".5"), 500);
 * assertEquals(seconds("above 0")("0.0001"), 1);
 * ```
 */
export function seconds(
  least: "at least 0" | "above 0",
): (text: string) => number {
  return (text) => {
    const milliseconds = toMilliseconds(text);
    const isEnough = least === "above 0" ? milliseconds > 0 : milliseconds >= 0;
    if (isEnough && milliseconds <= MAX_SECONDS * 1_000) return milliseconds;
    throw new UsageError(
      `seconds such as 5 or 0.5, ${least} and at most ${MAX_SECONDS}`,
    );
  };
}

/** Makes a reader of whole numbers. */
export function count(
  min: number,
  max: number = MAX_COUNT,
): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`a whole number from ${min} to ${max}`);
  };
}

/** Makes a reader of texts of at least 1 and at most `max` bytes of UTF-8. */
export function utf8(max: number): (text: string) => string {
  return (text) => {
    const { length } = new TextEncoder().encode(text);
    if (length >= 1 && length <= max) return text;
    throw new UsageError(`1 to ${max} bytes of UTF-8, not ${length}`);
  };
}

/**
 * Reads the URL of a web page.
 *
 * Its host and port pass the checks of `--hostname` and `--port`. A user name and
 * a password are not allowed: they would have to be sent, and what is typed stays
 * in the history of the shell.
 */
export function webUrl(text: string): URL {
  const url = URL.parse(text);
  if (
    url === null || !/^https?:$/.test(url.protocol) ||
    url.username !== "" || url.password !== ""
  ) {
    throw new UsageError(
      "an http:// or https:// URL without user name and password",
    );
  }
  const { hostname: host, port: number } = url;
  inUrl("host", host, hostname);
  if (number !== "") inUrl("port", number, port(1));
  return url;
}

/** Checks a part of a URL; the error names the part. */
function inUrl(
  part: string,
  text: string,
  check: (text: string) => unknown,
): void {
  try {
    check(text);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`a URL whose ${part} is ${cause.message}`, { cause });
  }
}

/** Reads the name of a file; that it can be written is for the system to say. */
export function fileName(text: string): string {
  if (text !== "") return text;
  throw new UsageError("the name of a file");
}

/** Seconds in decimal digits as milliseconds, rounded up; NaN for all else. */
function toMilliseconds(text: string): number {
  const digits = /^(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);
  if (digits === null) return NaN;
  const [, whole = "", fraction = ""] = digits;
  // By digits: 16.1 * 1000 is 16100.000000000002, and a fraction that is too small
  // for a number would be 0.
  const milliseconds = Number(whole + fraction.slice(0, 3).padEnd(3, "0"));
  return /[1-9]/.test(fraction.slice(3)) ? milliseconds + 1 : milliseconds;
}

function asUsageError<V>(text: string, parse: (text: string) => V): V {
  try {
    return parse(text);
  } catch (cause) {
    throw cause instanceof AddressError
      ? new UsageError(cause.expected, { cause })
      : cause;
  }
}
