/**
 * The tutorial's protocol: what the servers answer, and what a name may be.
 *
 * @module
 */

import { indexOf } from "./io/streams.ts";

const encoder = new TextEncoder();

/** What the TCP server sends first. */
export const WELCOME: Uint8Array = encoder.encode("Welcome!");

/** The chunk that ends a TCP conversation. */
export const EXIT: Uint8Array = encoder.encode("exit");

const BEFORE_NAME = encoder.encode("Hello, ");
const AFTER_NAME = encoder.encode("!");

/** How many bytes a greeting is longer than its name. */
export const GREETING_EXTRA: number = BEFORE_NAME.length + AFTER_NAME.length;

/** The most bytes of a TCP name: the server reads that many at once. */
export const MAX_TCP_NAME = 1_024;

/** The most bytes of a UDP name: its greeting fits a datagram over IPv4. */
export const MAX_UDP_NAME: number = 65_507 - GREETING_EXTRA;

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
  const bytes = allocate(name.length + GREETING_EXTRA);
  bytes.set(BEFORE_NAME);
  bytes.set(name, BEFORE_NAME.length);
  bytes.set(AFTER_NAME, BEFORE_NAME.length + name.length);
  return bytes;
}

/** Greetings are cut from pieces of this many bytes. */
const POOL = 8_192;

let pool = new Uint8Array(POOL);
let used = 0;

/**
 * Bytes that nothing else uses. To allocate each greeting by itself took 270 ns, a
 * twentieth of the server's time for an answer; a view of a pool takes 40.
 */
function allocate(length: number): Uint8Array {
  if (length > POOL) return new Uint8Array(length);
  if (used + length > POOL) {
    pool = new Uint8Array(POOL);
    used = 0;
  }
  return pool.subarray(used, used += length);
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * A chunk without one line ending, LF or CRLF, at its end.
 *
 * A person at `nc` or `telnet` cannot send a name without pressing Enter; this
 * leaves the Enter out.
 *
 * @param chunk What one read, or one datagram, has brought.
 * @returns A view of the chunk.
 *
 * @example
 * ```ts
 * import { trimNewline } from "./greeting.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const trimmed = (text: string) =>
 *   new TextDecoder().decode(trimNewline(new TextEncoder().encode(text)));
 * assertEquals(trimmed("Sarah"), "Sarah");
 * assertEquals(trimmed("Sarah\n"), "Sarah");
 * assertEquals(trimmed("Sarah\r\n"), "Sarah");
 * assertEquals(trimmed("Sarah\n\n"), "Sarah\n");
 * ```
 */
export function trimNewline(chunk: Uint8Array): Uint8Array {
  const { length } = chunk;
  if (chunk[length - 1] !== LF) return chunk;
  return chunk.subarray(0, chunk[length - 2] === CR ? length - 2 : length - 1);
}

/** How often a name may hold the start of a greeting. */
const MAX_GREETINGS = 2;

/**
 * How many bytes of a datagram are searched, so that a long one takes no longer. A
 * program that puts more than this in front of what it repeats soon has an answer
 * that fits no datagram.
 */
const SEARCHED = 1_024;

/**
 * Tells the datagrams of a loop, in which greetings are greeted.
 *
 * A datagram can be forged in the name of another server. If that one answers the
 * greeting, as this server, an echo server, or one that quotes it in an error does,
 * the two would go on without end. Each answer holds one greeting more, so the
 * greeting of a greeting of a greeting is not answered.
 *
 * Names are answered: `Hello, Michael!` is, and `Hello, Hello, Michael!!` too. It
 * needs no memory, which forged senders could fill.
 *
 * @param datagram What has been received.
 * @returns `true` if it must not be answered.
 *
 * @example
 * ```ts
 * import { greeting, isLoop } from "./greeting.ts";
 * import { assertEquals } from "@std/assert";
 *
 * let datagram: Uint8Array = new TextEncoder().encode("forged");
 * let answers = 0;
 * for (; !isLoop(datagram); answers++) datagram = greeting(datagram);
 * assertEquals(answers, 3);
 * ```
 */
export function isLoop(datagram: Uint8Array): boolean {
  const start = datagram.subarray(0, SEARCHED);
  let greetings = 0;
  let at = indexOf(start, BEFORE_NAME);
  while (at >= 0 && ++greetings <= MAX_GREETINGS) {
    at = indexOf(start, BEFORE_NAME, at + BEFORE_NAME.length);
  }
  return greetings > MAX_GREETINGS;
}
