/** Standard output and standard error in places that take nothing. */

import { assert, assertEquals } from "@std/assert";
import { EXIT } from "../../lib/greeting.ts";
import { counted, fault, size, type Tally } from "../support/fault.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { bounded } from "../support/connection.ts";
import { noNamespaces } from "../support/namespaces.ts";
import { readToEnd } from "../support/pair.ts";
import { connect, ends, isGreeted, repeat, visit } from "../support/peers.ts";
import { type Ended, Process, run, works } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, ROOT, startServer, stop } from "../support/scripts.ts";
import { inTempDir } from "../support/temp_dir.ts";
import { UdpPeer } from "../support/udp_peer.ts";
import { idle, noProc, portOf, residentMemory } from "../support/usage.ts";
import { binary, encode } from "../support/wire.ts";

const UNIX = Deno.build.os !== "windows";
const noDevFull = Deno.build.os !== "linux" && "no /dev/full";
const noPython = (!UNIX && "no terminals") || (python === null && "no Python");
const noPrlimit = noProc || !works("prlimit", "--version") && "no prlimit";
const noMounts = noNamespaces(["-m"], "mount -t tmpfs none /mnt");

/** A server, and how to serve clients of it. */
interface Service {
  transport: "tcp" | "udp";
  script: string;
  args: string[];
  /** How many lines it writes for a client. */
  lines: number;
  /** Has this many clients come and be served, each with an answer to check. */
  serve(port: number, clients: number, tally: Tally): Promise<void>;
}

const SERVICES: Service[] = [
  {
    transport: "tcp",
    script: "tcp_server.ts",
    args: ["--delay=0"],
    lines: 2,
    serve: (port, clients, tally) =>
      repeat(clients, 50, () => tally.count(isServed(port))),
  },
  {
    transport: "udp",
    script: "udp_server.ts",
    args: [],
    lines: 1,
    async serve(port, clients, tally) {
      const each = clients / 10;
      await repeat(10, 10, async () => {
        using peer = new UdpPeer(port);
        for (let i = 0; i < each; i++) {
          await tally.count(peer.isGreeted(encode(`name ${i}`)));
        }
      });
    },
  },
];

async function isServed(port: number): Promise<boolean> {
  using conn = await visit(port);
  const isRight = await isGreeted(conn, encode("Sarah"));
  await conn.write(EXIT.slice());
  return isRight && await ends(conn);
}

/** The words that start a server. */
function command({ script, args }: Service): string[] {
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
    ...["--allow-net=127.0.0.1", script, "--port=0", ...args],
  ];
}

const options = { cwd: ROOT, env: { NO_COLOR: "1" } };

/** Starts a program with its streams redirected by the shell, `$1` being a path. */
function redirected(
  redirection: string,
  words: string[],
  { path = "", prefix = [] as string[], setUp = "true" } = {},
): Process {
  const script = `path=$1; shift; ${setUp} && exec "$@" ${redirection}`;
  const [program = "", ...args] = [
    ...prefix,
    ...["sh", "-c", script, "sh", path, ...words],
  ];
  return Process.start(program, args, options);
}

/** Sends SIGTERM, waits for the end, and checks that it is a good one. */
async function stopped(process: Process): Promise<Ended> {
  process.kill("SIGTERM");
  const ended = await process.ended();
  assertEquals(ended.code, 0, ended.stderr);
  return ended;
}

/** How many lines were not written, by the note that says so. */
function lostLines(stderr: string, reason: string): number {
  const [, count = "NaN"] = new RegExp(
    `^\\w+\\.ts: ([\\d,]+) lines? (?:was|were) not written to standard output: ${reason}$`,
    "m",
  ).exec(stderr) ?? [];
  return Number(count.replaceAll(",", ""));
}

/** With standard error in the same place, and elsewhere. */
const BOTH = [false, true];

async function withFifo(
  body: (path: string, fifo: Deno.FsFile) => Promise<void>,
): Promise<void> {
  await inTempDir(async (dir) => {
    const path = `${dir}/fifo`;
    await run("mkfifo", [path]);
    // Open at both ends, so that opening it does not wait.
    using fifo = await Deno.open(path, { read: true, write: true });
    await body(path, fifo);
  });
}

