/**
 * The scripts beside what people would use instead, in one run.
 *
 *     deno task bench
 *     deno task bench --quick
 *
 * Writes bench/RESULTS.md and the plots beside it. With `--quick` the rounds are
 * few and short, and nothing is written. Needs Linux, gcc, Node and Python; whoever
 * else is not installed is left out, and named.
 */
import { Figures, show, spread } from "./figures.ts";
import { plot } from "./plot.ts";
import {
  type Cores,
  onCores,
  pinned,
  residentMemory,
  run,
  serve,
  works,
} from "./run.ts";
import { LIMIT, OURS, type Rival, rivals } from "./rivals.ts";
import { table } from "./table.ts";

const quick = Deno.args.includes("--quick");
const ROUNDS = quick ? 1 : 5;
const SECONDS = quick ? 0.5 : 2;
const CONNECTIONS = quick ? [50, 500] : [1, 50, 500, 1_000];
const MANY = quick ? 1_000 : 5_000;
const NODE = "Node, net";
const THREADS = "Python, threads (the tutorial)";

const figures = new Figures();
const built = await Deno.makeTempDir();
const missing: string[] = [];

/** Runs the load generator, and notes each of its figures. */
async function load(
  rival: Rival,
  cores: Cores,
  label: string,
  port: number,
  [mode = "", ...args]: string[],
): Promise<void> {
  const command = [`${built}/load`, mode, "127.0.0.1", String(port), ...args];
  const result: Record<string, number> = JSON.parse(
    await run(onCores(cores, command)),
  );
  for (const [name, value] of Object.entries(result)) {
    figures.add(rival.name, `${label} ${name}`, value);
  }
}

async function build(): Promise<Rival[]> {
  const cc = ["gcc", "-O2", "-o"];
  await run([...cc, `${built}/load`, "bench/load.c", "-lm"]);
  await run([...cc, `${built}/tcp_epoll`, "bench/peers/tcp_epoll.c"]);
  await run([...cc, `${built}/udp_loop`, "bench/peers/udp_loop.c"]);
  if (works(["go", "version"])) {
    await run([
      "go",
      "build",
      "-o",
      `${built}/tcp_go`,
      "bench/peers/tcp_go/main.go",
    ]);
  }
  return rivals(built).filter((rival) => {
    const isHere = works(rival.needs);
    if (!isHere) missing.push(rival.name);
    return isHere;
  });
}

/** One round of everything that one TCP server is asked. */
async function measureTcp(rival: Rival): Promise<void> {
  for (
    const [setting, cores] of [["one core", "0"], ["two cores", "1"]] as const
  ) {
    await using server = await serve(onCores("0", rival.command));
    for (const n of CONNECTIONS) {
      await load(rival, cores, `${setting} ${n}`, server.port, [
        "tcp",
        String(n),
        String(SECONDS),
      ]);
    }
  }
  await using server = await serve(onCores("0", rival.command));
  await load(rival, "1", "two", server.port, ["two", "200"]);
  await load(rival, "1", "connect", server.port, ["connect", String(SECONDS)]);
  await load(rival, "1", "burst", server.port, ["burst", String(MANY)]);
}

