import { assertEquals, assertMatch } from "@std/assert";
import { readExactly } from "../../lib/io/mod.ts";
import {
  connect,
  connectAndReset,
  decode,
  encode,
  noLinux,
  noPython,
  noSignals,
  Process,
  python,
  ROOT,
  runTyped,
  startExample,
  startServer,
  startTyped,
  testUnless,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/6-from-a-lesson-to-a-server/";

const ALONE: [name: string, output: string][] = [
  [
    "address",
    "127.1 leads to 127.0.0.1\n127.1 is refused\n0x7f.1 is refused\n127.0.0.1 is accepted\n",
  ],
  ["endless_header", "longer than 65536 bytes\n"],
  [
    "half_file",
    'written to page.html.part: page.html is "the old page"\n' +
    'written to page.html: page.html is "<h1>"\n',
  ],
  ["swallow", "a new read: Hello, Michael!\nthe old read: Welcome!\n"],
  ["terminal", "Hello, \\u{1b}[2J\\u{1b}[HYou have won!\\u{d}\\u{202e}!\n"],
  [
    "two_ways",
    'by its length: "5\\r\\nHe"\nby its chunks: "Hello"\nrefused: ',
  ],
];

for (const [name, output] of ALONE) {
  Deno.test(`${name}.ts prints what chapter 6 says`, async () => {
    const all = await typedOutput(`${FOLDER}${name}.ts`);
    assertEquals(all.slice(0, output.length), output);
  });
}

// Signals, descriptors and resets are those of Linux.
for (
  const [name, output] of [
    [
      "descriptors",
      /^accept: Too many open files .*\naccepted: 127\.0\.0\.1\n$/,
    ],
    ["graceful", /^Michael\n$/],
    ["reset", /^accept: NotConnected\naccepted: 127\.0\.0\.1\n$/],
    // Where the machine is busy, the plain loop may serve all, too.
    ["starve", /^plain: .*\nfair: fine\n$/],
    ["truncates", /^close: only a part .*\ncloseGently: all /],
  ] as const
) {
  testUnless(noLinux, `${name}.ts prints what chapter 6 says`, async () => {
    assertMatch(await typedOutput(`${FOLDER}${name}.ts`), output);
  });
}

testUnless(
  noLinux || noPython,
  "early_reset.py ends the plain loop, and not tcp_server.ts",
  async () => {
    const client = (port: number) =>
      Process.start(python ?? "python3", [
        `${FOLDER}early_reset.py`,
        String(port),
      ], { cwd: ROOT });
    await using plain = await startExample(
      "book/2-tcp-server/answers/one_at_a_time.ts",
    );
    await using first = client(plain.port);
    assertEquals((await first.ended()).stdout, "Welcome!\n");
    const { code, stderr } = await plain.process.ended();
    assertEquals([code, stderr.includes("NotConnected")], [1, true]);

    const args = ["--max-connections=1"];
    await using script = await startServer("tcp_server.ts", args);
    await using second = client(script.port);
    assertEquals((await second.ended()).stdout, "Welcome!\nWelcome!\n");
  },
);

testUnless(
  noSignals,
  "interrupt.ts ends with the signal, and without the answer",
  async () => {
    await using process = await runTyped(`${FOLDER}interrupt.ts`);
    const { code, stdout } = await process.ended();
    assertEquals([code, stdout], [130, ""]);
  },
);

Deno.test("guesses.ts refuses an option without a value, after its guess", async () => {
  const args = ["--timeout", "-1"];
  await using process = await runTyped(`${FOLDER}guesses.ts`, { args });
  const { code, stdout, stderr } = await process.ended();
  assertEquals(stdout, '{ "1": true, _: [], timeout: "" }\n');
  assertEquals([code, stderr], [2, "Unknown option -1\n"]);
});

for (const name of ["plain", "on_lib", "answers/echo"]) {
  Deno.test(`${name}.ts sends back what it receives`, async () => {
    await using server = await startTyped(`${FOLDER}${name}.ts`);
    const { port } = server;
    const echo = await typedOutput(`${FOLDER}plain_client.ts`, { port });
    assertEquals(echo, "Michael\n");
  });
}

async function read(conn: Deno.Conn, length: number): Promise<string> {
  return decode(await readExactly(conn, length));
}

Deno.test("chapter 6: the echo server survives a reset, and ends gracefully", async () => {
  await using server = await startTyped(`${FOLDER}answers/echo.ts`);
  await connectAndReset(server.port);
  using first = await connect(server.port);
  using second = await connect(server.port);
  for (const conn of [first, second]) {
    await conn.write(encode("Hi"));
    assertEquals(await read(conn, 2), "Hi");
  }
  if (Deno.build.os === "windows") return; // It has no SIGINT to send.
  server.process.kill("SIGINT");
  for (const conn of [first, second]) {
    assertEquals(await conn.read(new Uint8Array(1)), null);
  }
  assertEquals((await server.process.ended()).code, 0);
});
