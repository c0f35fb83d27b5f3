/** Several servers: the programs and the configurations of chapter 8. */

import { assert, assertEquals } from "@std/assert";
import { Load } from "../../examples/deploy/load.ts";
import { EXIT } from "../../lib/greeting.ts";
import {
  type Balancer,
  type BalancerOptions,
  noBalancer,
  type Program,
  startBalancer,
} from "../support/balancer.ts";
import { runTyped, typedOutput } from "../support/example.ts";
import { works } from "../support/process.ts";
import {
  comes,
  connect,
  ends,
  isGreeted,
  visit,
} from "../support/tcp_peers.ts";
import {
  deno,
  ROOT,
  type Server,
  startServer,
  stop,
} from "../support/scripts.ts";
import { encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noLinux, testUnless } from "../support/skip.ts";

const FOLDER = "examples/deploy/";
const BEHIND_PROXY = "examples/deploy/behind_proxy.ts";
const NAME = encode("Sarah");

/** Conversations that a server which is told to stop cuts short. */
const LOAD = { clients: 20, sessions: 8, pause: 50 };

const obstacles: Record<Program, string | false> = {
  haproxy: noBalancer("haproxy"),
  nginx: noBalancer("nginx"),
};

/** A test that needs a balancer, and is skipped by name without one. */
function test(program: Program, name: string, fn: () => Promise<void>): void {
  testUnless(obstacles[program], name, fn);
}

