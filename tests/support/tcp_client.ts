/** tcp_client.ts as a process, against a server that a test writes out in steps. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { once } from "node:events";
import { createServer } from "node:net";
import { readExactly, writeAll } from "../../lib/io/streams.ts";
import { bounded } from "./connection.ts";
import { readToEnd } from "./loopback_connection.ts";
import { PATIENCE } from "./tcp_peers.ts";
import type { Ended } from "./process.ts";
import { deno, type ScriptOptions } from "./scripts.ts";
import { inTempDir, namesIn } from "./temp_dir.ts";
import { binary, decode, encode } from "./bytes.ts";

export const CLIENT = "tcp_client.ts";
const HOST = "127.0.0.1";

/** The arguments for the port of a server: to talk to it, and to fetch a page. */
export type Args = (port: number) => string[];
export const talk = (...args: string[]): Args => (port) => [
  `--port=${port}`,
  ...args,
];
export const get = (...args: string[]): Args => (port) => [
  "--get",
  `http://${HOST}:${port}/a?b=c#d`,
  ...args,
];

/** What a server does next with its one connection. A text is sent, a byte a character. */
export type Step = string | Act;
type Act = (conn: Deno.Conn) => Promise<unknown>;

/** A text in UTF-8, a character for each byte. */
export const utf8 = (text: string): string =>
  String.fromCharCode(...encode(text));
/** Sends bytes, a character each, and never in pieces. */
export const whole = (text: string): Act => (conn) =>
  writeAll(conn, binary(text));
/** Reads this text, however it is cut, and nothing else. */
export const take = (text: string): Act => async (conn) => {
  const bytes = await readExactly(conn, encode(text).length);
  assertEquals(decode(bytes), text);
};
/** Reads a request, or the first part of it. */
export const request: Step = (conn) => conn.read(new Uint8Array(2_000));
/** Ends its output. Without it the server stays silent until the client has left. */
export const end: Step = (conn) => (conn as Deno.TcpConn).closeWrite();
/** Sends the same, or more of the kind, until the client has left. */
export const forever =
  (more: () => string, pause?: number): Step => async (conn) => {
    for (;;) {
      await writeAll(conn, binary(more()));
      if (pause !== undefined) await new Promise((r) => setTimeout(r, pause));
    }
  };
/** Resets the connection, as a last step after texts, and a request if it is first. */
export const reset: Step = () => Promise.reject(new Error("Not the last step"));

export interface MeetOptions extends ScriptOptions {
  /** Where the server accepts; otherwise 127.0.0.1, without TLS. */
  listener?: Deno.Listener;
  /** The longest piece of a text that is sent at once; otherwise the text is whole. */
  piece?: () => number;
}

/** Runs the client against a server that does these steps, until the client has ended. */
export async function meet(
  args: Args,
  steps: Step[],
  { listener, piece, ...options }: MeetOptions = {},
): Promise<Ended> {
  if (steps.at(-1) === reset) return await meetReset(args, steps, options);
  using server = listener ?? Deno.listen({ hostname: HOST, port: 0 });
  const { port } = server.addr as Deno.NetAddr;
  await using client = deno(CLIENT, args(port), options);
  const serve = async () => {
    using conn = bounded(await server.accept(), PATIENCE);
    if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay();
    for (const step of steps) {
      if (typeof step !== "string") await step(conn);
      else await sendPieces(conn, binary(step), piece);
    }
    await readToEnd(conn);
  };
  // Settled, never rejected: it is checked once the client has ended.
  const served = serve().then(() => null, (error: unknown) => error);
  const ended = await client.ended();
  server.close(); // If the client never connected, this ends the accept.
  // Only what it sent is wrong here: it may leave at any time, and what it prints is
  // for the test to check.
  const error = await served;
  if (error instanceof Error && error.name === "AssertionError") throw error;
  return ended;
}

async function sendPieces(
  conn: Deno.Conn,
  bytes: Uint8Array,
  piece?: () => number,
): Promise<void> {
  if (piece === undefined) return await writeAll(conn, bytes);
  for (let at = 0; at < bytes.length;) {
    const next = bytes.subarray(at, at + piece());
    await writeAll(conn, next);
    at += next.length;
    // Lets the client read what is there, as a slow network does.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Deno's own connections cannot reset, because `close()` ends the input first. */
async function meetReset(
  args: Args,
  steps: Step[],
  options?: ScriptOptions,
): Promise<Ended> {
  const bytes = binary(steps.filter((s) => typeof s === "string").join(""));
  const server = createServer(async (socket) => {
    socket.on("error", () => {}); // The client may close first.
    if (steps[0] === request) await once(socket, "data");
    socket.write(bytes, () => socket.resetAndDestroy());
  });
  await once(server.listen(0, HOST), "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object");
  try {
    await using client = deno(CLIENT, args(address.port), options);
    return await client.ended();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/**
 * Checks how the client ended: with status 1 and one line that has this reason, or
 * without one, with status 0 and nothing on standard error.
 */
export function assertReason(
  { code, stderr }: Pick<Ended, "code" | "stderr">,
  why?: string | RegExp,
): void {
  if (why === undefined) {
    return assertEquals({ code, stderr }, { code: 0, stderr: "" });
  }
  assertEquals(code, 1, stderr);
  assertMatch(
    stderr,
    /^tcp_client\.ts: Cannot talk to \S+:\d+ over (TCP|TLS): [^\n]+\n$/,
  );
  if (typeof why === "string") assertStringIncludes(stderr, why);
  else assertMatch(stderr, why);
}

/** A file to write a page to, in a folder that has nothing else. */
export interface Page {
  path: string;
  /** The permissions for it. */
  options: ScriptOptions;
  /** What it holds; `null` if it is not there. Nothing else may be beside it. */
  text(): string | null;
}

/** Gives a file to write a page to. */
export function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  return inTempDir((dir) => {
    const path = `${dir}/page`;
    const both = `${path},${path}.part`;
    return use({
      path,
      options: {
        allow: ["net=127.0.0.1,localhost", `read=${both}`, `write=${both}`],
      },
      text() {
        const names = namesIn(dir);
        if (names.length === 0) return null;
        assertEquals(names, ["page"]);
        return Deno.readTextFileSync(path);
      },
    });
  });
}
