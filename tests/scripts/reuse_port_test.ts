import { assert, assertEquals } from "@std/assert";
import { isGreeted, visit } from "../support/tcp_peers.ts";
import { deno, startServer, stop } from "../support/scripts.ts";
import { encode } from "../support/bytes.ts";
import { noLinux, testUnless } from "../support/skip.ts";

const SCRIPT = "tcp_server.ts";
const FLAGS = ["--reuse-port", "--delay=0"];
const NAME = encode("Sarah");

/** Connects until each of the servers has a client of its own. */
async function clientOfEach(port: number, logs: (() => Promise<string>)[]) {
  const accepted = logs.map((log) => log());
  const conns: Deno.TcpConn[] = [];
  let all = false;
  Promise.all(accepted).then(() => all = true);
  // The kernel deals connections out by a hash of their addresses.
  while (!all && conns.length < 200) conns.push(await visit(port));
  const lines = await Promise.all(accepted);
  const ports = lines.map((line) => Number(/:(\d+)\.\.\.$/.exec(line)?.[1]));
  return {
    clients: ports.map((port) => {
      const conn = conns.find((conn) => conn.localAddr.port === port);
      assert(conn !== undefined);
      return conn;
    }),
    conns,
  };
}

testUnless(
  noLinux,
  "two servers share a port, and the death of one does not disturb the other's clients",
  async () => {
    await using first = await startServer(SCRIPT, FLAGS);
    await using second = await startServer(SCRIPT, [
      ...FLAGS,
      `--port=${first.port}`,
    ]);
    assertEquals(second.port, first.port);
    const accepts = /^Accept new connection/;
    const { clients: [ofFirst, ofSecond], conns } = await clientOfEach(
      first.port,
      [first, second].map(({ process }) => () => process.line(accepts)),
    );
    assert(ofFirst !== undefined && ofSecond !== undefined);
    assert(await isGreeted(ofFirst, NAME));
    assert(await isGreeted(ofSecond, NAME));
    second.process.kill("SIGKILL");
    await second.process.ended();
    for (let i = 0; i < 20; i++) assert(await isGreeted(ofFirst, NAME));
    for (const conn of conns) conn.close();
    await stop(first);
  },
);

Deno.test("a server without --reuse-port shares its port with none that has it", async () => {
  await using server = await startServer(SCRIPT, ["--quiet"]);
  await using other = deno(SCRIPT, ["--reuse-port", `--port=${server.port}`]);
  const { code, stderr } = await other.ended();
  assertEquals(code, noLinux ? 2 : 1);
  assertEquals(stderr.split("\n").length, 2);
  await stop(server);
});
