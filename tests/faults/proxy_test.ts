/** The TCP server behind load balancers: the real HAProxy and nginx. */

import { assert, assertEquals } from "@std/assert";
import { delay as sleep } from "@std/async/delay";
import { EXIT } from "../../lib/greeting.ts";
import {
  noBalancer,
  type Program,
  startBalancer,
} from "../support/balancer.ts";
import { fault, isFull, size } from "../support/fault.ts";
import { freePort } from "../support/free_port.ts";
import {
  ends,
  isGreeted,
  PATIENCE,
  terminateBusy,
  terminateUnread,
  visit,
} from "../support/tcp_peers.ts";
import { startServer, stop } from "../support/scripts.ts";
import { unreadBytes } from "../support/linux_proc.ts";
import { encode } from "../support/bytes.ts";

const target = "tcp_server.ts";
const BEHIND_PROXY = "examples/deploy/behind_proxy.ts";

/** Longer than any header of the PROXY protocol that is sent here. */
const NAME = encode("Sarah".repeat(40));

/** Waits until the name of each client has reached the machine's kernel. */
async function arrived(port: number, clients: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  const count = () => unreadBytes(port).filter((n) => n >= NAME.length).length;
  while (count() < clients) {
    assert(performance.now() < end, `${count()} of ${clients} have arrived`);
    await sleep(10);
  }
}

/** How each balancer is tested: the versions of the header, 0 being none. */
const WAYS: [program: Program, header: 0 | 1 | 2, name: string][] = [
  ["haproxy", 0, "HAProxy"],
  ["haproxy", 1, "HAProxy with send-proxy"],
  ["haproxy", 2, "HAProxy with send-proxy-v2"],
  ["nginx", 0, "nginx"],
  ["nginx", 1, "nginx with proxy_protocol"],
];

for (const header of isFull ? [1, 2] as const : [2] as const) {
  fault({
    target: BEHIND_PROXY,
    fault:
      `checks of HAProxy with a header of version ${header}, which names ` +
      "no client: it is welcomed",
    skip: noBalancer("haproxy"),
    async fn(tally) {
      const port = freePort();
      await using balancer = await startBalancer("haproxy", port, {
        header,
        checks: true,
      });
      await balancer.process.errorLine(/greetings\/one is DOWN/);
      await using _server = await startServer(BEHIND_PROXY, [
        ...[`--port=${port}`, "--delay=0", "--quiet"],
      ]);
      await balancer.process.errorLine(/greetings\/one is UP/);
      using conn = await visit(balancer.port);
      await tally.count(isGreeted(conn, NAME));
    },
  });
}

const obstacles = {
  haproxy: noBalancer("haproxy"),
  nginx: noBalancer("nginx"),
};

// In the tests: without a header, and one version of it for each program.
const ways = WAYS.filter((_, i) => isFull || i % 2 === 0);

for (const [program, header, name] of ways) {
  const skip = obstacles[program];
  const start = (...args: string[]) =>
    startServer(header > 0 ? BEHIND_PROXY : target, args);

  const delays = isFull ? ["0", "1"] : ["0"];
  const terminations: [how: string, delay: string][] = [
    ...delays.map((delay): [string, string] => ["names wait unread", delay]),
    ["clients are busy", "0"],
  ];
  for (const [how, delay] of terminations) {
    fault({
      target,
      fault: `SIGTERM while ${how}, behind ${name}, --delay=${delay}`,
      skip,
      async fn(tally) {
        await using server = await start(`--delay=${delay}`, "--quiet");
        const { port: own, process } = server;
        await using balancer = await startBalancer(program, own, { header });
        const { port } = balancer;
        const common = { process, port, name: NAME, tally };
        await (how === "clients are busy"
          ? terminateBusy({ ...common, clients: size(50, 200) }, 20)
          : terminateUnread(
            { ...common, clients: 200 },
            (clients) => arrived(own, clients),
          ));
        const { code, stderr } = await process.ended();
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
      },
    });
  }

  fault({
    target,
    fault: header > 0
      ? `clients that ${name} speaks for: it prints their own addresses`
      : `clients that ${name} speaks for`,
    skip,
    async fn(tally) {
      await using server = await start("--delay=0");
      const { port, process } = server;
      await using balancer = await startBalancer(program, port, { header });
      for (let i = 0; i < size(20, 200); i++) {
        const conn = await visit(balancer.port);
        const own = header > 0 ? conn.localAddr.port : "\\d+";
        await process.line(
          new RegExp(
            `^Accept new connection from 127\\.0\\.0\\.1:${own}\\.{3}$`,
          ),
        );
        await tally.count(isGreeted(conn, NAME));
        await conn.write(EXIT.slice());
        await tally.count(ends(conn));
        conn.close();
        await process.line(
          new RegExp(`^Connection from 127\\.0\\.0\\.1:${own} closed\\.$`),
        );
      }
      assertEquals((await stop(server)).stderr, "");
    },
  });
}
