/** Scripts that may open only a few files (`ulimit -n`). */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { EXIT, WELCOME } from "../../lib/greeting.ts";
import { counted, fault, size } from "../support/fault.ts";
import { comes, connect, ends, isGreeted } from "../support/tcp_peers.ts";
import { Process } from "../support/process.ts";
import { listening, ROOT, startServer, stop } from "../support/scripts.ts";
import { cpuTime, descriptors, noProc } from "../support/linux_proc.ts";
import { encode, hello, WELCOME_TEXT } from "../support/bytes.ts";

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
async function idleDescriptors(script: string): Promise<number> {
  await using server = await startServer(script);
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
      const limit = await idleDescriptors(target) + most;
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

fault({
  target: "udp_server.ts, udp_client.ts, tcp_client.ts",
  fault: "as few file descriptors as one socket needs",
  skip: noProc,
  async fn(tally) {
    const limit = await idleDescriptors("udp_server.ts");
    await using udp = await listening(
      limited(limit, "udp_server.ts", "--port=0"),
    );
    await using tcp = await startServer(target, ["--delay=0"]);
    const web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("a page"),
    );
    const runs: [args: string[], output: string | RegExp][] = [
      [
        ["udp_client.ts", `--port=${udp.port}`, "Sarah"],
        `${hello("Sarah")}\n`,
      ],
      [
        ["tcp_client.ts", `--port=${tcp.port}`, "Sarah"],
        `${WELCOME_TEXT}\n${hello("Sarah")}\n`,
      ],
      [
        ["tcp_client.ts", "--get", `http://127.0.0.1:${web.addr.port}/`],
        /^HTTP\/1\.1 200 OK\n[^]*\n\na page$/,
      ],
    ];
    for (const [[script = "", ...args], output] of runs) {
      await counted(tally, async () => {
        await using client = limited(limit, script, ...args);
        const { code, stdout, stderr } = await client.ended();
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        if (typeof output === "string") assertEquals(stdout, output);
        else assertMatch(stdout, output);
      });
    }
    await web.shutdown();
    assertEquals((await stop(udp)).stderr, "");
  },
});
