import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { connect as connectNode } from "node:net";
import { concat } from "../../lib/io/mod.ts";
import { accept, connect } from "../support/connection.ts";
import { size } from "../support/fault.ts";
import { readToEnd } from "../support/pair.ts";
import { type Ended, Process, works } from "../support/process.ts";
import { deno, ROOT, startServer } from "../support/scripts.ts";
import { runTyped, typedOutput } from "../support/example.ts";
import { freePort } from "../support/free_port.ts";

const NETCAT = "examples/netcat.ts";
const HOST = "127.0.0.1";

/** What is sent each way over TCP. */
const BYTES = size(5_000_000, 100_000_000);

/** How long that may take, in milliseconds. */
const LIMIT = size(30_000, 120_000);

/** Another netcat. Those of UDP end after two seconds of silence. */
interface Other {
  name: string;
  isThere: boolean;
  connect(port: number): string[];
  listen(port: number): string[];
  connectUdp(port: number): string[];
  listenUdp(port: number): string[];
}

const sh = (command: string) => works("sh", "-c", command);

const OTHERS: Other[] = [
  {
    name: "OpenBSD's nc",
    isThere: sh("nc -h 2>&1 | grep -q OpenBSD"),
    connect: (port) => ["nc", "-N", HOST, `${port}`],
    listen: (port) => ["nc", "-N", "-l", HOST, `${port}`],
    connectUdp: (port) => ["nc", "-u", "-w2", HOST, `${port}`],
    listenUdp: (port) => ["nc", "-u", "-w2", "-l", HOST, `${port}`],
  },
  {
    name: "ncat",
    isThere: sh("ncat --version"),
    connect: (port) => ["ncat", HOST, `${port}`],
    listen: (port) => ["ncat", "-l", HOST, `${port}`],
    // It ends with its input, before any answer: that is held open.
    connectUdp: (port) => [
      "sh",
      "-c",
      `(cat; sleep 2) | exec ncat -u ${HOST} ${port}`,
    ],
    listenUdp: (port) => ["ncat", "-u", "-i2", "-l", HOST, `${port}`],
  },
  {
    name: "socat",
    isThere: sh("socat -V"),
    connect: (port) => ["socat", "-t60", "-", `TCP:${HOST}:${port}`],
    listen: (
      port,
    ) => ["socat", "-t60", "-", `TCP-LISTEN:${port},bind=${HOST},reuseaddr`],
    connectUdp: (port) => ["socat", "-t2", "-T2", "-", `UDP:${HOST}:${port}`],
    listenUdp: (
      port,
    ) => ["socat", "-t2", "-T2", "-", `UDP-LISTEN:${port},bind=${HOST}`],
  },
];

/** The words that run netcat.ts, with the permission for one port or all. */
function netcat(port: number | null, ...args: string[]): string[] {
  const allowed = port === null ? HOST : `${HOST}:${port}`;
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
    `--allow-net=${allowed}`,
    NETCAT,
    ...args,
  ];
}

/** A folder for the input and output of two programs. */
class Files implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  async write(name: string, bytes: Uint8Array): Promise<string> {
    const path = `${this.path}/${name}`;
    await Deno.writeFile(path, bytes);
    return path;
  }

  async hash(name: string): Promise<string> {
    const bytes = await Deno.readFile(`${this.path}/${name}`);
    return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  }

  text(name: string): Promise<string> {
    return Deno.readTextFile(`${this.path}/${name}`);
  }

  /** Runs a program with a file as input and one as output. */
  run(words: string[], input: string, output: string): Process {
    const command = 'in=$1 out=$2; shift 2; exec "$@" < "$in" > "$out"';
    const [from, to] = [input, output].map((name) =>
      name.startsWith("/") ? name : `${this.path}/${name}`
    );
    const process = Process.start(
      "sh",
      ["-c", command, "sh", from ?? "", to ?? "", ...words],
      { cwd: ROOT, env: { NO_COLOR: "1" } },
    );
    process.limit = LIMIT;
    return process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Random bytes; the block has every byte, and no length that a buffer has. */
function data(bytes: number): Uint8Array {
  const block = crypto.getRandomValues(new Uint8Array(65_521));
  const all = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += block.length) {
    all.set(block.subarray(0, bytes - at), at);
  }
  return all;
}

/** The port that netcat.ts listens on. */
async function boundPort(process: Process): Promise<number> {
  const line = await process.errorLine(/^Bind (?:TCP|UDP) on \d+\.\.\.$/);
  return Number(/\d+/.exec(line)?.[0]);
}

/** Runs a program until the port that it connects to is open. */
async function onceOpen(start: () => Process): Promise<Ended> {
  for (let tries = 1;; tries++) {
    await using process = start();
    const ended = await process.ended();
    if (!/nothing listens there/.test(ended.stderr) || tries === 200) {
      return ended;
    }
    await delay(50);
  }
}

