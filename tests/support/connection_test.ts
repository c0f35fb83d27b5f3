/** A wait for a peer that does not act fails, with what had come, and does not hang. */

import { assertRejects } from "@std/assert";
import { readExactly } from "../../lib/io/streams.ts";
import { accept, connect, receive } from "./connection.ts";
import { readToEnd, TOO_MUCH } from "./loopback_connection.ts";
import { openUdp } from "./udp.ts";

const HOST = "127.0.0.1";

const LATE: [
  name: string,
  side: "connect" | "accept",
  sent: string,
  wait: (conn: Deno.TcpConn) => Promise<unknown>,
  message: string,
][] = [
  [
    "a read after a long input",
    "accept",
    "a".repeat(1_000),
    (conn) => readExactly(conn, 1_001),
    `1000 bytes had come before: "${"a".repeat(200)}"… (within`,
  ],
  [
    "a write",
    "accept",
    "",
    async (conn) => {
      for (;;) await conn.write(TOO_MUCH);
    },
    'Nothing was taken; 0 bytes had come before: "" (within 300 ms)',
  ],
  [
    "a wait for the end",
    "connect",
    "Hello",
    (conn) => readToEnd(conn, 300),
    'No end of input within 300 ms; 5 characters had come: "Hello"',
  ],
];

for (const [name, side, sent, wait, message] of LATE) {
  Deno.test(`${name} that takes too long fails with what had come, and closes`, async () => {
    using listener = Deno.listen({ hostname: HOST, port: 0 });
    const { port } = listener.addr;
    const both = [
      connect(port, { limit: 300 }),
      accept(listener, 300),
    ] as const;
    const [client, server] = await Promise.all(both);
    using ours = side === "connect" ? client : server;
    using peers = side === "connect" ? server : client;
    await peers.write(new TextEncoder().encode(sent));
    await assertRejects(() => wait(ours), Error, message);
    await assertRejects(() => ours.read(new Uint8Array(1)), Error);
  });
}

Deno.test("accept and receive fail when nothing comes", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const none = "No connection came (within 10 ms)";
  await assertRejects(() => accept(listener, 10), Error, none);
  const nothing = "No datagram came (within 10 ms)";
  await assertRejects(() => receive(openUdp(), 10), Error, nothing);
});
