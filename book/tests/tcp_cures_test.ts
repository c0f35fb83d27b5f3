import { assertEquals, assertMatch } from "@std/assert";
import { freePort, outputOf, runExample, startExample } from "./support.ts";

const CLIENT = "book/1-tcp-client/";

/**
 * Chapter 1: a cure of the plain client, the server that makes the plain client fail
 * (`null`: none listens), and what the cure prints about it.
 */
const CLIENTS: [cure: string, peer: string | null, printed: RegExp][] = [
  [
    "check_length.ts",
    "truncating_server.ts",
    /\nIncomplete: 6 of 100 bytes\n$/,
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
  ["large_write.ts", "a part\n"],
  ["cures/write_loop.ts", "everything\n"],
  ["unclosed.ts", "SyntaxError\nstill open\n"],
  ["cures/using.ts", "SyntaxError\nclosed\n"],
];

for (const [path, output] of ALONE) {
  Deno.test(`${path} prints what chapter 1 says`, async () => {
    assertEquals(await outputOf(CLIENT + path), output);
  });
}