/** Two servers and a balancer in front of them, which end with the block. */
async function cluster(
  program: Program,
  { header = 0, ...options }: BalancerOptions = {},
): Promise<{ one: Server; two: Server; balancer: Balancer } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const script = header > 0 ? BEHIND_PROXY : "tcp_server.ts";
  const start = async () =>
    stack.use(await startServer(script, ["--delay=0", "--quiet"]));
  const [one, two] = [await start(), await start()];
  const balancer = stack.use(
    await startBalancer(program, [one.port, two.port], { header, ...options }),
  );
  const kept = stack.move();
  return {
    one,
    two,
    balancer,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Waits until all names of a load were answered, the first time they were sent. */
async function allAnswered(load: Load): Promise<void> {
  await load.finished;
  const { answered, lost, resent } = load;
  assertEquals({ answered, lost, resent }, {
    answered: load.total,
    lost: 0,
    resent: 0,
  });
}

testUnless(noLinux, "a rolling restart loses no answer", async () => {
  assertEquals(
    await typedOutput(`${FOLDER}rolling_restart.ts`),
    "replaced: exit status 0\n".repeat(3) +
      "4000 of 4000 names answered, 0 lost\n",
  );
});

testUnless(
  noLinux,
  "an experiment that is told to stop ends its programs, also one that starts then",
  async () => {
    // What it starts them with, in a program that waits to be stopped.
    const { href } = new URL(`${FOLDER}servers.ts`, ROOT);
    const program = `const { spawn } = await import("${href}");
      const command = new Deno.Command("sleep", { args: ["60"] });
      const start = () => console.log(spawn(command).pid);
      start();
      Deno.addSignalListener("SIGTERM", start);
      await new Promise(() => {});`;
    const script = `data:text/javascript,${encodeURIComponent(program)}`;
    await using process = deno(script, [], { allow: ["run=sleep", "read"] });
    await process.line(/^\d+$/);
    process.kill("SIGTERM");
    const { code, stdout } = await process.ended();
    assertEquals(code, 130);
    const pids = stdout.trimEnd().split("\n");
    assertEquals(pids.length, 2);
    for (const pid of pids) assert(!works("test", "-d", `/proc/${pid}`));
  },
);

test(
  "haproxy",
  "a server drained by HAProxy's runtime socket is stopped without an answer lost, or asked for twice",
  async () => {
    const dir = await Deno.makeTempDir();
    try {
      await using process = await runTyped(`${FOLDER}drain.ts`, {
        replace: { "/tmp/haproxy.sock": `${dir}/haproxy.sock` },
      });
      const { code, stdout, stderr } = await process.ended();
      assertEquals([code, stderr], [0, ""]);
      assertEquals(stdout.trimEnd().split("\n"), [
        "set server greetings/one state drain",
        "one stopped: exit status 0",
        "800 of 800 names answered, 0 lost",
        "0 sent again",
      ]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);

test(
  "nginx",
  "a server marked down in nginx's configuration is stopped after a reload without an answer lost, or asked for twice",
  async () => {
    await using servers = await cluster("nginx", { header: 1 });
    const { one, two, balancer } = servers;
    const load = new Load(balancer.port, LOAD);
    await load.until(1 / 3);
    await balancer.reload({
      [`127.0.0.1:${one.port} `]: `127.0.0.1:${one.port} down `,
    });
    // The old worker ends with its last connection.
    await balancer.process.errorLine(/worker process \d+ exited with code 0/);
    await stop(one);
    await allAnswered(load);
    await stop(two);
  },
);

for (const program of ["haproxy", "nginx"] as const) {
  test(
    program,
    `${program} gives each of two servers half of the sessions`,
    async () => {
      await using servers = await cluster(program);
      const { one, two, balancer } = servers;
      const conns: Deno.TcpConn[] = [];
      for (let i = 0; i < 10; i++) conns.push(await visit(balancer.port));
      // What a server's sessions get when it is told to stop: the end.
      let ended = 0;
      const half = Promise.withResolvers<void>();
      const all = conns.map(async (conn) => {
        assert(await ends(conn));
        conn.close();
        if (++ended === 5) half.resolve();
      });
      await stop(one);
      await Promise.race([half.promise, Promise.all(all)]);
      assertEquals(ended, 5);
      await stop(two);
      await Promise.all(all);
    },
  );

  test(
    program,
    `clients of a server that has crashed get another one from ${program}`,
    async () => {
      await using servers = await cluster(program);
      const { one, two, balancer } = servers;
      one.process.kill("SIGKILL");
      await one.process.ended();
      for (let i = 0; i < 10; i++) {
        using conn = await visit(balancer.port);
        assert(await isGreeted(conn, NAME));
        await conn.write(EXIT.slice());
        assert(await ends(conn));
      }
      await stop(two);
    },
  );
}

test(
  "haproxy",
  "a client above HAProxy's maxconn waits in its queue, and gets the first free place",
  async () => {
    await using servers = await cluster("haproxy", { maxConnections: 1 });
    const { port } = servers.balancer;
    const first = await visit(port);
    using second = await visit(port);
    using third = await connect(port);
    let isWelcomed = false;
    const welcomed = comes(third, encode(WELCOME_TEXT)).then((isRight) => {
      isWelcomed = true;
      return isRight;
    });
    // Both servers answer, and the third client still waits.
    assert(await isGreeted(first, NAME));
    assert(await isGreeted(second, NAME));
    assertEquals(isWelcomed, false);
    await first.write(EXIT.slice());
    assert(await ends(first));
    first.close();
    assert(await welcomed);
    assert(await isGreeted(third, NAME));
  },
);

test(
  "nginx",
  "behind nginx, a UDP client gets its answers although one of two servers is gone",
  async () => {
    await using one = await startServer("udp_server.ts", []);
    await using two = await startServer("udp_server.ts", []);
    await using balancer = await startBalancer("nginx", [one.port, two.port], {
      transport: "udp",
    });
    one.process.kill("SIGKILL");
    await one.process.ended();
    await using client = deno("udp_client.ts", [
      `--port=${balancer.port}`,
      ...["Michael", "Tracy", "Sarah", "Bob"],
    ]);
    const { code, stdout } = await client.ended();
    assertEquals([code, stdout], [
      0,
      ["Michael", "Tracy", "Sarah", "Bob"]
        .map((name) => `${hello(name)}\n`).join(""),
    ]);
    // The datagram that met the dead server was lost, and asked again.
    await balancer.process.errorLine(
      /upstream server temporarily disabled while proxying connection/,
    );
    await stop(two);
  },
);