async function logOnFullDisk(
  service: Service,
  isErrorToo: boolean,
  tally: Tally,
): Promise<void> {
  const { transport, lines, serve } = service;
  const clients = size(300, 1_000);
  await using server = redirected(
    isErrorToo ? '> "$path/log" 2>&1' : '> "$path/log"',
    command(service),
    {
      path: "/mnt",
      prefix: ["unshare", "-m"],
      // Its other half stays free until the filler takes it.
      setUp: 'mount -t tmpfs -o size=64k none "$path"',
    },
  );
  const { pid } = server;
  const port = await portOf(pid, transport);
  await serve(port, 10, tally);
  const disk = `/proc/${pid}/root/mnt`;
  // Ends when the disk is full.
  await run("sh", ["-c", `cat /dev/zero 2>&1 > ${disk}/filler || true`]);
  await serve(port, clients, tally);
  // It has tried to write all lines.
  await idle(pid);
  await run("rm", [`${disk}/filler`]);
  // A line that can be written shows that there is space again.
  await serve(port, 10, tally);
  const words = "lines were not written to standard output: no space left";
  if (!isErrorToo) await server.errorLine(new RegExp(words));
  // Its descriptor keeps the disk, which the server's end takes away otherwise.
  await using reader = Process.start("sh", [
    "-c",
    'exec 3< "$1"; echo open; tail -s 0.01 --pid="$2" -f /dev/null; cat <&3',
    ...["sh", `${disk}/log`, `${pid}`],
  ]);
  await reader.line("open");
  const { stderr } = await stopped(server);
  const log = (await reader.ended()).stdout;
  const lost = lostLines(
    isErrorToo ? log : stderr,
    "no space left on device",
  );
  const written =
    log.split("\n").filter((line) =>
      /^(?:Bind|Accept|Connection|Received) .*\d(?: closed)?\.+$/.test(line)
    ).length;
  const missing = 1 + (clients + 20) * lines - written;
  // Some lines of the first part that failed, 4,096 bytes, may be in the log.
  assert(
    missing > 0 && lost >= missing && lost - missing <= 200,
    `${lost} said, ${missing} missing: ${stderr}`,
  );
}

