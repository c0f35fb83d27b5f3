/** A wait for a peer that does not act fails, with what had come, and does not hang. */

import { assertRejects } from "@std/assert";
import { readExactly } from "../../lib/io/streams.ts";
import { accept, bounded, connect, receive } from "./connection.ts";
import { openPair, readToEnd, TOO_MUCH } from "./loopback_connection.ts";

const HOST = "127.0.0.1";

const LATE: [
  name: string,
  sent: string,
  wait: (conn: Deno.TcpConn) => Promise<unknown>,
  message: string,
][] = [
  [
    "a read",
    "Wrong\n",
    (conn) => readExactly(bounded(conn, 300), 8),
    'Nothing came; 6 bytes had come before: "Wrong\\n" (within 300 ms)',
  ],
  [
    "a read after a long input",
    "a".repeat(1_000),
    (conn) => readExactly(bounded(conn, 300), 1_001),
    `1000 bytes had come before: "${"a".repeat(200)}"… (within`,
  ],
  [
    "a write",
    "",
    async (conn) => {
      for (const each = bounded(conn, 300);;) await each.write(TOO_MUCH);
    },
    'Nothing was taken; 0 bytes had come before: "" (within 300 ms)',
  ],
  [
    "a wait for the end",
    "Hello",
    (conn) => readToEnd(conn, 300),
    'No end of input within 300 ms; 5 characters had come: "Hello"',
  ],
];

for (const [name, sent, wait, message] of LATE) {
  Deno.test(`${name} that takes too long fails with what had come, and closes`, async () => {
    using pair = await openPair();
    await pair.peers.write(new TextEncoder().encode(sent));
    await assertRejects(() => wait(pair.ours), Error, message);
    await assertRejects(() => pair.ours.read(new Uint8Array(1)), Error);
  });
}

for (const side of ["connect", "accept"] as const) {
  Deno.test(`${side} bounds the waits on its connection`, async () => {
    using listener = Deno.listen({ hostname: HOST, port: 0 });
    const [client, server] = await Promise.all([
      connect(listener.addr.port, { limit: 300 }),
      accept(listener, 300),
    ]);
    // The late read closes its own side, which the other side would read as the end.
    const conn = side === "connect" ? client : server;
    await assertRejects(
      () => conn.read(new Uint8Array(1)),
      Error,
      "Nothing came; 0 bytes had come before",
    );
    client[Symbol.dispose]();
    server[Symbol.dispose]();
  });
}

Deno.test("accept and receive fail when nothing comes", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const none = "No connection came (within 10 ms)";
  await assertRejects(() => accept(listener, 10), Error, none);
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: HOST,
    port: 0,
  });
  const nothing = "No datagram came (within 10 ms)";
  await assertRejects(() => receive(socket, 10), Error, nothing);
});
