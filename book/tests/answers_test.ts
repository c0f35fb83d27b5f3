import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  connect,
  encode,
  listening,
  noPython,
  noSignals,
  outputOf,
  Process,
  python,
  resetBeforeAccept,
  ROOT,
  runExample,
  startExample,
  testUnless,
} from "./support.ts";

const ZERO = "book/0-from-python-to-typescript/answers/";
const CLIENT = "book/1-tcp-client/answers/";
const SERVER = "book/2-tcp-server/answers/";
const STREAM = "book/3-tcp-is-a-stream/";

function serve(page: string) {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, () => new Response(page));
}

/** Sends something to a server, and reads to the end. */
async function exchange(port: number, text: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(encode(text));
  await conn.closeWrite();
  return await new Response(conn.readable).text();
}

Deno.test("chapter 0: characters and bytes are counted", async () => {
  const args = ["Zoë", "👍"];
  const output = await outputOf(`${ZERO}count.ts`, { args });
  assertEquals(output, "Zoë: 3, 3, 4 bytes\n👍: 2, 1, 4 bytes\n");
});

Deno.test("chapter 0: tasks that are awaited run one after the other", async () => {
  const output = await outputOf(`${ZERO}one_by_one.ts`);
  assertEquals(
    output,
    "Michael begins\nMichael ends\nTracy begins\nTracy ends\n2 s\n",
  );
});

Deno.test("chapter 0: bytes are printed in hexadecimal", async () => {
  const output = await outputOf(`${ZERO}hex.ts`, { args: ["小明"] });
  assertEquals(output, "e5 b0 8f e6 98 8e\n");
});

Deno.test("chapter 1: HEAD returns the header alone", async () => {
  await using web = serve("a page");
  const args = ["127.0.0.1", String(web.addr.port)];
  const output = await outputOf(`${CLIENT}head.ts`, { args });
  assertMatch(output, /^HTTP\/1\.1 200 OK\r\n/);
  assertEquals(output.includes("a page"), false);
});

Deno.test("chapter 1: a response whose reads are fast is printed", async () => {
  await using web = serve("a page");
  const args = ["127.0.0.1", String(web.addr.port)];
  const output = await outputOf(`${CLIENT}idle_limit.ts`, { args });
  assertStringIncludes(output, "a page");
});

Deno.test("chapter 1: a silent server is given up", async () => {
  await using server = await startExample(
    "book/1-tcp-client/silent_server.ts",
  );
  const args = ["127.0.0.1", String(server.port)];
  await using client = runExample(`${CLIENT}idle_limit.ts`, { args });
  const { code, stderr } = await client.ended();
  assertEquals(code, 1);
  assertMatch(stderr, /Interrupted/);
});

Deno.test("chapter 1: the reads are counted", async () => {
  await using web = serve("x".repeat(500_000));
  const args = ["127.0.0.1", String(web.addr.port), "/large"];
  const output = await outputOf(`${CLIENT}count_reads.ts`, { args });
  assertMatch(output, /^\d+( \+ \d+)+ = 500\d{3} bytes\n$/);
});

Deno.test("chapter 1: ports are open or closed", async () => {
  await using server = await startExample(
    "book/1-tcp-client/silent_server.ts",
  );
  // Nothing listens at a client's own port.
  using conn = await connect(server.port);
  const { port } = conn.localAddr;
  const args = [String(server.port), String(port)];
  const output = await outputOf(`${CLIENT}open_ports.ts`, { args });
  assertEquals(output, `${server.port} open\n${port} closed\n`);
});

Deno.test("chapter 2: the other greeting counts its clients", async () => {
  await using server = await startExample(`${SERVER}other_greeting.ts`);
  assertEquals(
    await exchange(server.port, "小明"),
    "欢迎，第 1 位！你好，小明！",
  );
  assertEquals(
    await exchange(server.port, "小明"),
    "欢迎，第 2 位！你好，小明！",
  );
});

Deno.test("chapter 2: one client at a time takes four seconds for two", async () => {
  await using server = await startExample(`${SERVER}one_at_a_time.ts`);
  const { port } = server;
  const output = await outputOf("book/2-tcp-server/two_clients.ts", {
    port,
  });
  assertMatch(output, /\n[45] s\n$/);
});

testUnless(
  noSignals,
  "chapter 2: a client that resets before accept ends nothing",
  async () => {
    await using server = await startExample(`${SERVER}survives_reset.ts`);
    server.process.kill("SIGSTOP");
    await resetBeforeAccept(server.port);
    server.process.kill("SIGCONT");
    await server.process.errorLine(/^Failed: /);
    assertEquals(await exchange(server.port, "Sarah"), "Welcome!Hello, Sarah!");
  },
);

Deno.test("chapter 2: one greeting a second, and a reset ends nothing", async () => {
  await using server = await startExample(`${SERVER}in_order.ts`);
  await outputOf("book/2-tcp-server/reset_client.ts", { port: server.port });
  await server.process.errorLine(/^Failed: /);
  assertEquals(await exchange(server.port, "Sarah"), "Welcome!Hello, Sarah!");
});

Deno.test("chapter 2: a connection that fails ends alone", async () => {
  await using server = await startExample(`${SERVER}survives_reset.ts`);
  const { port } = server;
  await outputOf("book/2-tcp-server/reset_client.ts", { port });
  await server.process.errorLine(/^Failed: /);
  assertEquals(await exchange(port, "Sarah"), "Welcome!Hello, Sarah!");
});

Deno.test("chapter 2: all clients share one second for each answer", async () => {
  await using server = await startExample(`${SERVER}in_order.ts`);
  const { port } = server;
  const output = await outputOf("book/2-tcp-server/two_clients.ts", {
    port,
  });
  assertMatch(output, /\n[34] s\n$/);
});

testUnless(
  noPython,
  "chapter 3: a line that is too long or cut off gets no greeting",
  async () => {
    const path = `${STREAM}answers/right_recv.py`;
    const program = Process.start(python ?? "", [path, "0"], { cwd: ROOT });
    for (
      const starting of [
        startExample(`${STREAM}cures/lines.ts`),
        listening(program),
      ]
    ) {
      await using server = await starting;
      for (const end of ["x".repeat(2_000), "Mich"]) {
        const text = await exchange(server.port, `Tracy\n${end}`);
        assertEquals(text.replace("Welcome!\n", ""), "Hello, Tracy!\n");
      }
    }
  },
);

Deno.test("chapter 3: after a half-close the greeting still comes", async () => {
  await using server = await startExample("book/2-tcp-server/plain.ts");
  const { port } = server;
  const output = await outputOf(`${STREAM}answers/half_close.ts`, { port });
  assertEquals(output, "Welcome!Hello, Michael!\n");
});
