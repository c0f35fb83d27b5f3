/** More busy clients than Deno serves in one turn of its loop. */

import { deadline } from "@std/async/deadline";
import { type Connection, serveTcp } from "../../lib/tcp/mod.ts";
import { fault, size } from "../support/fault.ts";
import { Process } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";
import { noLinux } from "../support/skip.ts";

/** How long a row may take, in milliseconds. */
const LIMIT = 120_000;

/** After this many answers a client, they count even if some clients had none. */
const START = 50;

/**
 * The least served client gets at least this part of the answers of the most served.
 * Without fair turns it is a third, with slow handlers or a full server nothing.
 */
const FAIR = size(0.5, 0.75);

/**
 * How many times as many answers may come until then. A program of clients that the
 * system does not run for a moment asks for none meanwhile, and needs the time after.
 */
const LONGEST = 10;

interface Row {
  fault: string;
  clients: number;
  maxConnections?: number;
  /** How long a handler keeps the processor for one answer, in milliseconds. */
  busy: number;
  /** How many answers a client gets on average, before they are compared. */
  answers: number;
}

const rows: Row[] = [
  {
    fault: "clients that never pause",
    clients: size(300, 700),
    busy: 0,
    answers: size(50, 200),
  },
  {
    fault: "clients of slow handlers",
    clients: size(160, 400),
    busy: size(0.3, 4),
    answers: size(5, 10),
  },
  {
    fault: "clients that wait for a full server",
    clients: size(240, 600),
    maxConnections: size(160, 300),
    busy: size(0.3, 0.4),
    answers: size(5, 30),
  },
];

for (const row of rows) {
  fault({
    target: "serveTcp",
    fault: row.fault,
    skip: noLinux,
    async fn(tally) {
      const answers = await serve(row);
      const most = Math.max(...answers);
      for (const n of answers) {
        await tally.count(Promise.resolve(n >= FAIR * most));
      }
    },
  });
}

/**
 * Serves the clients of a row; how many answers each connection has had.
 *
 * The answers count once all clients take part: each has had one. If some starve,
 * they count in the end as well.
 */
async function serve(
  { clients, maxConnections = clients, busy, answers }: Row,
): Promise<number[]> {
  const counts = new Map<Connection, number>();
  const unanswered = new Set<Connection>();
  let before = START * maxConnections;
  let left = answers * maxConnections;
  let rounds = 0;
  const done = Promise.withResolvers<void>();
  const answered = (connection: Connection) => {
    counts.set(connection, (counts.get(connection) ?? 0) + 1);
    unanswered.delete(connection);
    if (before > 0) {
      before--;
      if (counts.size === maxConnections && unanswered.size === 0) before = 0;
      if (before === 0) {
        for (const each of counts.keys()) counts.set(each, 0);
      }
    } else if (--left === 0) {
      const all = [...counts.values()];
      const isFair = Math.min(...all) >= FAIR * Math.max(...all);
      if (isFair || ++rounds === LONGEST) done.resolve();
      left = answers * maxConnections;
    }
  };
  await using server = serveTcp({
    port: 0,
    maxConnections,
    drainTimeout: 0,
    warn: () => {},
    onError: () => {},
  }, async (connection) => {
    counts.set(connection, 0);
    unanswered.add(connection);
    const byte = new Uint8Array(1);
    while (await connection.read(byte) !== null) {
      work(busy);
      await connection.write(byte);
      answered(connection);
    }
  });
  await using processes = new AsyncDisposableStack();
  for (let i = 0; i < clients; i += 100) {
    const count = Math.min(100, clients - i);
    processes.use(startClients(server.addr.port, count));
  }
  await deadline(done.promise, LIMIT);
  return [...counts.values()];
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function startClients(port: number, count: number): Process {
  const program = "tests/faults/busy_clients.ts";
  const args = ["run", "--allow-net=127.0.0.1", program, `${port}`, `${count}`];
  return Process.start(Deno.execPath(), args, { cwd: ROOT });
}
