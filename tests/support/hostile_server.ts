import { assert, assertEquals, assertMatch } from "@std/assert";
import { createServer, type Socket } from "node:net";
import type { Ended } from "./process.ts";
import { deno, type ScriptOptions } from "./scripts.ts";
import type { Tally } from "./fault.ts";
import { bounded } from "./connection.ts";
import { PATIENCE, repeat } from "./peers.ts";
import { binary } from "./wire.ts";

const HOST = "127.0.0.1";

/** The script that is tested against a hostile server. */
export const CLIENT = "tcp_client.ts";

/** The client's arguments, for the port of a server. */
export type Args = (port: number) => string[];

/**
 * Runs the client against a server whose one connection `serve` handles, until the
 * client has ended.
 */
export async function meet(
  args: Args,
  serve: (conn: Deno.TcpConn) => Promise<void>,
  options?: ScriptOptions,
): Promise<Ended> {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  await using client = deno(CLIENT, args(listener.addr.port), options);
  // Settled, never rejected: it is checked once the client has ended.
  const served = Promise.allSettled([(async () => {
    // The client's end closes the listener.
    using conn = bounded(await listener.accept(), PATIENCE);
    await serve(conn);
  })()]);
  const ended = await client.ended();
  // If the client never connected, this ends the accept.
  listener.close();
  const [result] = await served;
  if (result.status === "rejected" && !isClosed(result.reason)) {
    throw result.reason;
  }
  return ended;
}

/** The client may close at any time; a failed write to it then is no fault. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
}

/**
 * As {@linkcode meet}, with a server that sends these bytes and a reset. Deno's own
 * connections cannot, because `close()` ends the input first.
 *
 * @param first Which side sends first; a server that is second waits for the client.
 */
export async function meetReset(
  args: Args,
  { bytes, first }: { bytes: Uint8Array; first: "server" | "client" },
  options?: ScriptOptions,
): Promise<Ended> {
  const end = (socket: Socket) =>
    socket.write(bytes, () => socket.resetAndDestroy());
  const server = createServer((socket) => {
    socket.on("error", () => {}); // The client may close first.
    if (first === "client") socket.once("data", () => end(socket));
    else end(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  assert(address !== null && typeof address === "object");
  try {
    await using client = deno(CLIENT, args(address.port), options);
    return await client.ended();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** How many clients run at once. */
const AT_ONCE = 4;

/** Counts a check; its error ends the test, because it says what was wrong. */
export async function counted(
  tally: Tally,
  check: () => Promise<void>,
): Promise<void> {
  const checked = check();
  await tally.count(checked.then(() => true));
  await checked;
}

/**
 * Counts a check `times` times, some at once. None begins after one has failed, and
 * none is still under way when its error is thrown.
 */
export async function countedOften(
  tally: Tally,
  times: number,
  check: (i: number) => Promise<void>,
): Promise<void> {
  let failed: Promise<void> | null = null;
  await repeat(times, AT_ONCE, async (i) => {
    if (failed !== null) return;
    const checked = counted(tally, () => check(i));
    const [{ status }] = await Promise.allSettled([checked]);
    if (status === "rejected") failed ??= checked;
  });
  await failed;
}

/** What no terminal may receive, LF apart, and the sign that it was not UTF-8. */
const HARMFUL = /[[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufeff\ufffd]--\n]/v;

/** Checks that the output moves no cursor and is UTF-8. */
export function assertHarmless({ stdoutBytes, stderr }: Ended): void {
  // Throws if it is not UTF-8; standard error is text already, with U+FFFD then.
  const stdout = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(stdoutBytes);
  for (const text of [stdout, stderr]) {
    assertEquals(HARMFUL.exec(text)?.[0], undefined, text);
  }
}

/** Checks that the client failed as it promises: status 1, and one line with a reason. */
export function assertFailed(ended: Ended, reason: RegExp = /./): void {
  const { code, stderr } = ended;
  assertEquals(code, 1, stderr);
  assertMatch(
    stderr,
    /^tcp_client\.ts: Cannot talk to \S+:\d+ over (TCP|TLS): [^\n]+\n$/,
  );
  assertMatch(stderr, reason);
  assertEquals(HARMFUL.exec(stderr)?.[0], undefined, stderr);
}

/** A random whole number from 0 up to one less than this. */
export function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** A random one of these. */
export function oneOf<T>(first: T, ...rest: T[]): T {
  return rest[below(rest.length + 1)] ?? first;
}

/** What terminals obey, what is not UTF-8, and what looks like an escape of it. */
const HOSTILE = [
  "\x1b[2J",
  "\x1b]0;title\x07",
  "\x1bP\x1b\\",
  "\x9b31m",
  "\x9d",
  "\x85",
  "\r",
  "\n",
  "\r\n",
  "\t",
  "\x08\x7f",
  "\0",
  "\xc2\x9b", // U+009B
  "\xe2\x80\xae", // U+202E, right to left from here
  "\xe2\x81\xa6", // U+2066
  "\xd8\x9c", // U+061C
  "\xe2\x80\xa8", // U+2028
  "\xef\xbb\xbf", // U+FEFF
  "\xff\xfe",
  "\xc3",
  "\xc0\xaf",
  "\xed\xa0\x80", // half of a surrogate pair
  "\xf0\x9f\x98",
  "\xf4\x90\x80\x80", // above U+10FFFF
  "\xe5\xb0\x8f", // a character as it should be
  "\\x1b",
  "%s%d%c",
  "Hello",
] as const;

/** Random hostile bytes, `length` of them. */
export function hostileBytes(length: number): Uint8Array<ArrayBuffer> {
  const [first, ...rest] = HOSTILE;
  let text = "";
  while (text.length < length) text += oneOf<string>(first, ...rest);
  return binary(text.slice(0, length));
}
