import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  decode,
  deno,
  encode,
  freePort,
  noLinux,
  noPython,
  Process,
  python,
  ROOT,
  runExample,
  runTutorial,
  startServer,
  startTyped,
  testUnless,
  typedOutput,
} from "./support.ts";

const CLIENT = "book/4-udp-client/";
const SERVER = "book/5-udp-server/";
const GREETINGS = "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n";

/** A UDP socket of the test, whose receives end with it. */
function open(port = 0): Deno.DatagramConn & Disposable {
  const local = { transport: "udp", hostname: "127.0.0.1", port } as const;
  const socket = Deno.listenDatagram(local);
  return Object.assign(socket, { [Symbol.dispose]: () => socket.close() });
}

Deno.test("the plain UDP server greets the plain UDP client", async () => {
  await using server = await startTyped(`${SERVER}plain.ts`);
  const { port } = server;
  assertEquals(await typedOutput(`${CLIENT}plain.ts`, { port }), GREETINGS);
  await server.process.line(/^Received from 127\.0\.0\.1:\d+\.$/);
});

Deno.test("the plain UDP server greets udp_client.ts", async () => {
  await using server = await startTyped(`${SERVER}plain.ts`);
  await using client = deno("udp_client.ts", [`--port=${server.port}`, "小明"]);
  assertEquals((await client.ended()).stdout, "Hello, 小明!\n");
});

Deno.test("the plain UDP client talks to udp_server.ts", async () => {
  await using server = await startServer("udp_server.ts");
  const { port } = server;
  assertEquals(await typedOutput(`${CLIENT}plain.ts`, { port }), GREETINGS);
});

testUnless(
  noPython,
  "the plain UDP server greets the tutorial's client",
  async () => {
    await using server = await startTyped(`${SERVER}plain.ts`);
    await using client = runTutorial(
      `${CLIENT}tutorial_client.py`,
      server.port,
    );
    assertEquals((await client.ended()).stdout, GREETINGS);
  },
);

testUnless(
  noPython,
  "the plain UDP client talks to the tutorial's server",
  async () => {
    const port = freePort();
    await using server = runTutorial(`${SERVER}tutorial_server.py`, port);
    await server.line("Bind UDP on 9999...");
    assertEquals(await typedOutput(`${CLIENT}plain.ts`, { port }), GREETINGS);
    await server.line(/^Received from 127\.0\.0\.1:\d+\.$/);
  },
);

testUnless(
  noPython,
  "long_name.ts: the tutorial's server greets a part of the name",
  async () => {
    const port = freePort();
    await using server = runTutorial(`${SERVER}tutorial_server.py`, port);
    await server.line("Bind UDP on 9999...");
    const path = `${SERVER}long_name.ts`;
    assertEquals(
      await typedOutput(path, { port }),
      "A response of 1032 bytes\n",
    );
  },
);

const ALONE: [path: string, output: string][] = [
  [`${CLIENT}nobody_there.ts`, "7 bytes sent\n"],
  [`${CLIENT}answers/receive_limit.ts`, "null\nMichael\nTracy\n"],
  [
    `${CLIENT}answers/once.ts`,
    "1 The total is 100\n1 The total is 100\n2 The total is 150\n",
  ],
  [`${SERVER}small_buffer.ts`, "4: Mich\n1024: Tracy\n"],
];

for (const [path, output] of ALONE) {
  const smallBuffer = path.endsWith("small_buffer.ts") &&
    Deno.build.os === "windows" && "a small buffer is an error on Windows";
  testUnless(smallBuffer, `${path} prints what its chapter says`, async () => {
    assertEquals(await typedOutput(path), output);
  });
}

// How large a datagram may be, and how much a socket keeps, differ elsewhere.
for (
  const [path, output] of [
    [
      `${CLIENT}sizes.ts`,
      "65508 bytes not sent: EMSGSIZE\n65507 bytes sent, 65507 received\n" +
      "0 bytes sent, 0 received\n",
    ],
    [`${SERVER}unread.ts`, "2000 datagrams sent\nSome are lost\n"],
    [`${SERVER}three_receives.ts`, "out of order\none two three\n"],
  ] as const
) {
  testUnless(noLinux, `${path} prints what its chapter says`, async () => {
    assertEquals(await typedOutput(path), output);
  });
}

