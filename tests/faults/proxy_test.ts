/** The TCP server behind load balancers: the real HAProxy and nginx. */

import { assert, assertEquals } from "@std/assert";
import { connect as connectNode } from "node:net";
import { delay as sleep } from "@std/async/delay";
import { EXIT, WELCOME } from "../../lib/greeting.ts";
import {
  noBalancer,
  type Program,
  startBalancer,
} from "../support/balancer.ts";
import { fault, size } from "../support/fault.ts";
import {
  comes,
  connect,
  ends,
  isGreeted,
  PATIENCE,
  visit,
} from "../support/peers.ts";
import { startServer, stop } from "../support/scripts.ts";
import { activeOpens, unreadBytes } from "../support/usage.ts";
import { terminateBusy, terminateUnread } from "../support/terminate.ts";
import { encode } from "../support/wire.ts";

const target = "tcp_server.ts";

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
const WAYS: { program: Program; header: 0 | 1 | 2; name: string }[] = [
  { program: "haproxy", header: 0, name: "HAProxy" },
  { program: "haproxy", header: 1, name: "HAProxy with send-proxy" },
  { program: "haproxy", header: 2, name: "HAProxy with send-proxy-v2" },
  { program: "nginx", header: 0, name: "nginx" },
  { program: "nginx", header: 1, name: "nginx with proxy_protocol" },
];

const obstacles = {
  haproxy: noBalancer("haproxy"),
  nginx: noBalancer("nginx"),
};

for (const { program, header, name } of WAYS) {
  const skip = obstacles[program];
  const start = (...args: string[]) =>
    startServer(target, [
      ...args,
      ...(header > 0 ? ["--proxy-protocol"] : []),
    ]);

  for (const delay of header === 1 ? ["0"] : ["0", "1"]) {
    fault({
      target,
      fault: `SIGTERM while names wait in the kernel, behind ${name}, ` +
        `--delay=${delay}`,
      skip,
      async fn(tally) {
        await using server = await start(`--delay=${delay}`, "--quiet");
        const { port, process } = server;
        await using balancer = await startBalancer(program, port, { header });
        await terminateUnread(
          { process, port: balancer.port, name: NAME, clients: 200, tally },
          (clients) => arrived(port, clients),
        );
        const ended = await process.ended();
        assertEquals([ended.code, ended.stderr], [0, ""]);
      },
    });
  }

  fault({
    target,
    fault: `SIGTERM under load, behind ${name}`,
    skip,
    async fn(tally) {
      await using server = await start("--delay=0", "--quiet");
      await using balancer = await startBalancer(program, server.port, {
        header,
      });
      const { process } = server;
      const clients = size(50, 200);
      await terminateBusy(
        { process, port: balancer.port, name: NAME, clients, tally },
        20,
      );
      const ended = await server.process.ended();
      assertEquals([ended.code, ended.stderr], [0, ""]);
    },
  });

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

  if (header > 0) {
    fault({
      target,
      fault: `${name}, without --proxy-protocol`,
      skip,
      async fn(tally) {
        await using server = await startServer(target, ["--delay=0"]);
        await using balancer = await startBalancer(program, server.port, {
          header,
        });
        for (let i = 0; i < 20; i++) {
          using conn = await visit(balancer.port);
          // No greeting of the header: the server closes the connection.
          await tally.count(ends(conn).catch(() => true));
        }
        const { stderr } = await stop(server);
        const said = stderr.split("\n").filter((line) =>
          line.includes("--proxy-protocol")
        );
        assertEquals(said.length, 1, stderr);
        assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      },
    });
  }
}

/** A health check of this program's own: what it sends, and how it ends. */
interface Check {
  header?: string;
  /** Whether it waits for the welcome. */
  isPatient: boolean;
  end: "close" | "reset";
}

function check(
  port: number,
  { header, isPatient, end }: Check,
): Promise<void> {
  const socket = connectNode(port, "127.0.0.1");
  const leave = () => end === "reset" ? socket.resetAndDestroy() : socket.end();
  const ready = () => isPatient ? socket.once("data", leave) : leave();
  socket.once("connect", () => {
    if (header === undefined) ready();
    else socket.write(header, ready);
  });
  // A server that does not answer must not hold the test.
  const timer = setTimeout(() => socket.destroy(), PATIENCE);
  return new Promise<void>((resolve) => {
    // Until the server has closed, too: an error is a reset by it.
    socket.resume();
    socket.once("error", () => resolve());
    socket.once("close", () => resolve());
  }).finally(() => clearTimeout(timer));
}

/** How many health checks of a kind are noticed before they are recognized. */
const NOTICED = 3;

for (const header of [undefined, "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"]) {
  fault({
    target,
    fault: "health checks that leave at once or after the welcome, " +
      (header === undefined ? "alone" : "with a PROXY protocol header"),
    async fn(tally) {
      await using server = await startServer(target, [
        ...["--delay=0", ...(header === undefined ? [] : ["--proxy-protocol"])],
      ]);
      const { port, process } = server;
      for (let i = 0; i < size(100, 1_000); i++) {
        await check(port, {
          ...(header !== undefined && { header }),
          isPatient: i % 2 === 0,
          end: i % 3 === 0 ? "reset" : "close",
        });
      }
      const own = header?.replace(" 1 ", " 51234 ") ?? "";
      for (let i = 0; i < 5; i++) {
        const conn = await connect(port);
        await conn.write(encode(own));
        await tally.count(comes(conn, WELCOME));
        await tally.count(isGreeted(conn, NAME));
        await conn.write(EXIT.slice());
        await tally.count(ends(conn));
        const address = header === undefined
          ? `127.0.0.1:${conn.localAddr.port}`
          : "127.0.0.1:51234";
        conn.close();
        await process.line(`Accept new connection from ${address}...`);
        await process.line(`Connection from ${address} closed.`);
      }
      const { stdout, stderr } = await stop(server);
      const lines = stdout.trimEnd().split("\n").length;
      assert(lines <= 1 + 2 * (5 + NOTICED), stdout);
      assert(stderr.split("\n").length <= 1 + NOTICED, stderr);
    },
  });
}

for (const header of [0, 1, 2] as const) {
  const how = ["", " with send-proxy", " with send-proxy-v2"][header];

  fault({
    target,
    fault: `health checks of HAProxy${how}, fifty times a second`,
    skip: obstacles.haproxy,
    async fn(tally) {
      await using server = await startServer(target, [
        "--delay=0",
        ...(header > 0 ? ["--proxy-protocol"] : []),
      ]);
      const { port, process } = server;
      await using balancer = await startBalancer("haproxy", port, {
        header,
        checkEvery: 20,
      });
      for (let i = 0; i < 5; i++) {
        // Others connect on this machine, too: at most this many are checks.
        const enough = activeOpens() + size(10, 100);
        const end = performance.now() + PATIENCE;
        while (activeOpens() < enough) {
          assert(performance.now() < end, "No health checks come");
          await sleep(10);
        }
        const conn = await visit(balancer.port);
        await tally.count(isGreeted(conn, NAME));
        await conn.write(EXIT.slice());
        await tally.count(ends(conn));
        conn.close();
        await process.line(/^Accept new connection/);
        await process.line(/^Connection from .* closed\.$/);
      }
      const { stdout, stderr } = await stop(server);
      const lines = stdout.trimEnd().split("\n").length;
      assert(lines <= 1 + 2 * (5 + NOTICED), stdout);
      assert(stderr.split("\n").length <= 1 + NOTICED, stderr);
    },
  });
}