for (const service of SERVICES) {
  const { transport, script: target, lines, serve } = service;

  fault({
    target,
    fault: "a log on a full device",
    skip: noDevFull,
    async fn(tally) {
      const clients = size(100, 1_000);
      for (const isErrorToo of BOTH) {
        await using server = redirected(
          isErrorToo ? "> /dev/full 2>&1" : "> /dev/full",
          command(service),
        );
        await serve(await portOf(server.pid, transport), clients, tally);
        const { stderr } = await stopped(server);
        if (isErrorToo) continue;
        assertEquals(
          lostLines(stderr, "no space left on device"),
          1 + clients * lines,
          stderr,
        );
      }
    },
  });

  fault({
    target,
    fault: "a log on a disk that is full, and has space again",
    skip: noMounts,
    async fn(tally) {
      for (const isErrorToo of BOTH) {
        await logOnFullDisk(service, isErrorToo, tally);
      }
    },
  });

  fault({
    target,
    fault: "a log that is as large as the limit for files allows",
    skip: noPrlimit,
    async fn(tally) {
      const clients = size(100, 1_000);
      const path = await Deno.makeTempFile();
      try {
        await using server = redirected('> "$path"', command(service), {
          path,
          // Deno's own files are not what is tested: its coverage, for example.
          prefix: ["env", "-u", "DENO_COVERAGE_DIR"],
        });
        const port = await portOf(server.pid, transport);
        // As `ulimit -f`, which would also keep Deno from filling its cache.
        await run("prlimit", ["--fsize=1000", `--pid=${server.pid}`]);
        await serve(port, clients, tally);
        const { stderr } = await stopped(server);
        assert(lostLines(stderr, "File too large") > 0, stderr);
      } finally {
        await Deno.remove(path);
      }
    },
  });

  for (const isErrorToo of BOTH) {
    fault({
      target,
      fault: isErrorToo
        ? "a terminal that is gone, with its errors too"
        : "a terminal that is gone",
      skip: noPython,
      async fn(tally) {
        const clients = size(100, 1_000);
        await using server = Process.start(python ?? "", [
          "tests/support/terminal.py",
          isErrorToo ? "go-all" : "go",
          ...command(service),
        ], options);
        const port = await boundPort(server);
        await server.line("The terminal is gone");
        await serve(port, clients, tally);
        const { stderr } = await stopped(server);
        if (isErrorToo) {
          return;
        }
        assertEquals(
          lostLines(stderr, "the terminal is gone, or the device has failed"),
          clients * lines,
          stderr,
        );
      },
    });
  }

  fault({
    target,
    fault: "a log in a pipe that is not read for a long time",
    skip: noProc,
    fn: (tally) =>
      withFifo(async (path, fifo) => {
        // More lines than the pipe and the server keep.
        const clients = size(11_000, 50_000) / lines;
        await using server = redirected('> "$path"', command(service), {
          path,
        });
        const port = await portOf(server.pid, transport);
        await serve(port, 200, tally);
        const memory = residentMemory(server.pid);
        await serve(port, clients, tally);
        const grown = residentMemory(server.pid) - memory;
        assert(grown < 100_000_000, `Memory grew by ${grown}`);
        using reader = await Deno.open(path);
        fifo.close();
        const log = readToEnd(reader);
        const note = await server.errorLine(/not written to standard output/);
        await stopped(server);
        const written = (await log).trimEnd().split("\n").length;
        assertEquals(
          written + lostLines(note, "its reader does not read, .*"),
          1 + (200 + clients) * lines,
        );
      }),
  });

  fault({
    target,
    fault: "SIGTERM while nobody reads the pipe that its output goes to",
    skip: noProc,
    async fn(tally) {
      for (const isErrorToo of BOTH) {
        await withFifo(async (path) => {
          await using server = redirected(
            isErrorToo ? '> "$path" 2>&1' : '> "$path"',
            command(service),
            { path },
          );
          const port = await portOf(server.pid, transport);
          await serve(port, 4_000 / lines, tally);
          const { stderr } = await stopped(server);
          if (isErrorToo) {
            return;
          }
          assert(lostLines(stderr, "its reader does not read, .*") > 0, stderr);
        });
      }
    },
  });
}

fault({
  target: "tcp_server.ts",
  fault: "Ctrl-C twice while nobody reads the pipe that its output goes to",
  skip: noProc,
  fn: (tally) =>
    withFifo(async (path) => {
      const [service] = SERVICES;
      assert(service !== undefined);
      await using server = redirected('> "$path" 2>&1', command(service), {
        path,
      });
      const port = await portOf(server.pid, "tcp");
      await service.serve(port, 2_000, tally);
      using conn = await visit(port);
      server.kill("SIGINT");
      // The end of input shows that the first one has been heard.
      await tally.count(ends(conn));
      server.kill("SIGINT");
      assertEquals((await server.ended()).code, 130);
    }),
});

const NO_SPACE = "Cannot write to standard output: no space left on device";

for (
  const [target, server] of [
    ["tcp_client.ts", "tcp_server.ts"],
    ["udp_client.ts", "udp_server.ts"],
  ] as const
) {
  fault({
    target,
    fault: "its greetings on a full device",
    skip: noDevFull,
    async fn(tally) {
      const delay = target === "tcp_client.ts" ? ["--delay=0"] : [];
      await using running = await startServer(server, delay);
      await counted(tally, async () => {
        await using client = redirected("> /dev/full", [
          ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
          ...["--allow-net=127.0.0.1", target, `--port=${running.port}`],
        ]);
        const { code, stdout, stderr } = await client.ended();
        assertEquals({ code, stdout, stderr }, {
          code: 1,
          stdout: "",
          stderr: `${target}: ${NO_SPACE}\n`,
        });
      });
      // Whatever became of its client, the server has seen nothing wrong.
      assertEquals((await stop(running)).stderr, "");
    },
  });
}