/** What an idle connection costs in memory, in KiB. */
async function measureMemory(rival: Rival): Promise<void> {
  const command = rival.name === OURS
    ? [...rival.command, `--max-connections=${MANY}`]
    : rival.command;
  await using server = await serve(command);
  // Warm: the first connections load what all of them need.
  await run([
    `${built}/load`,
    "burst",
    "127.0.0.1",
    String(server.port),
    "100",
  ]);
  const before = await residentMemory(server.pid);
  const holder = new Deno.Command(`${built}/load`, {
    args: ["idle", "127.0.0.1", String(server.port), String(MANY)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read(); // {"ready":true}
  const used = await residentMemory(server.pid) - before;
  figures.add(rival.name, "memory", used / MANY);
  await holder.stdin.close();
  await reader.cancel();
  await holder.status;
}

async function measureUdp(rival: Rival): Promise<void> {
  await using server = await serve(onCores("0", rival.command));
  await load(rival, "0", "udp", server.port, ["udp", "128", String(SECONDS)]);
}

/** The time from start to the first line, or to the end, in milliseconds. */
async function measureStart(): Promise<void> {
  const empty = `${built}/empty.ts`;
  const argparse = `${built}/start.py`;
  await Deno.writeTextFile(empty, "");
  await Deno.writeTextFile(argparse, "import argparse, socket\n");
  const deno = Deno.execPath();
  const time = async (name: string, action: () => Promise<unknown>) => {
    const start = performance.now();
    await action();
    figures.add(name, "start", performance.now() - start);
  };
  for (let i = 0; i < (quick ? 5 : 40); i++) {
    await time("an empty Deno script", () => run([deno, "run", empty]));
    await time(
      "Python with argparse and socket",
      () => run(["python3", argparse]),
    );
    for (const script of ["tcp_server.ts", "udp_server.ts"]) {
      let server: AsyncDisposable | undefined;
      const command = [deno, "run", "--allow-net=127.0.0.1", script];
      await time(script, async () => server = await serve(command));
      await server?.[Symbol.asyncDispose]();
    }
    for (const script of ["tcp_client.ts", "udp_client.ts"]) {
      await time(
        `${script} --help`,
        () => run([deno, "run", script, "--help"]),
      );
    }
  }
}

/** A large page from a local nginx: the client against curl. */
async function measureGet(): Promise<void> {
  if (!works(["nginx", "-v"]) || !works(["curl", "--version"])) {
    missing.push("nginx and curl, for --get");
    return;
  }
  const size = quick ? 100_000_000 : 1_000_000_000;
  using socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr;
  socket.close();
  const conf = `${built}/nginx.conf`;
  await Deno.writeTextFile(`${built}/page`, "");
  await Deno.truncate(`${built}/page`, size);
  await Deno.writeTextFile(
    conf,
    `daemon off; pid ${built}/nginx.pid; error_log ${built}/nginx.log; user root; events {} http { access_log off; server { listen 127.0.0.1:${port}; root ${built}; } }`,
  );
  const nginx = new Deno.Command("nginx", {
    args: ["-c", conf],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const url = `http://127.0.0.1:${port}/page`;
    // Peak memory is what only a parent is told, so Python is one.
    const watch = "import resource, subprocess, sys, time\n" +
      "start = time.monotonic()\n" +
      "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)\n" +
      "print(time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    const clients: [string, string[]][] = [
      ["curl", [
        "curl",
        "-sf",
        "--retry-connrefused",
        "--retry",
        "5",
        "-o",
        "/dev/null",
        url,
      ]],
      ["tcp_client.ts --get", [
        Deno.execPath(),
        "run",
        "--allow-net=127.0.0.1",
        "tcp_client.ts",
        "--get",
        url,
      ]],
    ];
    for (let i = 0; i < ROUNDS; i++) {
      for (const [name, command] of clients) {
        const [time, memory] = (await run(["python3", "-c", watch, ...command]))
          .split(" ");
        figures.add(name, "MB/s", size / 1e6 / Number(time));
        figures.add(name, "peak MiB", Number(memory) / 1024);
      }
    }
  } finally {
    nginx.kill("SIGTERM");
    await nginx.status;
  }
}

const ratio = (rival: string, figure: string, to: string) =>
  `${show(figures.get(rival, figure) / figures.get(to, figure))}`;

function tcpTable(names: string[]): string {
  const last = CONNECTIONS.at(-1) ?? 0;
  return table(
    [
      "TCP server",
      ...CONNECTIONS.map((n) => `requests/s, ${n} conn., one core (of C)`),
      `p50, p99, p99.9 in ms at 500, two cores`,
      `p99 in ms at ${last}, two cores`,
      `slowest/fastest at ${last}`,
      "2,000 bytes, ms",
      "new conn./s (of C)",
      `${MANY} at once, s`,
      "KiB a connection",
    ],
    names.map((name) => [
      name,
      ...CONNECTIONS.map((n) =>
        `${show(figures.get(name, `one core ${n} rps`))} (${
          ratio(name, `one core ${n} rps`, LIMIT)
        })`
      ),
      ["p50", "p99", "p999"].map((p) =>
        show(figures.get(name, `two cores 500 ${p}`) / 1e3)
      ).join(", "),
      show(figures.get(name, `two cores ${last} p99`) / 1e3),
      show(
        figures.get(name, `two cores ${last} slowest`) /
          figures.get(name, `two cores ${last} fastest`),
      ),
      show(figures.get(name, "two p50") / 1e3),
      `${show(figures.get(name, "connect cps"))} (${
        ratio(name, "connect cps", LIMIT)
      })`,
      show(figures.get(name, "burst seconds")),
      show(figures.get(name, "memory")),
    ]),
  );
}

interface Goal {
  what: string;
  value: number;
  atLeast?: number;
  atMost?: number;
}

function goals(): Goal[] {
  const of = (figure: string, to: string) =>
    figures.get(OURS, figure) / figures.get(to, figure);
  const start = (script: string) =>
    figures.get(script, "start") / figures.get("an empty Deno script", "start");
  const even = (n: number) =>
    figures.get(OURS, `two cores ${n} slowest`) /
    figures.get(OURS, `two cores ${n} fastest`);
  return [
    {
      what: "requests/s at 50, of C",
      value: of("one core 50 rps", LIMIT),
      atLeast: 0.7,
    },
    {
      what: "requests/s at 50, of Node",
      value: of("one core 50 rps", NODE),
      atLeast: 1.5,
    },
    {
      what: "requests/s at 50, of the tutorial's threads",
      value: of("one core 50 rps", THREADS),
      atLeast: 1.2,
    },
    {
      what: "requests/s at 500, of C",
      value: of("one core 500 rps", LIMIT),
      atLeast: 0.6,
    },
    {
      what: "requests/s at 500, of Node",
      value: of("one core 500 rps", NODE),
      atLeast: 1,
    },
    {
      what: "p99 at 500, of C's",
      value: of("two cores 500 p99", LIMIT),
      atMost: 2.5,
    },
    {
      what: "p99 at 1,000, of C's",
      value: of("two cores 1000 p99", LIMIT),
      atMost: 2.5,
    },
    { what: "slowest over fastest at 500", value: even(500), atLeast: 2 / 3 },
    {
      what: "slowest over fastest at 1,000",
      value: even(1_000),
      atLeast: 2 / 3,
    },
    {
      what: "2,000 bytes, both answers, ms",
      value: figures.get(OURS, "two p50") / 1e3,
      atMost: 1,
    },
    {
      what: "new connections/s, of C",
      value: of("connect cps", LIMIT),
      atLeast: 0.65,
    },
    {
      what: "new connections/s, of Node",
      value: of("connect cps", NODE),
      atLeast: 1.4,
    },
    {
      what: `${MANY} at once, of C's time`,
      value: of("burst seconds", LIMIT),
      atMost: 2.5,
    },
    { what: "KiB a connection", value: figures.get(OURS, "memory"), atMost: 9 },
    {
      what: "UDP datagrams/s, of C",
      value: of("udp dps", "C, loop"),
      atLeast: 0.36,
    },
    {
      what: "UDP datagrams/s, of for await",
      value: of("udp dps", "Deno, for await"),
      atLeast: 1.5,
    },
    {
      what: "UDP datagrams/s, of node:dgram",
      value: of("udp dps", "Node, dgram"),
      atLeast: 1,
    },
    {
      what: "UDP datagrams lost",
      value: figures.get(OURS, "udp lost"),
      atMost: 0,
    },
    {
      what: "start of tcp_server.ts, of an empty script",
      value: start("tcp_server.ts"),
      atMost: 1.2,
    },
    {
      what: "start of udp_server.ts, of an empty script",
      value: start("udp_server.ts"),
      atMost: 1.2,
    },
    {
      what: "--get, of curl's speed",
      value: figures.get("tcp_client.ts --get", "MB/s") /
        figures.get("curl", "MB/s"),
      atLeast: 0.5,
    },
  ];
}

function isMet(
  { value, atLeast = -Infinity, atMost = Infinity }: Goal,
): string {
  if (Number.isNaN(value)) return "not measured";
  return value >= atLeast && value <= atMost ? "yes" : "NO";
}

async function machine(): Promise<string> {
  const first = async (command: string[]) =>
    works(command) ? (await run(command)).split("\n")[0] ?? "" : "";
  const cpu = await run([
    "sh",
    "-c",
    "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2",
  ]);
  return [
    `${
      new Date().toISOString().slice(0, 10)
    }; ${cpu.trim()}, ${navigator.hardwareConcurrency} cores${
      pinned ? "" : ", nothing pinned"
    }; Linux ${(await run(["uname", "-r"])).trim()}`,
    `Deno ${Deno.version.deno}`,
    `Node ${await first(["node", "--version"])}`,
    await first(["python3", "--version"]),
    await first(["gcc", "--version"]),
  ].join("; ");
}

try {
  const here = await build();
  const tcp = here.filter(({ transport }) => transport === "tcp");
  const udp = here.filter(({ transport }) => transport === "udp");
  for (let round = 1; round <= ROUNDS; round++) {
    console.log("Round %d of %d", round, ROUNDS);
    for (const rival of tcp) await measureTcp(rival);
    for (const rival of tcp) await measureMemory(rival);
    for (const rival of udp) await measureUdp(rival);
  }
  console.log("Start-up");
  await measureStart();
  console.log("A large page");
  await measureGet();

  const spreads = tcp.map(({ name }) =>
    spread(figures.values(name, "one core 50 rps"))
  );
  const text = `# Results

${await machine()}.

Medians of ${ROUNDS} rounds of ${SECONDS} s each, the rivals one after the other in each
round. Server and load share one core where it says so, which is the steadiest way
on a shared machine; with two, each has its own. The rounds lay at most a factor of
${
    show(Math.max(...spreads))
  } apart (requests/s at 50 connections). Not installed, and so left out:
${missing.join("; ") || "none"}. Made by \`deno task bench\`.

${tcpTable(tcp.map(({ name }) => name))}

${
    table(
      ["UDP server", "datagrams/s, 128 in flight, one core", "of C", "lost"],
      udp.map((
        { name },
      ) => [
        name,
        show(figures.get(name, "udp dps")),
        ratio(name, "udp dps", "C, loop"),
        show(figures.get(name, "udp lost")),
      ]),
    )
  }

${
    table(
      ["Start", "ms", "of an empty script"],
      [
        "an empty Deno script",
        "tcp_server.ts",
        "udp_server.ts",
        "tcp_client.ts --help",
        "udp_client.ts --help",
        "Python with argparse and socket",
      ].map((
        name,
      ) => [
        name,
        show(figures.get(name, "start")),
        ratio(name, "start", "an empty Deno script"),
      ]),
    )
  }

${
    table(
      ["Fetching a large page", "MB/s", "peak memory, MiB"],
      ["curl", "tcp_client.ts --get"].map((
        name,
      ) => [
        name,
        show(figures.get(name, "MB/s")),
        show(figures.get(name, "peak MiB")),
      ]),
    )
  }

## Goals

${
    table(
      ["Goal", "", "Measured", "Met"],
      goals().map((goal) => [
        goal.what,
        goal.atLeast === undefined
          ? `at most ${show(goal.atMost ?? NaN)}`
          : `at least ${show(goal.atLeast)}`,
        show(goal.value),
        isMet(goal),
      ]),
    )
  }

![Requests per second over connections](throughput.svg)

![p99 over connections](tail.svg)
`;
  console.log("%s", text);
  if (!quick) {
    const lines = (setting: string, figure: string, scale: number) =>
      tcp.map(({ name }) => ({
        name,
        values: CONNECTIONS.map((n) =>
          figures.get(name, `${setting} ${n} ${figure}`) / scale
        ),
      }));
    const here = new URL(".", import.meta.url);
    await Deno.writeTextFile(new URL("RESULTS.md", here), text);
    await Deno.writeTextFile(
      new URL("throughput.svg", here),
      plot(
        "Throughput, server and load on one core",
        "requests/s",
        CONNECTIONS,
        lines("one core", "rps", 1),
      ),
    );
    await Deno.writeTextFile(
      new URL("tail.svg", here),
      plot(
        "Tail latency, a core each",
        "p99 in ms",
        CONNECTIONS,
        lines("two cores", "p99", 1_000),
      ),
    );
    await run([Deno.execPath(), "fmt", "--quiet", "bench/RESULTS.md"]);
  }
} finally {
  await Deno.remove(built, { recursive: true });
}
