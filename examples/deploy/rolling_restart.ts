/**
 * Replaces a server three times while clients keep asking: a new process with
 * --reuse-port on the same port, then SIGTERM to the old one. Linux only.
 *
 *     deno run --allow-net=127.0.0.1 --allow-run=deno examples/deploy/rolling_restart.ts
 *
 * You see how each old process ended, and what became of the names. With the argument
 * `--resent` you also see how many were sent again on a new connection.
 */
import { Load } from "./load.ts";
import { startServer } from "./servers.ts";

const RESTARTS = 3;
const SERVER = "../../tcp_server.ts";
const OPTIONS = ["--reuse-port", "--delay=0", "--quiet"];

await using servers = new AsyncDisposableStack();
const start = async (port: number) =>
  servers.use(await startServer(SERVER, ...OPTIONS, `--port=${port}`));

let server = await start(0);
const { port } = server;
const load = new Load(port, { clients: 20, sessions: 40, pause: 10 });
for (let i = 1; i <= RESTARTS; i++) {
  await load.until(i / (RESTARTS + 1));
  const old = server;
  server = await start(port);
  const { code } = await old.stop();
  console.log(`replaced: exit status ${code}`);
}
await load.finished;
await server.stop();

const { total, answered, lost, resent } = load;
console.log(`${answered} of ${total} names answered, ${lost} lost`);
if (Deno.args.includes("--resent")) console.log(`${resent} sent again`);
