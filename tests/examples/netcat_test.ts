import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { connect as connectNode } from "node:net";
import { DatagramStream } from "../../examples/datagram_stream.ts";
import { equals } from "../../lib/io/mod.ts";
import { connect, receive } from "../support/connection.ts";
import { runTyped } from "../support/example.ts";
import { size } from "../support/fault.ts";
import { freePort } from "../support/free_port.ts";
import { openPair, readToEnd } from "../support/loopback_connection.ts";
import { Process, works } from "../support/process.ts";
import { python } from "../support/python.ts";
import { deno, ROOT, startServer } from "../support/scripts.ts";
import { resetBeforeAccept } from "../support/tcp_peers.ts";
import { inTempDir } from "../support/temp_dir.ts";
import { portOf } from "../support/linux_proc.ts";
import { FROM, openUdp } from "../support/udp.ts";
import { encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noLinux, noSignals, noTerminal, testUnless } from "../support/skip.ts";

const NETCAT = "examples/netcat.ts";
const HOST = "127.0.0.1";

/** What is sent each way over TCP. */
const BYTES = size(5_000_000, 100_000_000);

/** Other netcats; those of UDP end after two seconds of silence. */
const OTHERS = [
  {
    name: "OpenBSD's nc",
    probe: "nc -h 2>&1 | grep -q OpenBSD",
    connect: `nc -N ${HOST} PORT`,
    listen: `nc -N -l ${HOST} PORT`,
    connectUdp: `nc -u -w2 ${HOST} PORT`,
    listenUdp: `nc -u -w2 -l ${HOST} PORT`,
  },
  {
    name: "ncat",
    probe: "ncat --version",
    connect: `ncat ${HOST} PORT`,
    listen: `ncat -l ${HOST} PORT`,
    // It ends with its input, before any answer: that is held open.
    connectUdp: `sh -c '(cat; sleep 2) | ncat -u ${HOST} PORT'`,
    listenUdp: `ncat -u -i2 -l ${HOST} PORT`,
  },
  {
    name: "socat",
    probe: "socat -V",
    connect: `socat -t60 - TCP:${HOST}:PORT`,
    listen: `socat -t60 - TCP-LISTEN:PORT,bind=${HOST},reuseaddr`,
    connectUdp: `socat -t2 -T2 - UDP:${HOST}:PORT`,
    listenUdp: `socat -t2 -T2 - UDP-LISTEN:PORT,bind=${HOST}`,
  },
];

/** The command of netcat.ts. */
const netcat = (options: string) =>
  `${Deno.execPath()} run --quiet --no-prompt --allow-net=${HOST},[::1],localhost ` +
  `${new URL(NETCAT, ROOT).href} ${options}`;

/** Runs netcat.ts, so that something can be typed to it. */
const withInput = (...args: string[]) => deno(NETCAT, args, { hasInput: true });

/** Runs a command in a folder; its input and output may be files there. */
function start(dir: string, command: string, files = ""): Process {
  const process = Process.start("sh", ["-c", `exec ${command} ${files}`], {
    cwd: dir,
    env: { NO_COLOR: "1" },
    hasInput: !files.includes("<"),
  });
  process.limit = size(30_000, 120_000);
  return process;
}

/** Random bytes; the block has every byte, and no length that a buffer has. */
function data(): Uint8Array {
  const block = crypto.getRandomValues(new Uint8Array(65_521));
  const all = new Uint8Array(BYTES);
  for (let at = 0; at < BYTES; at += block.length) {
    all.set(block.subarray(0, BYTES - at), at);
  }
  return all;
}

async function assertSame(dir: string, one: string, two: string) {
  const [a, b] = await Promise.all(
    [one, two].map((name) => Deno.readFile(`${dir}/${name}`)),
  );
  assert(equals(a ?? encode(""), b ?? encode("-")), `${one} is not ${two}`);
}

/** The port that netcat.ts listens on. */
async function boundPort(process: Process): Promise<number> {
  const line = await process.errorLine(/^Bind (?:TCP|UDP) on \d+\.\.\.$/);
  return Number(/\d+/.exec(line)?.[0]);
}

