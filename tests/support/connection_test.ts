import { assertEquals, assertRejects } from "@std/assert";
import { readExactly } from "../../lib/io/streams.ts";
import { accept, bounded, connect, receive } from "./connection.ts";
import { openPair, readToEnd } from "./pair.ts";

const HOST = "127.0.0.1";
const encode = (text: string) => new TextEncoder().encode(text);

/** A client whose waits have a short limit, and a server that sends this and no more. */
async function silentAfter(
  text: string,
  use: (conn: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const [raw, peer] = await Promise.all([
    Deno.connect({ hostname: HOST, port: listener.addr.port }),
    accept(listener),
  ]);
  using conn = bounded(raw, 300);
  await peer.write(encode(text));
  try {
    await use(conn);
  } finally {
    peer.close();
  }
}

Deno.test("a read that takes too long fails with what had come, and closes", async () => {
  await silentAfter("Wrong\n", async (conn) => {
    await assertRejects(
      () => readExactly(conn, 8),
      Error,
      'Nothing came; 6 bytes had come before: "Wrong\\n" (within 300 ms)',
    );
    await assertRejects(() => conn.read(new Uint8Array(1)), Error);
  });
});

Deno.test("the message of a late read shows the beginning of a long input", async () => {
  await silentAfter("a".repeat(1_000), async (conn) => {
    await assertRejects(
      () => readExactly(conn, 1_001),
      Error,
      `1000 bytes had come before: "${"a".repeat(200)}"… (within`,
    );
  });
});

Deno.test("a write to a peer that does not read fails too", async () => {
  await silentAfter("", async (conn) => {
    const bytes = new Uint8Array(32_000_000);
    await assertRejects(
      async () => {
        for (;;) await conn.write(bytes);
      },
      Error,
      'Nothing was taken; 0 bytes had come before: "" (within 300 ms)',
    );
  });
});

for (const side of ["connect", "accept"] as const) {
  Deno.test(`${side} bounds the waits on its connection`, async () => {
    using listener = Deno.listen({ hostname: HOST, port: 0 });
    const [client, server] = await Promise.all([
      connect(listener.addr.port, { limit: 1_000 }),
      accept(listener, 1_000),
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

Deno.test("accept fails when no connection comes", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  await assertRejects(
    () => accept(listener, 10),
    Error,
    "No connection came (within 10 ms)",
  );
});

Deno.test("receive returns a datagram and its sender, and fails when none comes", async () => {
  const options = { transport: "udp", hostname: HOST, port: 0 } as const;
  const socket = Deno.listenDatagram(options);
  const sender = Deno.listenDatagram(options);
  await sender.send(encode("Sarah"), socket.addr);
  assertEquals(await receive(socket), [encode("Sarah"), sender.addr]);
  await assertRejects(
    () => receive(socket, 10),
    Error,
    "No datagram came (within 10 ms)",
  );
  sender.close();
});

Deno.test("readToEnd fails with what had come when the end does not", async () => {
  using pair = await openPair();
  await pair.peers.write(encode("Hello"));
  await assertRejects(
    () => readToEnd(pair.ours, 300),
    Error,
    'No end of input within 300 ms; 5 characters had come: "Hello"',
  );
});
