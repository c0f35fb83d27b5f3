import { assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { readExactly } from "../../lib/io/mod.ts";
import {
  bounded,
  connect,
  Process,
  python,
  ROOT,
  runTyped,
  startExample,
  startServer,
  startTyped,
  typedOutput,
} from "./support.ts";

const FOLDER = "book/6-from-a-lesson-to-a-server/";

const ALONE: [name: string, output: string][] = [
  ["address", "connect: 127.0.0.1\nparseHostname: Invalid IPv4 address"],
  ["endless_header", "plain loop: 10000772 bytes, and no end\nreadResponse: "],
  ["guesses", '{ "1": true, _: [], timeout: "" }\n'],
  ["half_answer", "read: 4\nreadExactly: The connection ended after 4 of 8"],
  ["half_file", "AtomicFile: the old page\nDeno.create: <h1>\n"],
  [
    "limit",
    "maxConnections Infinity: 3 welcomed\nOne has left: 3 welcomed\n" +
    "maxConnections 2: 2 welcomed\nOne has left: 3 welcomed\n",
  ],
  ["loop", "plain: thousands\nrefusal: 3\n"],
  ["no_text", "decoded: 48656c6c6f2c2053efbfbd21\nas bytes: 4865"],
  ["other_sender", "receive: Send money!\nUdpClient: Hello, Michael!\n"],
  ["outlives", "listener.close(): 1\nshutdown(): null\n"],
  ["partial_write", "write: a part\nwriteAll: 8000000 bytes received\n"],
  ["swallow", "deadline: Hello, Michael!\nConnection: No data from the peer"],
  ["terminal", "Hello, \\x1b[2J\\x1b[HYou have won!\\x0d\\u{202e}\n"],
  ["two_ways", 'By its length: "5\\r\\nHe"\nBy its chunks: "Hello"\nread'],
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
    ["descriptors", /^accept: EMFILE\nOut of file .*\nTcpServer accepts 127/],
    ["graceful", /^Michael\nThe server has ended\n$/],
    ["reset", /^for await throws NotConnected\nTcpServer accepts 127/],
    // Where the machine is busy, the plain loop may serve all, too.
    ["starve", /^for await .*\nserveTcp serves all\n$/],
    ["truncates", /^plain close loses a part\nConnection\.close delivers/],
  ] as const
) {
  Deno.test({
    name: `${name}.ts prints what chapter 6 says`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      assertMatch(await typedOutput(`${FOLDER}${name}.ts`), output);
    },
  });
}

Deno.test({
  name: "early_reset.py ends the plain loop, and not tcp_server.ts",
  ignore: Deno.build.os !== "linux" || python === null,
  async fn() {
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
});

Deno.test({
  name: "interrupt.ts ends with the signal, and without the answer",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using process = await runTyped(`${FOLDER}interrupt.ts`);
    const { code, stdout } = await process.ended();
    assertEquals([code, stdout], [130, ""]);
  },
});

Deno.test("nameless.ts prints an error without host and port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const output = await typedOutput(`${FOLDER}nameless.ts`, { port });
  assertMatch(output, /refused/);
});

Deno.test("silent.ts: the second client is welcomed once the first is dropped", async () => {
  for (
    const [idle, output] of [["0", "no welcome\n"], ["0.5", "welcome\n"]]
  ) {
    const args = ["--max-connections=1", `--idle-timeout=${idle}`];
    await using server = await startServer("tcp_server.ts", args);
    const { port } = server;
    assertEquals(await typedOutput(`${FOLDER}silent.ts`, { port }), output);
  }
});

const encode = (text: string) => new TextEncoder().encode(text);

async function read(conn: Deno.Conn, length: number): Promise<string> {
  return new TextDecoder().decode(await readExactly(conn, length));
}

Deno.test("chapter 6: the echo server has room for two, and ends gracefully", async () => {
  await using server = await startTyped(`${FOLDER}answers/echo.ts`);
  const first = await connect(server.port);
  using second = await connect(server.port);
  using third = await connect(server.port);
  for (const conn of [first, second, third]) await conn.write(encode("Hi"));
  assertEquals(await read(first, 2), "Hi");
  assertEquals(await read(second, 2), "Hi");
  first.close();
  assertEquals(await read(third, 2), "Hi");
  if (Deno.build.os === "windows") return; // It has no SIGINT to send.
  await second.write(encode("Bye"));
  server.process.kill("SIGINT");
  assertEquals(await read(second, 3), "Bye");
  assertEquals((await server.process.ended()).code, 0);
});

Deno.test("chapter 6: the encrypted server is known by its certificate", async () => {
  await using server = await startTyped(`${FOLDER}answers/tls.ts`);
  const { port } = server;
  const caCerts = [
    await Deno.readTextFile(new URL("tests/support/tls/authority.pem", ROOT)),
  ];
  const connecting = Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
  using conn = bounded(await deadline(connecting, 10_000));
  await conn.write(encode("Hi"));
  assertEquals(await read(conn, 2), "Hi");
});
