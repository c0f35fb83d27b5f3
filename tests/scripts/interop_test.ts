/** The scripts and the programs of the tutorial, in Python, talk to each other. */

import { assertEquals } from "@std/assert";
import { type Ended, Process } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, deno, listening, ROOT } from "../support/scripts.ts";
import { noPython, testUnless } from "../support/skip.ts";

const NAMES = ["Michael", "Tracy", "Sarah", "小明", "a b", "é".repeat(500)];
const GREETINGS = NAMES.map((name) => `Hello, ${name}!\n`).join("");

if (python === null) {
  console.warn("Skipped: the tests with Python, for there is no python3");
}

/** Starts a script, or a program that does what a listing of the tutorial does. */
function start(program: string, ...args: (string | number)[]): Process {
  const words = args.map(String);
  if (program.endsWith(".ts")) return deno(program, words);
  const path = `tests/interop/${program}`;
  const command = ["-X", "utf8", path, ...words];
  return Process.start(python ?? "python3", command, { cwd: ROOT });
}

async function outputOf(process: Process): Promise<string> {
  await using program = process;
  const { code, stdout, stderr }: Ended = await program.ended();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

const port = (port: number) => `--port=${port}`;

/** A server, its arguments, a client, its arguments, and what the client prints. */
const PAIRS: [
  server: string,
  args: (string | number)[],
  client: string,
  port: (port: number) => string | number,
  printed: string,
][] = [
  [
    "tcp_server.ts",
    ["--port=0", "--delay=0"],
    "tcp_client.py",
    Number,
    "Welcome!\n",
  ],
  ["tcp_server.py", [0, 0], "tcp_client.ts", port, "Welcome!\n"],
  ["udp_server.ts", ["--port=0"], "udp_client.py", Number, ""],
  ["udp_server.py", [0], "udp_client.ts", port, ""],
];

for (const [program, args, client, portArg, welcome] of PAIRS) {
  testUnless(noPython, `${client} talks to ${program}`, async () => {
    await using server = await listening(start(program, ...args));
    const at = portArg(server.port);
    const printed = await outputOf(start(client, at, ...NAMES));
    assertEquals(printed, welcome + GREETINGS);
    if (welcome === "") return;
    await server.process.line(/^Connection from .* closed\.$/);
  });
}

testUnless(
  noPython,
  "clients that are not told what to say, and what to fetch, print the same",
  async () => {
    await using server = start("tcp_server.ts", "--port=0", "--delay=0");
    const talk = await boundPort(server);
    const page = "<h1>你好</h1>\n";
    await using web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(page, { headers: { date: "-" } }),
    );
    const host = `127.0.0.1:${web.addr.port}`;
    for (
      const [theirs, ours] of [
        [
          start("tcp_client.py", talk),
          start("tcp_client.ts", port(talk)),
        ],
        [
          start("http_client.py", "127.0.0.1", web.addr.port, "/a?b"),
          start("tcp_client.ts", "--get", `http://${host}/a?b`),
        ],
      ] as const
    ) assertEquals(await outputOf(theirs), await outputOf(ours));
  },
);
