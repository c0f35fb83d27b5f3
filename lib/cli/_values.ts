import { AddressError, parseHostname, parsePort } from "../net/address.ts";
import { quote } from "../text/printable.ts";
import { UsageError } from "./errors.ts";

/** What a timer can wait, 2^31 - 1 milliseconds, in whole seconds: 24 days. */
const MAX_SECONDS = 2_147_483;

/** More than any use, and few enough to be counted exactly. */
const MAX_COUNT = 1_000_000;

/**
 * Reads a host: see {@linkcode parseHostname}.
 *
 * Like all functions here it is made for an entry of `option.ts`: what it throws
 * says what is allowed, and the entry puts name and text in front.
 *
 * @throws {UsageError} If it is neither a name nor an IP address.
 * @param text What was typed.
 * @returns The host as `Deno.connect` and `Deno.listen` take it.
 *
 * @example
 * ```ts
 * import { hostname } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hostname("[::1]"), "::1");
 * ```
 */
export function hostname(text: string): string {
  return allowedOnly(text, parseHostname);
}

/**
 * Makes a reader of ports: see {@linkcode parsePort}.
 *
 * @param min The least that is allowed: 0 where it asks for any free port.
 * @returns A function that reads a port and throws a {@linkcode UsageError}.
 *
 * @example
 * ```ts
 * import { port } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(port(1)("9999"), 9999);
 * ```
 */
export function port(min: 0 | 1): (text: string) => number {
  return (text) => allowedOnly(text, (number) => parsePort(number, min));
}

/**
 * Makes a reader of times as a person gives them: in seconds, and parts of them.
 *
 * The notation is plain decimal, without exponent and unit. A part of a
 * millisecond counts as a whole one, so that 0 alone is 0: no wait, or no limit.
 *
 * @param least The least that is allowed.
 * @returns A function that reads a time into milliseconds and throws a
 * {@linkcode UsageError}. More than a timer can wait, 24 days, is not allowed.
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

/**
 * Makes a reader of whole numbers.
 *
 * @param min The least that is allowed.
 * @param max The most.
 * @returns A function that reads a number and throws a {@linkcode UsageError}.
 *
 * @example
 * ```ts
 * import { count } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(count(1)("1000"), 1000);
 * ```
 */
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

/**
 * Makes a reader of texts that are sent as UTF-8.
 *
 * @param max The most bytes that are allowed; the least is 1.
 * @returns A function that checks a text and throws a {@linkcode UsageError}.
 *
 * @example
 * ```ts
 * import { utf8 } from "./_values.ts";
 * import { UsageError } from "./errors.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(utf8(6)("小明"), "小明");
 * assertThrows(() => utf8(5)("小明"), UsageError, "1 to 5 bytes of UTF-8, not 6");
 * ```
 */
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
 * A user name and a password in it are not allowed: they would have to be sent,
 * and what is typed here stays in the history of the shell.
 *
 * @throws {UsageError} If it is no URL, or of another kind.
 * @param text What was typed.
 * @returns The URL.
 *
 * @example
 * ```ts
 * import { webUrl } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(webUrl("http://localhost:8000").pathname, "/");
 * ```
 */
export function webUrl(text: string): URL {
  const url = URL.parse(text);
  if (
    url !== null && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === ""
  ) return url;
  throw new UsageError(
    "an http:// or https:// URL without user name and password",
  );
}

/**
 * Reads the name of a file, which the operating system will judge.
 *
 * @throws {UsageError} If it is empty.
 * @param text What was typed.
 * @returns The name.
 *
 * @example
 * ```ts
 * import { fileName } from "./_values.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fileName("page.html"), "page.html");
 * ```
 */
export function fileName(text: string): string {
  if (text !== "") return text;
  throw new UsageError("the name of a file");
}

/** Seconds in decimal digits as milliseconds, rounded up; NaN for all else. */
function toMilliseconds(text: string): number {
  const digits = /^(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);
  if (digits === null) return NaN;
  const [, whole = "", fraction = ""] = digits;
  // By digits: a number makes 16100.000000000002 of 16.1 * 1000, and nothing of
  // what is smaller than its smallest.
  const milliseconds = Number(whole + fraction.slice(0, 3).padEnd(3, "0"));
  return /[1-9]/.test(fraction.slice(3)) ? milliseconds + 1 : milliseconds;
}

function allowedOnly<V>(text: string, parse: (text: string) => V): V {
  try {
    return parse(text);
  } catch (cause) {
    throw cause instanceof AddressError
      ? new UsageError(ruleIn(cause.message, text), { cause })
      : cause;
  }
}

/** A message without its start, which an entry says itself: `Invalid port "x": `. */
function ruleIn(message: string, text: string): string {
  const [, rule = message] = message.split(`${quote(text)}: `);
  return rule;
}
