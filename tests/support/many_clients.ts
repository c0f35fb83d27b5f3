/**
 * Many clients of the TCP server that send names and never pause:
 *
 *     deno run --allow-net many_clients.ts --hostname=HOST --port=PORT COUNT
 *
 * Prints a line when each of them has been welcomed, whenever each has 10 more
 * answers, and at the end, which comes when the server ends the connections. A wrong
 * answer ends it with status 1.
 */
import { parseArgs } from "@std/cli/parse-args";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import { readExpected } from "../../lib/io/mod.ts";

const { hostname, port, _: [count] } = parseArgs(Deno.args);
/** How many clients have at least as many tens of answers as the index. */
const reached: number[] = [];

async function converse(client: number): Promise<void> {
  const conn = await Deno.connect({
    hostname: String(hostname),
    port: Number(port),
  });
  await readExpected(conn, WELCOME);
  for (let answers = 0;; answers++) {
    if (answers % 10 === 0) {
      const clients = reached[answers / 10] = (reached[answers / 10] ?? 0) + 1;
      if (clients === count) console.log(`Each has ${answers} answers`);
    }
    const name = new TextEncoder().encode(`${client}.${answers}`);
    try {
      await conn.write(name);
      await readExpected(conn, greeting(name));
    } catch (error) {
      conn.close();
      if (isEnd(error)) return;
      throw error;
    }
  }
}

/** Whether the server has closed, and not answered wrongly. */
function isEnd(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe;
}

await Promise.all(Array.from({ length: Number(count) }, (_, i) => converse(i)));
console.log("All have ended");