for (const { name, probe, ...other } of OTHERS) {
  const isThere = works("sh", "-c", probe);
  const test = (what: string, fn: (dir: string) => Promise<void>) => {
    const missing = !isThere && `no ${name}`;
    const all = `netcat.ts ${what}`.replace("OTHER", name);
    testUnless(missing || noLinux, all, () => inTempDir(fn)); // portOf reads /proc.
  };
  const on = (port: number, command: string) =>
    command.replace("PORT", `${port}`);

  test("exchanges files with OTHER that connects", async (dir) => {
    await Deno.writeFile(`${dir}/a`, data());
    await Deno.writeFile(`${dir}/b`, data());
    const words = netcat("--listen --port=0");
    await using ours = start(dir, words, "< a > a.out");
    const command = on(await boundPort(ours), other.connect);
    await using theirs = start(dir, command, "< b > b.out");
    const ended = [await ours.ended(), await theirs.ended()];
    assertEquals(ended.map(({ code }) => code), [0, 0]);
    await assertSame(dir, "b.out", "a");
    await assertSame(dir, "a.out", "b");
  });

  test("gets a file from OTHER that listens", async (dir) => {
    await Deno.writeFile(`${dir}/b`, data());
    await Deno.writeTextFile(`${dir}/a.out`, "");
    const command = on(freePort(), other.listen);
    await using theirs = start(dir, command, "< b > b.out");
    const port = await portOf(theirs.pid, "tcp");
    await using ours = start(dir, netcat(`--port=${port}`), "> a.out");
    // OpenBSD's nc ends with the end of what it receives, so that comes last.
    const end = performance.now() + ours.limit;
    while ((await Deno.stat(`${dir}/a.out`)).size < BYTES) {
      assert(performance.now() < end, "The file has not come");
      await delay(10);
    }
    await ours.endInput();
    assertEquals((await ours.ended()).code, 0);
    await theirs.ended();
    await assertSame(dir, "a.out", "b");
  });

  test("exchanges datagrams with OTHER, whichever listens", async (dir) => {
    await Deno.writeTextFile(`${dir}/question`, "Sarah\n");
    await Deno.writeTextFile(`${dir}/answer`, "Hello, Sarah!\n");
    const weListen = async () => {
      const words = netcat("--udp --timeout=2 --listen --port=0");
      await using ours = start(dir, words, "< answer > 1.question");
      const command = on(await boundPort(ours), other.connectUdp);
      await using theirs = start(dir, command, "< question > 1.answer");
      await theirs.ended();
      assertEquals((await ours.ended()).code, 0);
    };
    const theyListen = async () => {
      const command = on(freePort(), other.listenUdp);
      await using theirs = start(dir, command, "< answer > 2.question");
      const port = await portOf(theirs.pid, "udp");
      const words = netcat(`--udp --timeout=2 --port=${port}`);
      await using ours = start(dir, words, "< question > 2.answer");
      assertEquals((await ours.ended()).code, 0);
      await theirs.ended();
    };
    await Promise.all([weListen(), theyListen()]);
    for (const number of [1, 2]) {
      await assertSame(dir, `${number}.question`, "question");
      await assertSame(dir, `${number}.answer`, "answer");
    }
  });
}

Deno.test("netcat.ts sends its input, and prints what comes after its end", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  await using ours = withInput(`--port=${server.port}`);
  await ours.type("Michael");
  await ours.endInput();
  const { code, stdout, stderr } = await ours.ended();
  assertEquals([code, stdout, stderr], [
    0,
    WELCOME_TEXT + hello("Michael"),
    "",
  ]);
});

Deno.test("netcat.ts that listens takes one connection and no other", async () => {
  const args = ["--listen", "--port=0"];
  await using ours = await runTyped(NETCAT, { port: 0, args });
  const port = await boundPort(ours);
  using peer = await connect(port);
  assertEquals(await readToEnd(peer), ""); // Its input is empty here.
  await connect(port).then((conn) => {
    conn.close();
    throw new Error("A second connection was accepted");
  }, (error) => assertMatch(String(error), /refused/));
  await peer.write(encode("Bye"));
  await peer.closeWrite();
  assertEquals((await ours.ended()).stdout, "Bye");
});

testUnless(
  noSignals,
  "netcat.ts that listens passes over a peer that resets before the accept",
  async () => {
    const args = ["--listen", "--port=0"];
    await using ours = await runTyped(NETCAT, { port: 0, args });
    const port = await boundPort(ours);
    ours.kill("SIGSTOP"); // So that the reset is there before.
    await resetBeforeAccept(port);
    using peer = await connect(port);
    ours.kill("SIGCONT");
    assertEquals(await readToEnd(peer), "");
    await peer.write(encode("Bye"));
    await peer.closeWrite();
    assertEquals((await ours.ended()).stdout, "Bye");
  },
);

