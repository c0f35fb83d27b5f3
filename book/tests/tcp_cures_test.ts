import { assertEquals, assertMatch } from "@std/assert";
import {
  freePort,
  outputOf,
  runExample,
  startExample,
  startServer,
} from "./support.ts";

const CLIENT = "book/1-tcp-client/";
const SERVER = "book/2-tcp-server/";

/**
 * Chapter 1: a cure of the plain client, the server that makes the plain client fail
 * (`null`: none listens), and what the cure prints about it.
 */
const CLIENTS: [cure: string, peer: string | null, printed: RegExp][] = [
  [
    "check_length.ts",
    "truncating_server.ts",
    /\nThe response is incomplete\n$/,
  ],
  ["time_limit.ts", "silent_server.ts", /^error: .*Interrupted: /],
  [
    "host_and_port.ts",
    null,
    /^Cannot connect to 127\.0\.0\.1:\d+: ConnectionRefused: .*\n$/,
  ],
];

for (const [cure, peer, printed] of CLIENTS) {
  const path = `${CLIENT}cures/${cure}`;

  Deno.test(`${cure} reports what the plain client does not`, async () => {
    await using server = peer === null
      ? null
      : await startExample(CLIENT + peer);
    const port = server?.port ?? freePort();
    await using client = runExample(path, { args: ["127.0.0.1", `${port}`] });
    const { code, stdout, stderr } = await client.ended();
    assertEquals(code, 1);
    assertMatch(stdout + stderr, printed);
  });

  Deno.test(`${cure} fetches a page`, async () => {
    await using server = await startExample(`${CLIENT}page_server.ts`);
    const args = ["127.0.0.1", String(server.port)];
    assertMatch(await outputOf(path, { args }), /<h1>Hello<\/h1>\n\n$/);
  });
}

/** Programs that fail by themselves, and their cures. */
const ALONE: [path: string, output: string][] = [
  // Windows takes it at once.
  ["large_write.ts", Deno.build.os === "windows" ? "everything\n" : "a part\n"],
  ["cures/write_loop.ts", "everything\n"],
  ["unclosed.ts", "SyntaxError\nstill open\n"],
  ["cures/using.ts", "SyntaxError\nclosed\n"],
];

for (const [path, output] of ALONE) {
  Deno.test(`${path} prints what chapter 1 says`, async () => {
    assertEquals(await outputOf(CLIENT + path), output);
  });
}

Deno.test("a client that resets ends the plain server alone", async () => {
  await using plain = await startExample(`${SERVER}plain.ts`);
  await using cured = await startExample(`${SERVER}cures/one_failure.ts`);
  await using script = await startServer("tcp_server.ts");
  for (const { port } of [plain, cured, script]) {
    await outputOf(`${SERVER}reset_client.ts`, { port });
  }
  const { code, stderr } = await plain.process.ended();
  assertEquals(code, 1);
  assertMatch(stderr, /^error: Uncaught /);
  await cured.process.errorLine(/^Failed: /);
  for (const { port } of [cured, script]) {
    const greeted = await outputOf(`${SERVER}plain_client.ts`, { port });
    assertMatch(greeted, /^Welcome!\n.*\nHello, Sarah!\n$/s);
  }
});

/** Chapter 2: what a client prints that the plain server, or a cure, serves badly or well. */
const SERVERS: [server: string, client: string, printed: RegExp][] = [
  ["plain.ts", "not_text.ts", /^efbfbd\n$/],
  ["cures/bytes.ts", "not_text.ts", /^ff\n$/],
  ["cures/bytes.ts", "plain_client.ts", /\nHello, Sarah!\n$/],
  ["cures/idle_limit.ts", "silent_client.ts", /^closed after \d+ s\n$/],
  ["cures/idle_limit.ts", "plain_client.ts", /\nHello, Sarah!\n$/],
  ["plain.ts", "crowd.ts", /^(\w+ is welcomed after [01] s\n){3}$/],
  [
    "cures/connection_limit.ts",
    "crowd.ts",
    /^(\w+ is welcomed after \d+ s\n){2}\w+ is welcomed after [2-9] s\n$/,
  ],
];

for (const [server, client, printed] of SERVERS) {
  Deno.test(`${server} with ${client} does what chapter 2 says`, async () => {
    await using started = await startExample(SERVER + server);
    const { port } = started;
    assertMatch(await outputOf(SERVER + client, { port }), printed);
  });
}
