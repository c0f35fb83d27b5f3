/**
 * Two servers behind HAProxy. One of them is drained while clients keep asking: it gets
 * no new connections, its sessions go on to their ends, and then it is stopped.
 *
 *     deno run "--allow-net=127.0.0.1,unix:/tmp/haproxy.sock" "--allow-run=deno,haproxy" --allow-read=/tmp/haproxy.sock --allow-write=/tmp/haproxy.sock examples/deploy/drain.ts /tmp/haproxy.sock
 *
 * Needs HAProxy, which takes commands at the socket that is named. You see the command
 * that drains, and what became of the names.
 */
import { Load } from "./load.ts";
import { spawn, startServer } from "./servers.ts";

const CONFIG = `${import.meta.dirname}/haproxy.cfg`;
const [runtime = "/tmp/haproxy.sock"] = Deno.args;

/** Sends HAProxy a command, and returns what it says. */
async function command(line: string): Promise<string> {
  using conn = await Deno.connect({ transport: "unix", path: runtime });
  await conn.write(new TextEncoder().encode(`${line}\n`));
  return await new Response(conn.readable).text();
}

/** The number of connections that HAProxy has to a server. */
async function connectionsOf(server: string): Promise<number> {
  const [names = "", ...rows] = (await command("show stat")).split("\n");
  const row = rows.find((row) => row.startsWith(`greetings,${server},`)) ?? "";
  return Number(row.split(",")[names.slice(2).split(",").indexOf("scur")]);
}

/** Waits until something is so, for ten seconds at most. */
async function until(what: string, isSo: () => Promise<boolean>) {
  for (let i = 0; i < 1000; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Not within 10 s: ${what}`);
}

/** A port that is free. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const options = ["--port=0", "--delay=0", "--quiet"];
await using one = await startServer("behind_proxy.ts", ...options);
await using two = await startServer("behind_proxy.ts", ...options);
const port = freePort();
const env = {
  PORT: `${port}`,
  ONE: `${one.port}`,
  TWO: `${two.port}`,
  RUNTIME: runtime,
};
const args = ["-db", "-f", CONFIG];
// Its reports, which server is up and which is down, are left out.
await using _haproxy = spawn(
  new Deno.Command("haproxy", { args, env, stderr: "null" }),
);
await until("HAProxy listens", () =>
  command("show stat").then(
    () => true,
    () => false, // It is starting.
  ));

// On a machine that is very busy, HAProxy would take both servers for dead.
await command("disable health greetings/one; disable health greetings/two");
const load = new Load(port, { clients: 20, sessions: 8, pause: 50 });
await load.until(1 / 3);
const drain = "set server greetings/one state drain";
console.log(drain);
await command(drain);
await until("one is drained", async () => await connectionsOf("one") === 0);
const { code } = await one.stop();
console.log(`one stopped: exit status ${code}`);
await load.finished;
const { answered, total, lost, resent } = load;
console.log(`${answered} of ${total} names answered, ${lost} lost`);
console.log(`${resent} sent again`);
await Deno.remove(runtime);
