import { deadline } from "@std/async/deadline";
import { connect as connectNode } from "node:net";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import { readExactly } from "../../lib/io/streams.ts";
import { equals } from "../../lib/io/streams.ts";
import type { Reader } from "../../lib/io/streams.ts";

const HOST = "127.0.0.1";

/** How long an answer may take before it counts as lost, in milliseconds. */
export const PATIENCE = 30_000;

/** The bytes of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Opens a connection. */
export function connect(port: number): Promise<Deno.TcpConn> {
  return deadline(Deno.connect({ hostname: HOST, port }), PATIENCE);
}

/** Whether the next bytes are these. */
export async function comes(conn: Reader, bytes: Uint8Array): Promise<boolean> {
  const read = readExactly(conn, bytes.length);
  return equals(await deadline(read, PATIENCE), bytes);
}

/** Whether the end of input comes, and nothing before it. */
export async function ends(conn: Reader): Promise<boolean> {
  return await deadline(conn.read(new Uint8Array(1)), PATIENCE) === null;
}

/** Opens a connection and is welcomed. */
export async function visit(port: number): Promise<Deno.TcpConn> {
  const conn = await connect(port);
  if (await comes(conn, WELCOME)) return conn;
  conn.close();
  throw new Error("Not welcome");
}

/** Sends a name, alone, and tells whether it is greeted. */
export async function asks(
  conn: Deno.TcpConn,
  name: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  await conn.write(name);
  return await comes(conn, greeting(name));
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
  return new Promise((resolve) => {
    // A server that was faster to reset is as good.
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  });
}

/** Does something so many times, this many at once. */
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