testUnless(noPython, "unreachable.py hears that nobody listens", async () => {
  const path = `${CLIENT}unreachable.py`;
  await using process = Process.start(python ?? "", [path], { cwd: ROOT });
  const { stdout } = await process.ended();
  assert(/^Connection(?:Refused|Reset)Error\r?\n$/.test(stdout), stdout);
});

Deno.test("the typed UDP client sends each line again until it is answered", async () => {
  await using server = await startTyped(`${CLIENT}lose_first.ts`);
  const path = `${CLIENT}typed_client.ts`;
  await using client = runExample(path, { port: server.port, hasInput: true });
  await client.type("小明\nTracy\n");
  await client.line("Hello, 小明!");
  await client.line("Hello, Tracy!");
  await client.endInput();
  assertEquals((await client.ended()).code, 0);
});

Deno.test("two_senders.ts: the plain UDP server serves both clients", async () => {
  await using server = await startTyped(`${SERVER}plain.ts`);
  assertEquals(
    await typedOutput(`${SERVER}two_senders.ts`, { port: server.port }),
    "1 Hello, Michael!\n1 Hello, Tracy!\n2 Hello, Michael!\n2 Hello, Tracy!\n",
  );
});

Deno.test("chapter 4: the names come from the command line", async () => {
  await using server = await startServer("udp_server.ts");
  const path = `${CLIENT}answers/names.ts`;
  assertEquals(
    await typedOutput(path, { port: server.port }),
    "Hello, Ann!\nHello, Bob!\n",
  );
});

Deno.test("chapter 4: a name server is asked, and its response read", async () => {
  using server = open();
  using forger = open();
  const { port } = server.addr as Deno.NetAddr;
  const answered = (async () => {
    const [question, client] = await server.receive();
    // The question repeated; an alias, whose name is a pointer, and an address,
    // whose name is not.
    const flags = [0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0];
    const alias = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12];
    const name = question.subarray(12, -4);
    const address = [0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7];
    const [first = 0, second = 0] = question;
    const body = [...question.subarray(12), ...alias, ...name, ...address];
    const other = new Uint8Array([first ^ 1, second, ...flags]);
    await server.send(other, client); // An answer to another question.
    const right = new Uint8Array([first, second, ...flags, ...body]);
    const forged = right.slice();
    forged[forged.length - 1] = 8; // 192.0.2.8, from another sender
    await forger.send(forged, client);
    await server.send(right, client);
    return decode(question.subarray(13, 20));
  })();
  const output = await typedOutput(`${CLIENT}answers/dns.ts`, {
    args: ["example.com", "127.0.0.1", String(port)],
    replace: { "9.9.9.9:53": `127.0.0.1:${port}` },
  });
  assertEquals(await answered, "example");
  assertEquals(output, "192.0.2.7\n");
});

Deno.test("chapter 5: the greeting is another", async () => {
  await using server = await startTyped(`${SERVER}answers/good_morning.ts`);
  const output = await typedOutput(`${CLIENT}plain.ts`, { port: server.port });
  assertStringIncludes(output, "Good morning, Sarah!\n");
});

Deno.test("chapter 5: the datagrams of each client are counted", async () => {
  await using server = await startTyped(`${SERVER}answers/count.ts`);
  const { port } = server;
  assertEquals(
    await typedOutput(`${SERVER}two_senders.ts`, { port }),
    "1 Hello, Michael! (1)\n1 Hello, Tracy! (1)\n" +
      "2 Hello, Michael! (2)\n2 Hello, Tracy! (2)\n",
  );
});

Deno.test("chapter 5: slow responses do not wait for each other", async () => {
  await using server = await startTyped(`${SERVER}answers/slow.ts`);
  const { port } = server;
  const start = performance.now();
  await typedOutput(`${SERVER}two_senders.ts`, { port });
  const seconds = (performance.now() - start) / 1_000;
  assert(seconds >= 2 && seconds < 4, `${seconds} s`);
});

Deno.test("chapter 5: responses leave in the order of arrival, and the work is shared", async () => {
  await using server = await startTyped(`${SERVER}answers/in_order.ts`);
  using s = open();
  const { port } = server;
  const address = { transport: "udp", hostname: "127.0.0.1", port } as const;
  const names = Array.from({ length: 10 }, (_, i) => String(i));
  const start = performance.now();
  for (const name of names) await s.send(encode(name), address);
  for (const name of names) {
    const [answer] = await s.receive();
    assertEquals(decode(answer), `Hello, ${name}!`);
  }
  const seconds = (performance.now() - start) / 1_000;
  assert(seconds < 4, `${seconds} s`);
});
