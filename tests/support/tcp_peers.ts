/** What peers of the TCP server do, good and bad ones. */

import { assertEquals } from "@std/assert";
import { connect as connectNode } from "node:net";
import { EXIT, greeting, WELCOME } from "../../lib/greeting.ts";
import {
  equals,
  type Reader,
  readExactly,
  type Writer,
} from "../../lib/io/streams.ts";
import { connect as connectWithin, LIMIT } from "./connection.ts";
import { meanwhile, size, type Tally } from "./fault.ts";
import { type Process, run } from "./process.ts";
import { decode, encode, WELCOME_TEXT } from "./bytes.ts";

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

/**
 * Connects to a server that is stopped, and resets the connection before this returns,
 * in a program of its own. A reset of this process may be later: a program that another
 * test starts at that moment has a copy of the socket, until execve(2).
 */
export async function resetBeforeAccept(port: number): Promise<void> {
  const program = `import { connect } from "node:net";
const socket = connect(${port}, "${HOST}", () => socket.resetAndDestroy());`;
  await run(Deno.execPath(), ["eval", program]);
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

/** Visits the server, is greeted, says exit, and sees the end. */
export async function isServed(port: number): Promise<boolean> {
  using conn = await visit(port);
  const isRight = await isGreeted(conn, encode("Sarah"));
  await conn.write(EXIT.slice());
  return isRight && await ends(conn);
}

/** How many names it sends on one connection. */
const NAMES = 20;

/**
 * A client that keeps talking to the server while other peers misbehave, and counts
 * whether each of its answers is right.
 */
export function wellBehavedClient(port: number, tally: Tally): AsyncDisposable {
  return meanwhile(async (visit) => {
    let conn: Deno.TcpConn | undefined;
    const welcome = async () => comes(conn = await connect(port), WELCOME);
    let isRight = await tally.count(welcome());
    for (let i = 0; isRight && conn !== undefined && i < NAMES; i++) {
      const name = encode(`visit ${visit}, name ${i}`);
      isRight = await tally.count(isGreeted(conn, name));
    }
    if (isRight) await conn?.write(EXIT.slice());
    conn?.close();
    return isRight;
  });
}

/** The server, and what its clients do. */
export interface Termination {
  /** The server. */
  process: Process;
  /** Where its clients connect: its own port, or that of a balancer. */
  port: number;
  /** What each of them sends. */
  name: Uint8Array;
  /** How many there are. */
  clients: number;
  tally: Tally;
}

/**
 * Ends a server while names wait in the kernel, those of further clients in the
 * listen backlog; each of them must be answered.
 *
 * @param arrived Waits until the names of so many clients are in the kernel.
 */
export async function terminateUnread(
  { process, port, name, clients, tally }: Termination,
  arrived: (clients: number) => Promise<void> = async () => {},
): Promise<void> {
  const conns = await Promise.all(
    Array.from({ length: clients }, () => visit(port)),
  );
  // Stopped, so that the names arrive and the server has read none of them.
  process.kill("SIGSTOP");
  for (const conn of conns) await conn.write(name);
  // And clients whose connections and names wait in the listen backlog.
  const late = await Promise.all(
    Array.from({ length: 100 }, () => connect(port)),
  );
  for (const conn of late) await conn.write(name);
  await arrived(conns.length + late.length);
  process.kill("SIGTERM");
  process.kill("SIGCONT");
  const answered = async (conn: Deno.TcpConn) =>
    await comes(conn, greeting(name)) && await ends(conn);
  const welcomed = async (conn: Deno.TcpConn) =>
    await comes(conn, WELCOME) && await answered(conn);
  await Promise.all([
    ...conns.map((conn) => tally.count(answered(conn))),
    ...late.map((conn) => tally.count(welcomed(conn))),
  ]);
  for (const conn of [...conns, ...late]) conn.close();
}

/**
 * Ends a server while its clients send names without a pause; each name that was
 * sent before must be answered.
 *
 * @param names How many names each client has sent when the server is ended.
 */
export async function terminateBusy(
  { process, port, name, clients, tally }: Termination,
  names: number,
): Promise<void> {
  const conns = await Promise.all(
    Array.from({ length: clients }, () => visit(port)),
  );
  let stopped = false;
  let warm = 0;
  const ready = Promise.withResolvers<void>();
  const busy = async (conn: Deno.TcpConn): Promise<boolean> => {
    for (let i = 0;; i++) {
      // Sent before the signal: it must be answered. Later, it may be.
      const owed = !stopped;
      try {
        await conn.write(name);
        if (!await comes(conn, greeting(name))) return false;
      } catch {
        return !owed; // The end of input, or a reset of what came too late.
      }
      if (i === names && ++warm === conns.length) ready.resolve();
      if (stopped) return true;
    }
  };
  const all = conns.map((conn) => tally.count(busy(conn)));
  await ready.promise;
  stopped = true;
  process.kill("SIGTERM");
  await Promise.all(all);
  for (const conn of conns) conn.close();
}