function test(
  name: string,
  isThere: boolean,
  program: string,
  fn: () => Promise<void>,
): void {
  const why = isThere ? "" : ` (skipped: no ${program})`;
  const ignore = !isThere || Deno.build.os === "windows";
  Deno.test({ name: `${name}${why}`, ignore, fn });
}

for (const { name, isThere, ...other } of OTHERS) {
  test(
    `netcat.ts exchanges files with ${name} that connects`,
    isThere,
    name,
    async () => {
      await using files = new Files();
      await files.write("a", data(BYTES));
      await files.write("b", data(BYTES));
      const words = netcat(0, "--listen", "--port=0");
      await using ours = files.run(words, "a", "a.out");
      const port = await boundPort(ours);
      await using theirs = files.run(other.connect(port), "b", "b.out");
      const ended = [await ours.ended(), await theirs.ended()];
      assertEquals(ended.map(({ code }) => code), [0, 0]);
      assertEquals(await files.hash("b.out"), await files.hash("a"));
      assertEquals(await files.hash("a.out"), await files.hash("b"));
    },
  );

  test(
    `netcat.ts connects to ${name} and sends a file`,
    isThere,
    name,
    async () => {
      await using files = new Files();
      await files.write("a", data(BYTES));
      const port = freePort();
      await using theirs = files.run(other.listen(port), "/dev/null", "b.out");
      const words = netcat(port, `--port=${port}`);
      const { code, stderr } = await onceOpen(() =>
        files.run(words, "a", "a.out")
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      await theirs.ended();
      assertEquals(await files.hash("b.out"), await files.hash("a"));
      assertEquals(await files.text("a.out"), "");
    },
  );

  test(
    `netcat.ts connects to ${name} and gets a file`,
    isThere,
    name,
    async () => {
      await using files = new Files();
      await files.write("b", data(BYTES));
      const port = freePort();
      await using theirs = files.run(other.listen(port), "b", "b.out");
      // OpenBSD's nc ends with the end of what it receives, so that comes last.
      const bytes = await receiveAll(port, BYTES);
      await files.write("a.out", bytes);
      assertEquals(await files.hash("a.out"), await files.hash("b"));
      await theirs.ended();
    },
  );

  test(
    `netcat.ts exchanges datagrams with ${name}, whichever listens`,
    isThere,
    name,
    async () => {
      await using files = new Files();
      await files.write("question", new TextEncoder().encode("Sarah\n"));
      await files.write("answer", new TextEncoder().encode("Hello, Sarah!\n"));
      const udp = ["--udp", "--timeout=2"];
      const weListen = async () => {
        const words = netcat(null, ...udp, "--listen", "--port=0");
        await using ours = files.run(words, "answer", "1.question");
        const client = other.connectUdp(await boundPort(ours));
        await using theirs = files.run(client, "question", "1.answer");
        await theirs.ended();
        assertEquals((await ours.ended()).code, 0);
      };
      const theyListen = async () => {
        const port = freePort();
        const server = other.listenUdp(port);
        await using theirs = files.run(server, "answer", "2.question");
        await untilBound(port);
        const words = netcat(null, ...udp, `--port=${port}`);
        await using ours = files.run(words, "question", "2.answer");
        assertEquals((await ours.ended()).code, 0);
        await theirs.ended();
      };
      await Promise.all([weListen(), theyListen()]);
      for (const name of ["1.question", "2.question"]) {
        assertEquals(await files.text(name), "Sarah\n");
      }
      for (const name of ["1.answer", "2.answer"]) {
        assertEquals(await files.text(name), "Hello, Sarah!\n");
      }
    },
  );
}

/** Gets so many bytes from a port, and only then ends its own output. */
async function receiveAll(port: number, bytes: number): Promise<Uint8Array> {
  const [command = "", ...args] = netcat(port, `--port=${port}`);
  const options = { args, cwd: ROOT, env: { NO_COLOR: "1" } };
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  for (let tries = 1;; tries++) {
    await using child = new Deno.Command(command, { ...options, ...piped })
      .spawn();
    const limit = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of child.stdout) {
      parts.push(part);
      size += part.length;
      if (size >= bytes) break;
    }
    await child.stdin.close();
    const errors = await child.stderr.text();
    const { success } = await child.status;
    clearTimeout(limit);
    if (success) return concat(parts);
    if (!/nothing listens there/.test(errors) || tries === 200) {
      throw new Error(`${size} of ${bytes} bytes came: ${errors}`);
    }
    await delay(50);
  }
}

