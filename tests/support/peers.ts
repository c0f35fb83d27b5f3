/** What peers of the TCP server do. */

import { assertEquals } from "@std/assert";
import { connect as connectNode } from "node:net";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import {
  equals,
  type Reader,
  readExactly,
  type Writer,
} from "../../lib/io/streams.ts";
import { connect as connectWithin, LIMIT } from "./connection.ts";
import { size } from "./fault.ts";
import { decode, WELCOME_TEXT } from "./wire.ts";

const HOST = "127.0.0.1";

/** How long an answer may take before it counts as lost, in milliseconds. */
export const PATIENCE = size(LIMIT, 30_000);

/** Opens a connection whose reads and writes are bounded. */
export function connect(port: number, hostname = HOST): Promise<Deno.TcpConn> {
  return connectWithin(port, { hostname, limit: PATIENCE });
}

/** Whether the next bytes are these. */
export async function comes(conn: Reader, bytes: Uint8Array): Promise<boolean> {
  return equals(await readExactly(conn, bytes.length), bytes);
}

/** Whether the end of input comes, and nothing before it. */
export async function ends(conn: Reader): Promise<boolean> {
  return await conn.read(new Uint8Array(1)) === null;
}

/** Opens a connection and reads the welcome. */
export async function visit(
  port: number,
  hostname = HOST,
): Promise<Deno.TcpConn> {
  const conn = await connect(port, hostname);
  try {
    assertEquals(decode(await readExactly(conn, WELCOME.length)), WELCOME_TEXT);
    return conn;
  } catch (error) {
    conn[Symbol.dispose]();
    throw error;
  }
}

/** Sends a name, alone, and returns as many bytes as its greeting must have. */
export async function greet(
  conn: Reader & Writer,
  name: Uint8Array,
): Promise<Uint8Array> {
  await conn.write(name);
  return await readExactly(conn, greeting(name).length);
}

/** Sends a name, alone, and tells whether it is greeted. */
export async function isGreeted(
  conn: Reader & Writer,
  name: Uint8Array,
): Promise<boolean> {
  return equals(await greet(conn, name), greeting(name));
}

/**
 * Connects, and sends a reset: at once, or when the welcome has come and this name
 * has been sent. Deno's own connections cannot, as `close()` ends the input first.
 */
export function connectAndReset(port: number, name?: string): Promise<void> {
  const socket = connectNode(port, HOST);
  if (name === undefined) {
    socket.once("connect", () => socket.resetAndDestroy());
  } else {
    socket.once("data", () => {
      socket.write(name, () => socket.resetAndDestroy());
    });
  }
  // A server that does not answer must not hold the test.
  const timer = setTimeout(
    () => socket.destroy(new Error("No welcome came")),
    PATIENCE,
  );
  return new Promise<void>((resolve) => {
    // It does not matter if the server reset the connection first.
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  }).finally(() => clearTimeout(timer));
}

/** Does something a number of times, `atOnce` of them at a time. */
export async function repeat(
  times: number,
  atOnce: number,
  action: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < times) await action(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
