/**
 * The tutorial's protocol: what the servers send, what a name may be, and which
 * datagrams get a response from the UDP server.
 *
 * Every length and every limit derives from the words, in the scripts and their tests
 * too. To greet with `Hi, Michael!`, change `BEFORE_NAME`. What states the words on
 * purpose follows by hand: the examples below, `tests/lib/greeting_test.ts`, the first
 * test of tcp_server_test.ts and of tcp_client_test.ts and interop_test.ts in
 * `tests/scripts`, the output in both READMEs, and the tutorial's own programs in
 * `tests/interop` and `bench/peers`. `deno task docs` fills the outputs in the chapters.
 *
 * @module
 */

import { equals } from "./io/streams.ts";

const encoder = new TextEncoder();

/** What the TCP server sends first. */
export const WELCOME: Uint8Array = encoder.encode("Welcome!");

/** The chunk that ends a TCP connection. */
export const EXIT: Uint8Array = encoder.encode("exit");

const BEFORE_NAME = encoder.encode("Hello, ");
const AFTER_NAME = encoder.encode("!");

/** How many bytes a greeting is longer than its name. */
const EXTRA = BEFORE_NAME.length + AFTER_NAME.length;

/** The most bytes of a TCP name: the server reads that many at once. */
export const MAX_TCP_NAME = 1_024;

/** The most bytes of a UDP name: its greeting fits a datagram over IPv4. */
export const MAX_UDP_NAME: number = 65_507 - EXTRA;

/**
 * The greeting of a name: `Hello, NAME!`, on bytes.
 *
 * A name is never decoded: one that is not UTF-8 is greeted byte for byte. One line
 * end, LF or CRLF, at the end is left out, because a person at `nc` or `telnet`
 * cannot send a name without pressing Enter.
 *
 * @param name The name's bytes.
 * @returns The greeting.
 *
 * @example
 * ```ts
 * import { greeting } from "./greeting.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const greet = (name: string) =>
 *   new TextDecoder().decode(greeting(new TextEncoder().encode(name)));
 * assertEquals(greet("Michael"), "Hello, Michael!");
 * assertEquals(greet("Michael\r\n"), "Hello, Michael!");
 * ```
 */
export function greeting(name: Uint8Array): Uint8Array {
  const line = withoutNewline(name);
  const bytes = allocate(line.length + EXTRA);
  bytes.set(BEFORE_NAME);
  bytes.set(line, BEFORE_NAME.length);
  bytes.set(AFTER_NAME, BEFORE_NAME.length + line.length);
  return bytes;
}

/**
 * Whether a chunk ends a TCP connection: `exit`, with or without a line end.
 *
 * @param chunk What one read has brought.
 * @returns `true` if the server is to close the connection.
 *
 * @example
 * ```ts
 * import { isExit } from "./greeting.ts";
 * import { assert } from "@std/assert";
 *
 * assert(isExit(new TextEncoder().encode("exit\n")));
 * assert(!isExit(new TextEncoder().encode("exit!")));
 * ```
 */
export function isExit(chunk: Uint8Array): boolean {
  return equals(withoutNewline(chunk), EXIT);
}

/**
 * Which datagrams get no response: those of senders that might respond to it. A
 * datagram can be forged in another server's name (RFC 2827), and the two would go
 * on without end.
 *
 * Ports below 1024 belong to services (RFC 6335, section 6). Some of them respond to
 * anything: echo (7), daytime (13), chargen (19), time (37). A NAT should keep the ports
 * of clients above them (RFC 4787, REQ-3). Of other ports it is the greeting of a greeting
 * of a greeting: each response in a loop has one greeting more, also with an echo
 * server, or with one that quotes a greeting in an error. Nothing is remembered, because
 * forged senders could fill any memory.
 *
 * @param datagram What has been received.
 * @param port The sender's port.
 * @returns The reason, or `null` if the datagram gets a response.
 *
 * @example
 * ```ts
 * import { greeting, refusal } from "./greeting.ts";
 * import { assertEquals } from "@std/assert";
 *
 * let datagram: Uint8Array = new TextEncoder().encode("forged");
 * let answers = 0;
 * for (; refusal(datagram, 51234) === null; answers++) datagram = greeting(datagram);
 * assertEquals(answers, 3);
 * assertEquals(refusal(datagram, 51234), "a loop of answers");
 * assertEquals(refusal(datagram, 19), "a client has no port below 1024");
 * ```
 */
export function refusal(datagram: Uint8Array, port: number): string | null {
  if (port < 1_024) return "a client has no port below 1024";
  return isLoop(datagram) ? "a loop of answers" : null;
}

/** How often a name may hold the start of a greeting. */
const MAX_GREETINGS = 2;

/**
 * How many bytes of a datagram are searched, so that a long one takes no longer. A
 * program that puts more than this in front of what it repeats soon has an answer
 * that fits no datagram.
 */
const SEARCHED = 1_024;

const decoder = new TextDecoder();
const START = decoder.decode(BEFORE_NAME);

function isLoop(datagram: Uint8Array): boolean {
  const text = decoder.decode(datagram.subarray(0, SEARCHED));
  return text.split(START).length - 1 > MAX_GREETINGS;
}

const LF = 0x0a;
const CR = 0x0d;

/** A view of a chunk without one line end, LF or CRLF, at its end. */
function withoutNewline(chunk: Uint8Array): Uint8Array {
  const { length } = chunk;
  if (chunk[length - 1] !== LF) return chunk;
  return chunk.subarray(0, chunk[length - 2] === CR ? length - 2 : length - 1);
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