/** Waits until a UDP port is bound: then nobody else can bind it. */
async function untilBound(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      Deno.listenDatagram({ transport: "udp", hostname: HOST, port }).close();
    } catch {
      return;
    }
    await delay(50);
  }
  throw new Error(`Nothing has bound the UDP port ${port}`);
}

test(
  "netcat.ts sends its input, and prints what comes after its end",
  true,
  "sh",
  async () => {
    await using server = await startServer("tcp_server.ts", ["--delay=0"]);
    await using files = new Files();
    await files.write("in", new TextEncoder().encode("Michael"));
    const { port } = server;
    await using ours = files.run(netcat(port, `--port=${port}`), "in", "out");
    const { code, stderr } = await ours.ended();
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(await files.text("out"), "Welcome!Hello, Michael!");
  },
);

Deno.test("netcat.ts that listens takes one connection and no other", async () => {
  const process = await runTyped(NETCAT, {
    port: 0,
    args: ["--listen", "--port=0"],
  });
  await using ours = process;
  const port = await boundPort(ours);
  using peer = await connect(port);
  assertEquals(await readToEnd(peer), ""); // Its input is empty here.
  await connect(port).then((conn) => {
    conn.close();
    throw new Error("A second connection was accepted");
  }, (error) => assertMatch(String(error), /refused/));
  await peer.write(new TextEncoder().encode("Bye"));
  await peer.closeWrite();
  assertEquals((await ours.ended()).stdout, "Bye");
});

Deno.test("netcat.ts ends after its time-out, and names a peer that is not there", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  const start = (...args: string[]) =>
    runTyped(NETCAT, { port, args: [`--port=${port}`, ...args] });
  {
    await using ours = await start("--timeout=0.5");
    using _silent = await accept(listener);
    const { code, stderr } = await ours.ended();
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `netcat.ts: Cannot talk to ${HOST}:${port} over TCP: no answer within 0.5 s; is the server busy, or is something else listening there?\n`,
    );
  }
  listener.close();
  await using ours = await start();
  const { code, stderr } = await ours.ended();
  assertEquals(code, 1);
  assertMatch(stderr, /: nothing listens there; start the server first\n$/);
});

Deno.test("netcat.ts over UDP takes the first sender for its peer, and no other", async () => {
  await using ours = await runTyped(NETCAT, {
    args: ["--udp", "--listen", "--port=0", "--timeout=2"],
    replace: { ":9999": "" },
  });
  const port = await boundPort(ours);
  const open = () =>
    Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  const [first, second] = [open(), open()];
  const to = { transport: "udp" as const, hostname: HOST, port };
  await first.send(new TextEncoder().encode("one "), to);
  await second.send(new TextEncoder().encode("two "), to);
  await first.send(new TextEncoder().encode("three"), to);
  assertEquals((await ours.ended()).stdout, "one three");
  first.close();
  second.close();
});

Deno.test("netcat.ts over UDP names each permission that is missing", async () => {
  for (
    const [options, needed] of [
      ["", "=127.0.0.1:0,127.0.0.1:9999"],
      ["--hostname=192.0.2.1", "=0.0.0.0:0,192.0.2.1:9999"],
      ["--hostname=::1", "=[::1]:0,[::1]:9999"],
      ["--listen", "=127.0.0.1"],
      ["--listen --hostname=0.0.0.0", ""],
    ] as const
  ) {
    const args = ["--udp", ...options.split(" ").filter(Boolean)];
    await using netcat = deno(NETCAT, args, { allow: [] });
    const { code, stderr } = await netcat.ended();
    assertEquals(code, 1);
    assert(stderr.endsWith(`; grant --allow-net${needed}\n`), stderr);
  }
});

Deno.test("netcat.ts says that the peer has reset the connection", async () => {
  await using ours = await runTyped(NETCAT, {
    port: 0,
    args: ["--listen", "--port=0"],
  });
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

Deno.test({
  name: "netcat.ts ends with its peer when a person types",
  ignore: Deno.build.os === "windows" || !works("python3", "--version"),
  async fn() {
    const options = ["--delay=0", "--idle-timeout=1"];
    await using server = await startServer("tcp_server.ts", options);
    const { port } = server;
    // A terminal of its own, in which nothing is typed.
    const pty = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    const words = ["-c", pty, ...netcat(port, `--port=${port}`)];
    await using ours = Process.start("python3", words, { cwd: ROOT });
    const { code, stdout } = await ours.ended();
    assertEquals([code, stdout], [0, "Welcome!"]);
  },
});

Deno.test("netcat.ts has help as the scripts have it", async () => {
  const help = await typedOutput(NETCAT, { args: ["--help"] });
  assertMatch(help, /^Usage: netcat\.ts \[OPTIONS\]\n\nConnects /);
});
