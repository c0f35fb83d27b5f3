import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  freePort,
  noIPv6,
  noLinux,
  noPython,
  outputOf,
  Process,
  python,
  ROOT,
  runExample,
  runTyped,
  startExample,
  startServer,
  testUnless,
} from "./support.ts";

/** Experiments that need no server, and what they print. */
const ALONE: [path: string, output: string][] = [
  [
    "book/0-from-python-to-typescript/bytes.ts",
    "小明: 2 characters, 6 bytes\n" +
    "Uint8Array(6) [ 229, 176, 143, 230, 152, 142 ]\n小\n... 小\n",
  ],
  [
    "book/0-from-python-to-typescript/waiting.ts",
    "Michael begins\nTracy begins\nMichael ends\nTracy ends\n1 s\n",
  ],
  ["book/1-tcp-client/chunks.ts", "1024\n1024\n452\n"],
  ["book/1-tcp-client/stale_buffer.ts", "7 Michael\n5 Tracyel\n"],
  ["book/2-tcp-server/backlog.ts", "7\n"],
  ["book/3-tcp-is-a-stream/joined.ts", "MichaelTracy\n"],
  [
    "book/3-tcp-is-a-stream/cures/frames.ts",
    "Michael\n小明\nAnnounces too much: 4294967295\n",
  ],
  ["book/3-tcp-is-a-stream/too_long.ts", "44\n4464\n"],
  [
    "book/3-tcp-is-a-stream/byte_order.ts",
    "0102\n0201 read the other way: 513\n",
  ],
  ["book/3-tcp-is-a-stream/characters.ts", "小���\n小明\n"],
  ["book/3-tcp-is-a-stream/no_delay.ts", "MichaelTracy\n"],
  ["book/3-tcp-is-a-stream/nothing.ts", "TCP: silence\nUDP: 0 bytes\n"],
  [
    "book/9-json-lines-and-http/no_id.ts",
    "sleep 1: slept 0 s\nsleep 0: slept 1 s\n",
  ],
];

for (const [path, output] of ALONE) {
  Deno.test(`${path} prints what its chapter says`, async () => {
    assertEquals(await outputOf(path), output);
  });
}

Deno.test("backpressure.ts ends", async () => {
  assertMatch(
    await outputOf("book/3-tcp-is-a-stream/backpressure.ts"),
    /all is taken\n$/,
  );
});

testUnless(
  noLinux,
  "who_gets_in.ts: 127.0.0.1 refuses, 0.0.0.0 accepts",
  async () => {
    const output = await outputOf("book/2-tcp-server/who_gets_in.ts");
    assertEquals(output, "127.0.0.1 refuses\n0.0.0.0 accepts\n");
  },
);

testUnless(
  noLinux,
  "nagle.ts: without delay it takes less than 20 ms",
  async () => {
    const output = await outputOf("book/3-tcp-is-a-stream/nagle.ts");
    assertStringIncludes(output, "true less than 20 ms");
  },
);

Deno.test("four_tuple.ts: the server's port is the same in both connections", async () => {
  const output = await outputOf("book/2-tcp-server/four_tuple.ts", {
    port: 0,
  });
  const ports = output.matchAll(/server: (\d+)/g).map(([, port]) => port);
  assertEquals(new Set(ports).size, 1);
});

Deno.test("truncating_server.ts: the plain client does not notice", async () => {
  await using server = await startExample(
    "book/1-tcp-client/truncating_server.ts",
  );
  const args = ["127.0.0.1", String(server.port)];
  assertMatch(
    await outputOf("book/1-tcp-client/plain.ts", { args }),
    /Hello\n\n$/,
  );
});

Deno.test("page_server.ts: the plain client gets its page", async () => {
  await using server = await startExample(
    "book/1-tcp-client/page_server.ts",
  );
  const args = ["127.0.0.1", String(server.port)];
  const output = await outputOf("book/1-tcp-client/plain.ts", { args });
  assertMatch(output, /^HTTP\/1\.1 200 OK\r\n.*<h1>Hello<\/h1>\n\n$/s);
});

testUnless(noIPv6, "ipv6.ts prints the address of IPv6", async () => {
  await using server = await runTyped("book/1-tcp-client/ipv6.ts", {
    port: freePort(),
  });
  assertMatch((await server.ended()).stdout, /^::1 \d+\n$/);
});

Deno.test("two_clients.ts: tcp_server.ts serves both at once", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  const { port } = server;
  const output = await outputOf("book/2-tcp-server/two_clients.ts", {
    port,
  });
  assertEquals(output.match(/^Welcome!$/gm)?.length, 2);
  assertStringIncludes(output, "Hello, Sarah!");
});

Deno.test("2-two-computers: the client reaches the server by an address of this machine", async () => {
  await using server = await startExample("book/2-two-computers/server.ts");
  const { port } = server;
  await using client = runExample("book/2-two-computers/client.ts", {
    port,
    args: ["127.0.0.1"],
  });
  assertMatch((await client.ended()).stdout, /^Welcome!\n.*Sarah!\n$/s);
});

Deno.test("chapter 3: the plain server greets two names as one, and one as two", async () => {
  await using server = await startExample("book/2-tcp-server/plain.ts");
  const { port } = server;
  for (
    const [path, output] of [
      ["two_names.ts", "Welcome!\nHello, Michael!\nHello, TracySarah!\n"],
      ["long_name.ts", "2 greetings\n"],
    ]
  ) {
    assertEquals(
      await outputOf(`book/3-tcp-is-a-stream/${path}`, { port }),
      output,
    );
  }
});

Deno.test("halves_server.ts: cures/exactly.ts reads whole messages, the plain client halves", async () => {
  await using server = await startExample(
    "book/3-tcp-is-a-stream/halves_server.ts",
  );
  const { port } = server;
  const path = "book/3-tcp-is-a-stream/cures/exactly.ts";
  const greetings = "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n";
  assertEquals(await outputOf(path, { port }), `Welcome!\n${greetings}`);
  await using plain = runExample("book/2-tcp-server/plain_client.ts", {
    port,
  });
  const { stdout } = await plain.ended();
  assertEquals(stdout.split("\n")[0], "Welc");
});

Deno.test("cures/lines.ts greets each line, however the lines are cut", async () => {
  await using server = await startExample(
    "book/3-tcp-is-a-stream/cures/lines.ts",
  );
  const { port } = server;
  for (
    const [path, second] of [
      ["pieces_client.ts", "小明"],
      ["answers/line_client.ts", "Tracy"],
    ]
  ) {
    const output = await outputOf(`book/3-tcp-is-a-stream/${path}`, { port });
    const names = ["Michael", second, "Sarah"];
    const greetings = names.map((name) => `Hello, ${name}!\n`).join("");
    assertEquals(output.trimEnd(), `Welcome!\n${greetings}`.trimEnd());
  }
});

testUnless(
  noLinux || noPython,
  "time_wait.py: bind fails after the server's end has closed first",
  async () => {
    const path = "book/2-tcp-server/time_wait.py";
    await using process = Process.start(python ?? "python3", [path], {
      cwd: ROOT,
    });
    const { stdout } = await process.ended();
    assertEquals(
      stdout,
      "client closes first: bind succeeds\n" +
        "server closes first: Address already in use\n",
    );
  },
);
