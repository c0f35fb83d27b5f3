import { assertEquals, assertMatch } from "@std/assert";
import {
  connectAndReset,
  noSignals,
  outputOf,
  runExample,
  startExample,
  testUnless,
} from "./support.ts";

const FOLDER = "book/3-tcp-push-and-heartbeat/";

for (const path of ["plain.ts", "answers/latest_server.ts"]) {
  Deno.test(`${path} pushes to all its clients, and forgets one that closes or resets`, async () => {
    await using server = await startExample(FOLDER + path);
    const { port, process } = server;
    const outputs = ["client.ts", "client.ts"].map((name) =>
      outputOf(FOLDER + name, { port })
    );
    for (const output of await Promise.all(outputs)) {
      assertMatch(output, /^(?:update \d\n){3}$/);
    }
    await process.line("clients: 0");
    await connectAndReset(port, "a name");
    await process.line("clients: 1");
    await process.line("clients: 0");
  });
}

for (
  const [path, output] of [
    ["pending.ts", "pending: more than 100 writes\n"],
    ["latest.ts", "pending: 1\n"],
  ] as const
) {
  Deno.test(`${path} prints how many writes a client that does not read leaves`, async () => {
    assertEquals(await outputOf(FOLDER + path), output);
  });
}

Deno.test("heartbeat_server.ts closes the connection of a client without pongs", async () => {
  await using server = await startExample(`${FOLDER}heartbeat_server.ts`);
  const { port } = server;
  const output = await outputOf(`${FOLDER}heartbeat_client.ts`, {
    port,
    args: ["1"],
  });
  assertEquals(output, "ping\nping\nThe server has closed the connection.\n");
  await server.process.line("No pong within a second: closed.");
});

for (const name of ["heartbeat_client.ts", "answers/careful_client.ts"]) {
  testUnless(
    noSignals,
    `heartbeat_server.ts keeps ${name}, and closes it when it is stopped`,
    async () => {
      await using server = await startExample(`${FOLDER}heartbeat_server.ts`);
      const { port } = server;
      await using client = runExample(FOLDER + name, { port });
      for (let i = 0; i < 3; i++) await client.line("ping");
      client.kill("SIGSTOP");
      await server.process.line("No pong within a second: closed.");
      client.kill("SIGCONT");
      await client.line("The server has closed the connection.");
    },
  );
}

testUnless(
  noSignals,
  "careful_client.ts gives up a server that is stopped",
  async () => {
    await using server = await startExample(`${FOLDER}heartbeat_server.ts`);
    const { port, process } = server;
    await using client = runExample(`${FOLDER}answers/careful_client.ts`, {
      port,
    });
    await client.line("ping");
    process.kill("SIGSTOP");
    await client.line("No ping within 3 s: closed.");
    process.kill("SIGCONT");
    assertEquals((await client.ended()).code, 0);
  },
);