testUnless(
  noSignals,
  "netcat.ts that waits for a peer says of Ctrl-C that it was interrupted",
  async () => {
    for (const udp of [[], ["--udp"]]) {
      const args = ["--listen", "--port=0", ...udp];
      await using ours = deno(NETCAT, args);
      await boundPort(ours);
      ours.kill("SIGINT");
      const { code, stderr } = await ours.ended();
      assertEquals(code, 1);
      assertMatch(stderr, /\nnetcat\.ts: Interrupted by SIGINT\n$/);
    }
  },
);

Deno.test("netcat.ts ends after its time-out, and names a peer that is not there", async () => {
  using pair = await openPair();
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  for (
    const [{ port }, said] of [
      [
        listener.addr,
        "no answer within 0.5 s; is the server busy, or is something else listening there?",
      ],
      // Nothing listens at a client's own port.
      [pair.peers.localAddr, "nothing listens there; start the server first"],
    ] as const
  ) {
    const args = [`--port=${port}`, "--timeout=0.5"];
    await using ours = await runTyped(NETCAT, { port, args });
    const { code, stderr } = await ours.ended();
    const start = `netcat.ts: Cannot talk to ${HOST}:${port} over TCP: `;
    assertEquals([code, stderr], [1, `${start}${said}\n`]);
  }
  await using nowhere = deno(NETCAT, ["--port=0"]);
  assertEquals((await nowhere.ended()).code, 2);
});

Deno.test("netcat.ts over UDP waits for its time-out after what it sends, too", async () => {
  let now = 0;
  const waits: number[] = [];
  const stream = new DatagramStream(
    {
      send: () => Promise.resolve(),
      async receive(timeout) {
        waits.push(timeout);
        const end = now + timeout;
        now += 600;
        if (waits.length === 1) await stream.write(encode("Sarah"));
        now = end;
        return undefined;
      },
      [Symbol.dispose]() {},
    },
    1_000,
    () => now,
  );
  assertEquals(await stream.read(new Uint8Array(1)), null);
  assertEquals(waits, [1_000, 600]);
});

Deno.test("netcat.ts over UDP takes the first sender for its peer, and no other", async () => {
  await using ours = await runTyped(NETCAT, {
    args: ["--udp", "--listen", "--port=0", "--timeout=2"],
    replace: { ":9999": "" },
  });
  const port = await boundPort(ours);
  using first = openUdp();
  using second = openUdp();
  const to = { ...FROM, port };
  await first.send(encode("one "), to);
  await second.send(encode("two "), to);
  await first.send(encode("three"), to);
  assertEquals((await ours.ended()).stdout, "one three");
});

Deno.test("netcat.ts over UDP finds the address of a name, and says who has answered", async () => {
  using server = openUdp();
  using other = openUdp();
  await using ours = withInput(
    "--udp",
    "--hostname=localhost",
    `--port=${server.addr.port}`,
  );
  await ours.type("Sarah\n");
  const [, sender] = await receive(server);
  await other.send(encode("Hello\n"), sender);
  await ours.errorLine(
    new RegExp(`: ${HOST}:${other.addr.port} answered instead of localhost`),
  );
  await server.send(encode("Welcome\n"), sender);
  await ours.line("Welcome");
});

Deno.test("netcat.ts says that the peer has reset the connection", async () => {
  const args = ["--listen", "--port=0"];
  await using ours = await runTyped(NETCAT, { port: 0, args });
  const port = await boundPort(ours);
  const peer = connectNode({ port, host: HOST, allowHalfOpen: true });
  // Its input is empty here, so the end comes first.
  await new Promise((resolve) => peer.once("end", resolve).resume());
  peer.resetAndDestroy();
  const { code, stderr } = await ours.ended();
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /\nnetcat\.ts: Cannot talk to .* over TCP: the peer has reset the connection\n$/,
  );
});

testUnless(
  noTerminal,
  "netcat.ts ends with its peer when a person types",
  async () => {
    const options = ["--delay=0", "--idle-timeout=1"];
    await using server = await startServer("tcp_server.ts", options);
    // A terminal of its own, in which nothing is typed.
    const pty = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    const words = netcat(`--port=${server.port}`).split(" ");
    await using ours = Process.start(python ?? "", ["-c", pty, ...words]);
    const { code, stdout } = await ours.ended();
    assertEquals([code, stdout], [0, WELCOME_TEXT]);
  },
);
