/** The TCP server's connection to itself, in networks that hinder it. */

import { assertEquals } from "@std/assert";
import { fault, size, type Tally } from "../support/fault.ts";
import { Network, noNetwork } from "../support/network.ts";
import { isGreeted, visit } from "../support/peers.ts";
import { Process } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, ROOT } from "../support/scripts.ts";
import { encode } from "../support/wire.ts";

const target = "tcp_server.ts";
const PORT = 9999;
const OTHER_PORT = 9998;

/** How many clients are busy at once: more than Deno serves in one turn. */
const CLIENTS = size(300, 600);

const NAT = "add table ip nat; ";

/** What is done to the loopback interface, before the server starts or later. */
const HINDRANCES: {
  name: string;
  /** Rules of `nft`, or a command of `ip`. */
  rules?: string;
  ip?: string[];
  when: "before" | "while clients are busy";
}[] = [
  {
    name: "masquerade on loopback",
    rules: NAT +
      "add chain ip nat post { type nat hook postrouting priority 100; }; " +
      "add rule ip nat post oifname lo ip protocol tcp masquerade fully-random",
    when: "before",
  },
  {
    name: "redirection on loopback to another program",
    rules: NAT +
      "add chain ip nat out { type nat hook output priority -100; }; " +
      `add rule ip nat out oifname lo tcp dport ${PORT} redirect to :${OTHER_PORT}`,
    when: "before",
  },
  {
    name: "redirection on loopback to a port without a listener",
    rules: NAT +
      "add chain ip nat out { type nat hook output priority -100; }; " +
      `add rule ip nat out oifname lo tcp dport ${PORT} redirect to :9`,
    when: "before",
  },
  {
    name: "snat on loopback",
    rules: NAT +
      "add chain ip nat post { type nat hook postrouting priority 100; }; " +
      "add rule ip nat post oifname lo ip protocol tcp snat to 127.0.0.5",
    when: "before",
  },
  {
    name: "loopback goes down",
    ip: ["link", "set", "lo", "down"],
    when: "while clients are busy",
  },
  {
    name: "a firewall drops on loopback",
    rules: "add table ip filter; " +
      "add chain ip filter in { type filter hook input priority 0; }; " +
      "add rule ip filter in iifname lo drop",
    when: "while clients are busy",
  },
];

/** Has clients talk from the other machine until each was answered a few times. */
async function startClients(network: Network, count: number, tally: Tally) {
  const clients = network.start(
    network.client,
    "tests/support/busy_clients.ts",
    ...[String(PORT), String(count)],
  );
  const areAnswered = async () => {
    const line = await clients.line(/^Answered: \d+$/);
    for (let i = 0; i < count; i++) {
      await tally.count(Promise.resolve(i < Number(line.split(" ")[1])));
    }
  };
  await areAnswered();
  return {
    /** Whether each of them is answered a few times from now on. */
    async goOn() {
      clients.kill("SIGUSR1");
      await areAnswered();
    },
    [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose](),
  };
}

/** How many connections over loopback the server has accepted: its own. */
function selfConnections(network: Network): number {
  const port = PORT.toString(16).toUpperCase();
  const established = "01";
  return network.onServer("cat", "/proc/net/tcp").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) =>
      local === `0100007F:${port}` && remote?.startsWith("0100007F:") &&
      state === established
    ).length;
}

for (const { name, rules, ip, when } of HINDRANCES) {
  fault({
    target,
    fault: `${name}, ${when}`,
    skip: noNetwork([], rules),
    async fn(tally) {
      using network = new Network();
      const hinder = () => {
        if (rules !== undefined) network.filter(rules);
        if (ip !== undefined) network.onServer("ip", ...ip);
      };
      const start = (port: number) =>
        network.start(
          network.server,
          target,
          ...[`--port=${port}`, "--hostname=0.0.0.0", "--delay=0", "--quiet"],
        );
      network.onServer("ip", "link", "set", "lo", "up");
      await using other = start(OTHER_PORT);
      await boundPort(other);
      if (when === "before") hinder();
      await using server = start(PORT);
      await boundPort(server);
      await using clients = await startClients(network, CLIENTS, tally);
      if (when !== "before") {
        assertEquals(selfConnections(network), 1);
        hinder();
      }
      await clients.goOn();
      if (when !== "before") assertEquals(selfConnections(network), 0);
      {
        await using _new = await startClients(network, 10, tally);
      }
      server.kill("SIGTERM");
      server.limit = 10_000;
      const { code, stderr } = await server.ended();
      assertEquals([code, stderr], [0, ""]);
    },
  });
}

/** The words that start the server on a free port. */
const command = (allow: string) => [
  ...[Deno.execPath(), "run", "--quiet", `--allow-net=${allow}`],
  ...[target, "--port=0", "--delay=0"],
];

const options = { cwd: ROOT, env: { NO_COLOR: "1" } };
const noTerminals = Deno.build.os === "windows" && "no terminals";

fault({
  target,
  fault: "a permission for port 0 alone, on a terminal",
  skip: noTerminals || python === null && "no Python",
  async fn(tally) {
    await using server = Process.start(python ?? "", [
      ...["tests/support/terminal.py", "show", ...command("127.0.0.1:0")],
    ], options);
    const port = await boundPort(server);
    const conns = await Promise.all(
      Array.from({ length: 200 }, () => visit(port)),
    );
    await Promise.all(
      conns.map((conn) => tally.count(isGreeted(conn, encode("Sarah")))),
    );
    for (const conn of conns) conn.close();
    server.kill("SIGTERM");
    const { code, stdout } = await server.ended();
    assertEquals(code, 0, stdout);
    // A prompt of Deno would be among them.
    const others = stdout.trimEnd().split("\n").filter((line) =>
      !/^(?:Bind|Accept new|Connection from) .*\.$/.test(line)
    );
    assertEquals(others, []);
  },
});
