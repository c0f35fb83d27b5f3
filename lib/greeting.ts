/** What the TCP server says first. */
export const WELCOME: Uint8Array = new TextEncoder().encode("Welcome!");

/** The chunk that ends a TCP conversation. */
export const EXIT: Uint8Array = new TextEncoder().encode("exit");

/** What stands before a name in its greeting: `Hello, `. */
export const BEFORE_NAME: Uint8Array = new TextEncoder().encode("Hello, ");

/** What stands behind a name in its greeting: `!`. */
export const AFTER_NAME: Uint8Array = new TextEncoder().encode("!");

/** The bytes that a greeting has more than its name: 8. */
export const GREETING_EXTRA: number = BEFORE_NAME.length + AFTER_NAME.length;

/**
 * The greeting of a name: `Hello, NAME!`, on bytes.
 *
 * A name is never decoded: one that is not UTF-8 is greeted byte for byte.
 *
 * @param name The name's bytes.
 * @returns The greeting, {@linkcode GREETING_EXTRA} bytes longer than the name.
 *
 * @example
 * ```ts
 * import { greeting } from "./greeting.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const name = new TextEncoder().encode("Michael");
 * assertEquals(new TextDecoder().decode(greeting(name)), "Hello, Michael!");
 * ```
 */
export function greeting(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(name.length + GREETING_EXTRA);
  bytes.set(BEFORE_NAME);
  bytes.set(name, BEFORE_NAME.length);
  bytes.set(AFTER_NAME, BEFORE_NAME.length + name.length);
  return bytes;
}