for (const side of ["server", "client"]) {
  for (const transport of ["tcp", "udp"]) {
    const target = `${transport}_${side}.ts`;
    fault({
      target,
      fault: "--help on a full device",
      skip: noDevFull,
      fn: async (tally) => {
        await counted(tally, async () => {
          await using help = redirected("> /dev/full", [
            ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
            ...[target, "--help"],
          ]);
          const { code, stderr } = await help.ended();
          assertEquals({ code, stderr }, {
            code: 1,
            stderr: `${target}: ${NO_SPACE}\n`,
          });
        });
      },
    });
  }
}

/** Serves this page to any number of clients; gives the command that fetches it. */
function serveWeb(page: Uint8Array) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const accepted of listener) {
      using conn = bounded(accepted);
      await conn.read(new Uint8Array(2_000));
      await writeAll(conn, binary(header(page)));
      // The client may close before it has read everything.
      await writeAll(conn, page).catch(() => {});
    }
  })();
  return {
    command: [
      ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
      ...["--allow-net=127.0.0.1", "tcp_client.ts"],
      ...["--get", `http://127.0.0.1:${listener.addr.port}/`],
    ],
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

const header = ({ length }: Uint8Array) =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

fault({
  target: "tcp_client.ts",
  fault: "--get: a page on a full device",
  skip: noDevFull,
  async fn(tally) {
    for (const length of [0, 10, 1_000_000]) {
      await using web = serveWeb(new Uint8Array(length));
      await counted(tally, async () => {
        await using client = redirected("> /dev/full", web.command);
        const { code, stderr } = await client.ended();
        assertEquals({ code, stderr }, {
          code: 1,
          stderr: `tcp_client.ts: ${NO_SPACE}\n`,
        });
      });
    }
  },
});

fault({
  target: "tcp_client.ts",
  fault:
    "--get: a slow reader of a pipe that another program made non-blocking",
  skip: noPython,
  async fn(tally) {
    // Lines of all lengths from 0 on, and long stretches without a line end.
    const page = Uint8Array.from(
      { length: size(1_000_000, 10_000_000) },
      (_, i) => i % 100_000 < 50_000 && Math.random() < 0.1 ? 0x0a : 0x61,
    );
    await using web = serveWeb(page);
    await counted(tally, async () => {
      const output = await run(python ?? "", [
        "tests/lib/cli/output_place.py",
        ...["nonblocking", ...web.command],
      ], options);
      const { code, stderr, sha256 } = JSON.parse(output);
      const printed = binary(header(page).replaceAll("\r\n", "\n"));
      const digest = await crypto.subtle.digest(
        "SHA-256",
        new Uint8Array([...printed, ...page]),
      );
      assertEquals({ code, stderr, sha256 }, {
        code: 0,
        stderr: "",
        sha256: new Uint8Array(digest).toHex(),
      });
    });
  },
});

fault({
  target: "tcp_server.ts",
  fault: "clients that each cause the same note",
  async fn(tally) {
    const clients = size(300, 10_000);
    await using server = await startServer(
      "examples/deploy/behind_proxy.ts",
      ["--delay=0"],
    );
    const begin = performance.now();
    await repeat(clients, 50, async () => {
      using conn = await connect(server.port);
      await conn.write(encode("Sarah"));
      await tally.count(ends(conn));
    });
    const { stdout, stderr } = await stop(server);
    const seconds = (performance.now() - begin) / 1_000;
    const notes = stderr.trimEnd().split("\n");
    // One at once, one at the end of each second, and one at the end.
    assert(notes.length <= 2 + seconds, stderr);
    const told = notes.map((note) =>
      1 +
      Number(
        /\(and ([\d,]+) more like it\)$/.exec(note)?.[1]?.replaceAll(",", "") ??
          0,
      )
    );
    assertEquals(told.reduce((sum, n) => sum + n), clients, stderr);
    assertEquals(stdout, `Bind TCP on ${server.port}...\n`);
  },
});
