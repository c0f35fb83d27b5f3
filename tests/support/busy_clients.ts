/**
 * Clients of the TCP server that never pause, as a program, which a test can run in
 * another network:
 *
 *     deno run --allow-net busy_clients.ts --hostname=HOST PORT COUNT
 *
 * When each of them has been answered a few times it prints how many were, and once
 * more after each SIGUSR1. It ends when all connections have ended.
 */

import { greeting, WELCOME } from "../../lib/greeting.ts";
import { readExpected } from "../../lib/io/streams.ts";
import { encode } from "./wire.ts";

const [host = "", port, count] = Deno.args;
const hostname = host.replace("--hostname=", "");
const clients = Array.from({ length: Number(count) }, (_, i) => i);

/** After this many answers a conversation goes on. */
const ANSWERS = 3;

/** How many answers each client that is still connected has had. */
const answers = new Map<number, number>();
let isTold = false;

function begin(): void {
  for (const client of answers.keys()) answers.set(client, 0);
  isTold = false;
}

function tell(): void {
  if (isTold || [...answers.values()].some((n) => n < ANSWERS)) return;
  isTold = true;
  console.log(`Answered: ${answers.size}`);
}

async function talk(client: number): Promise<void> {
  try {
    using conn = await Deno.connect({ hostname, port: Number(port) });
    await readExpected(conn, WELCOME);
    for (let i = 1;; i++) {
      const name = encode(`client ${client}, name ${i}`);
      await conn.write(name);
      await readExpected(conn, greeting(name));
      const n = (answers.get(client) ?? 0) + 1;
      answers.set(client, n);
      if (n === ANSWERS) tell();
    }
  } catch {
    // Those that are left are counted.
    answers.delete(client);
    tell();
  }
}

for (const client of clients) answers.set(client, 0);
Deno.addSignalListener("SIGUSR1", begin);
await Promise.all(clients.map(talk));
Deno.removeSignalListener("SIGUSR1", begin);
