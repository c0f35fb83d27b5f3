/** Scripts that may open only a few files (`ulimit -n`). */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { EXIT, WELCOME } from "../../lib/greeting.ts";
import { fault, size } from "../support/fault.ts";
import { comes, connect, ends, isGreeted } from "../support/tcp_peers.ts";
import { Process } from "../support/process.ts";
import { listening, ROOT, startServer, stop } from "../support/scripts.ts";
import { cpuTime, descriptors, noProc } from "../support/linux_proc.ts";
import { encode } from "../support/bytes.ts";

const target = "tcp_server.ts";

/** Starts a script with a limit for its descriptors. */
function limited(limit: number, script: string, ...args: string[]): Process {
  return Process.start("sh", [
    ...["-c", 'ulimit -n "$1" && shift && exec "$@"', "sh", `${limit}`],
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
    ...["--allow-net=127.0.0.1", script, ...args],
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
}

/** How many descriptors the server has without a client: 24 with Deno 2.9. */
async function idleDescriptors(): Promise<number> {
  await using server = await startServer(target);
  const count = descriptors(server.process.pid);
  await stop(server);
  return count;
}

for (const most of [1, 66]) {
  fault({
    target,
    fault: `file descriptors for ${most} of its clients`,
    skip: noProc,
    async fn(tally) {
      const limit = await idleDescriptors() + most;
      await using server = await listening(
        limited(limit, target, "--port=0", "--delay=0"),
      );
      const begin = performance.now();
      const own: number[] = [];
      const stay = Promise.withResolvers<void>();
      const client = async () => {
        const conn = await connect(server.port);
        own.push(conn.localAddr.port);
        await comes(conn, WELCOME);
        await stay.promise;
        const isRight = await isGreeted(conn, encode("Sarah"));
        await conn.write(EXIT.slice());
        const isEnded = await ends(conn);
        conn.close();
        return isRight && isEnded;
      };
      const clients = Array.from(
        { length: size(200, 1_000) },
        () => tally.count(client()),
      );
      // They hold what descriptors there are until none is left.
      await server.process.errorLine(
        /^tcp_server\.ts: Out of file descriptors/,
      );
      // While it cannot accept, it waits, and does not try without a pause.
      const { pid } = server.process;
      const [cpu, since] = [cpuTime(pid), performance.now()];
      await delay(size(500, 10_000));
      const load = (cpuTime(pid) - cpu) / (performance.now() - since);
      assert(load < 0.5, `It took ${load} of a core`);
      stay.resolve();
      await Promise.all(clients);
      const { stdout, stderr } = await stop(server);
      // One warning in five seconds.
      const seconds = (performance.now() - begin) / 1_000;
      const warnings = stderr.trimEnd().split("\n").length;
      assert(warnings <= 1 + seconds / 5, stderr);
      // Each client comes and goes, and nothing else does.
      const seen = (words: RegExp) =>
        Array.from(stdout.matchAll(words), ([, port]) => Number(port)).sort();
      assertEquals(seen(/^Accept .*:(\d+)\.\.\.$/gm), own.toSorted());
      assertEquals(seen(/^Connection .*:(\d+) closed\.$/gm), own.sort());
    },
  });
}
