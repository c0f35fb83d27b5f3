/**
 * The cures of chapters 4 and 5: each runs against the peer with which the plain program
 * fails, and there the failure is gone.
 */

import { assertEquals } from "@std/assert";
import {
  noIPv6,
  noLinux,
  runTyped,
  startTyped,
  testUnless,
  typedOutput,
} from "./support.ts";

const CLIENT = "book/4-udp-client/";
const SERVER = "book/5-udp-server/";
const GREETINGS = "Hello, Michael!\nHello, Tracy!\nHello, Sarah!\n";
const NUMBERED = "Hello, 1 Michael!\nHello, 2 Tracy!\nHello, 3 Sarah!\n";

/** A server that misbehaves, a client that fails with it, and one that does not. */
interface Cure {
  peer: string;
  /** Missing where the client waits without limit. */
  fails?: { path: string; output: string };
  path: string;
  output: string;
}

const CLIENTS: Cure[] = [
  { peer: "lose_first.ts", path: "cures/retry.ts", output: GREETINGS },
  { peer: "lose_first.ts", path: "answers/careful.ts", output: NUMBERED },
  {
    peer: "late_server.ts",
    fails: {
      path: "cures/retry.ts",
      output: "Hello, Michael!\nHello, Michael!\nHello, Tracy!\n",
    },
    path: "answers/careful.ts",
    output: NUMBERED,
  },
  {
    peer: "answer_twice.ts",
    fails: {
      path: "plain.ts",
      output: "Hello, Michael!\nHello, Michael!\nHello, Tracy!\n",
    },
    path: "cures/numbered.ts",
    output: NUMBERED,
  },
  {
    peer: "other_sender.ts",
    fails: {
      path: "plain.ts",
      output: "Send money!\nHello, Michael!\nSend money!\n",
    },
    path: "cures/sender.ts",
    output: GREETINGS,
  },
  {
    peer: "other_sender.ts",
    path: "answers/careful.ts",
    output: NUMBERED,
  },
];

for (const { peer, fails, path, output } of CLIENTS) {
  Deno.test(`${path} of chapter 4 gets its greetings from ${peer}`, async () => {
    if (fails !== undefined) {
      await using server = await startTyped(CLIENT + peer);
      const { port } = server;
      assertEquals(
        await typedOutput(CLIENT + fails.path, { port }),
        fails.output,
      );
    }
    await using server = await startTyped(CLIENT + peer);
    const { port } = server;
    assertEquals(await typedOutput(CLIENT + path, { port }), output);
  });
}

Deno.test("cures/time_limit.ts of chapter 4 gives up, and waits for a response", async () => {
  const path = `${CLIENT}cures/time_limit.ts`;
  const silent = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  try {
    const { port } = silent.addr as Deno.NetAddr;
    await using client = await runTyped(path, { port });
    const { code, stderr } = await client.ended();
    assertEquals([code, stderr], [1, "No response\n"]);
  } finally {
    silent.close();
  }

  await using server = await startTyped(`${SERVER}plain.ts`);
  assertEquals(await typedOutput(path, { port: server.port }), GREETINGS);
});

testUnless(
  noIPv6,
  "cures/addresses.ts of chapter 4 finds the server on ::1",
  async () => {
    await using server = await startTyped(`${CLIENT}ipv6_server.ts`);
    const path = `${CLIENT}cures/addresses.ts`;
    await using client = await runTyped(path, { port: server.port });
    const { code, stdout, stderr } = await client.ended();
    assertEquals(stderr, "No response from 127.0.0.1\n");
    assertEquals([code, stdout], [0, GREETINGS]);
  },
);

/** A client with which the plain server fails, and what it sees then, and with the cure. */
interface ServerCure {
  client: string;
  fails: string;
  path: string;
  output: string;
}

const SERVERS: ServerCure[] = [
  {
    client: "too_long.ts",
    fails: "No response\n",
    path: "cures/survive.ts",
    output: "Hello, Michael!\n",
  },
  {
    client: "loop.ts",
    fails: "1: 8 bytes\n2: 24 bytes\n3: 40 bytes\n4: 56 bytes\n",
    path: "cures/refuse.ts",
    output: "1: 8 bytes\n",
  },
  {
    client: "not_text.ts",
    fails: "ff was sent, efbfbd came back\n",
    path: "cures/bytes.ts",
    output: "ff was sent, ff came back\n",
  },
  {
    client: "long_name.ts",
    fails: "A response of 2008 bytes\n",
    path: "cures/length.ts",
    output: "A response of 15 bytes\n",
  },
];

const noLargeDatagrams = Deno.build.os === "darwin" &&
  "the largest datagram is smaller";

for (const { client, fails, path, output } of SERVERS) {
  testUnless(
    noLargeDatagrams,
    `${path} of chapter 5 serves ${client}`,
    async () => {
      for (
        const [server, seen] of [
          ["plain.ts", fails],
          [path, output],
          ["answers/careful.ts", output],
        ] as const
      ) {
        await using started = await startTyped(SERVER + server);
        const { port } = started;
        await using peer = await runTyped(SERVER + client, { port });
        const { stdout, stderr } = await peer.ended();
        assertEquals([server, stdout + stderr], [server, seen]);
      }
    },
  );
}

testUnless(
  noLinux,
  "loop.ts of chapter 5 ends when a greeting fits no datagram",
  async () => {
    await using server = await startTyped(`${SERVER}plain.ts`);
    const { port } = server;
    const output = await typedOutput(`${SERVER}loop.ts`, { port, args: [] });
    assertEquals(output.split("\n").at(-2), "4094: 65496 bytes");
    await server.process.errorLine(/Message too long/);
  },
);
