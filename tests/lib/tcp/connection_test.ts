import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { Connection, IdleTimeoutError } from "../../../lib/tcp/mod.ts";
import { LIMIT } from "../../support/connection.ts";
import {
  openPair,
  openReset,
  openToReset,
  readToEnd,
  TOO_MUCH,
} from "../../support/loopback_connection.ts";
import { decode, encode } from "../../support/bytes.ts";
import { testUnless } from "../../support/skip.ts";
import { fakeConn } from "./fake_conn.ts";

const hello = encode("hello");

Deno.test("Connection writes everything to a reader that is slow", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours, { idleTimeout: 30_000 });
  const written = connection.write(TOO_MUCH).then(() => connection.close());
  assertEquals((await readToEnd(pair.peers)).length, TOO_MUCH.length);
  pair.peers.close();
  await written;
});

const WINDOWS = Deno.build.os === "windows";
const takesAll = WINDOWS && "Windows takes a write as a whole, at once";

const WAITS: [what: string, wait: (c: Connection) => Promise<unknown>][] = [
  ["read", (connection) => connection.read(new Uint8Array(1))],
  ["write", (connection) => connection.write(TOO_MUCH)],
];

for (const [what, wait] of WAITS) {
  Deno.test(`Connection closes when a ${what} waits for too long`, async () => {
    using pair = await openPair();
    const connection = new Connection(pair.ours, { idleTimeout: 10 });
    const again = async (): Promise<never> => {
      for (;;) await wait(connection);
    };
    const waited = () => deadline(again(), LIMIT);
    await assertRejects(waited, IdleTimeoutError);
    await assertRejects(waited, IdleTimeoutError);
    await connection.close();
    // It is closed: no reset, as nothing was unread.
    while (await pair.peers.read(new Uint8Array(1_000_000)) !== null);
  });

  for (const idleTimeout of [0, Infinity, 1e12]) {
    Deno.test(`Connection whose idleTimeout is ${idleTimeout} has no limit for a ${what}`, async () => {
      using pair = await openPair();
      const connection = new Connection(pair.ours, { idleTimeout });
      const waited = wait(connection);
      // Several timers pass, as those of other connections do.
      using other = await openPair();
      const idle = new Connection(other.ours, { idleTimeout: 10 });
      await assertRejects(() => idle.read(new Uint8Array(1)), IdleTimeoutError);
      await pair.peers.write(hello);
      const reading = readToEnd(pair.peers);
      await deadline(waited, LIMIT);
      await Promise.all([
        connection.close(),
        reading.then(() => pair.peers.close()),
      ]);
    });
  }
}

Deno.test("Connection refuses times that are none", async () => {
  using pair = await openPair();
  for (const value of [NaN, -1, null, "5"]) {
    assertThrows(
      () => new Connection(pair.ours, { idleTimeout: value as number }),
      typeof value === "number" ? RangeError : TypeError,
      `Invalid idleTimeout ${value}`,
    );
  }
  const connection = new Connection(pair.ours);
  assertThrows(() => connection.sleep(NaN), RangeError, "Invalid sleep NaN");
});

Deno.test("Connection does not count a sleep, nor a time without a read, as idleness", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours, { idleTimeout: 20 });
  await pair.peers.write(hello);
  assertEquals(await connection.read(new Uint8Array(2)), 2);
  await connection.sleep(100);
  assertEquals(await connection.read(new Uint8Array(3)), 3);
  connection.abort();
});

Deno.test("Connection restarts the idle clock with each partial write", async () => {
  let parts = 0;
  const conn = fakeConn({
    async write() {
      parts++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 1;
    },
  });
  const connection = new Connection(conn, { idleTimeout: 200 });
  let isIdle = false;
  const read = connection.read(new Uint8Array(1)).catch((error) => {
    isIdle = true;
    return error;
  });
  await connection.write(new Uint8Array(20));
  assertEquals([parts, isIdle], [20, false]);
  // It is idle when neither a read nor a write moves a byte.
  assert(await deadline(read, LIMIT) instanceof IdleTimeoutError);
});

for (const time of [1_000_000, Infinity, 1e12]) {
  Deno.test(`Connection sleeps for ${time} ms, until it is aborted`, async () => {
    using pair = await openPair();
    const connection = new Connection(pair.ours);
    let isAwake = false;
    const sleep = connection.sleep(time).then(() => isAwake = true);
    await connection.sleep(20);
    assertEquals(isAwake, false);
    connection.abort();
    await sleep;
    await connection.sleep(time);
  });
}

Deno.test("Connection closes so that the peer gets the last answer", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours);
  await pair.peers.write(new Uint8Array(10_000));
  await connection.write(hello);
  const ended = connection.close();
  assertEquals(await readToEnd(pair.peers), "hello");
  pair.peers.close();
  await ended;
});

Deno.test("Connection closes at once when the peer has ended before", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours);
  await pair.peers.closeWrite();
  assertEquals(await connection.read(new Uint8Array(1)), null);
  await connection.write(hello);
  // The peer keeps its side open, and close() would wait for it.
  const ended = connection.close();
  assertEquals(await readToEnd(pair.peers), "hello");
  await ended;
  await assertRejects(() => connection.write(hello), Deno.errors.BadResource);
});

const ENDS: [what: string, end: (c: Connection) => Promise<void>][] = [
  ["close()", (connection) => connection.close()],
  ["closeWrite()", (connection) => connection.closeWrite()],
  ["await using", async (connection) => {
    await using _ = connection;
  }],
];

for (const [what, end] of ENDS) {
  Deno.test(`Connection completes a write that is not awaited before ${what} ends the output`, async () => {
    using pair = await openPair();
    const connection = new Connection(pair.ours);
    const written = connection.write(TOO_MUCH);
    const ended = end(connection);
    assertEquals((await readToEnd(pair.peers)).length, TOO_MUCH.length);
    pair.peers.close();
    await Promise.all([written, ended, connection.close()]);
  });
}

Deno.test("Connection that closes ends its own read", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours);
  const read = connection.read(new Uint8Array(1));
  let isClosed = false;
  const ended = connection.close().then(() => isClosed = true);
  assertEquals([await read, isClosed], [null, false]);
  pair.peers.close();
  await ended;
});

testUnless(
  takesAll,
  "Connection that closes gives up a peer that does not read in time",
  async () => {
    using pair = await openPair();
    await pair.peers.write(hello);
    const connection = new Connection(pair.ours, { idleTimeout: 100 });
    const written = assertRejects(
      () => connection.write(TOO_MUCH),
      IdleTimeoutError,
    );
    // Reads that end do not end the limit of the write.
    for (const _ of hello) await connection.read(new Uint8Array(1));
    await deadline(connection.close(), LIMIT);
    await written;
  },
);

for (const end of ["a reset of its peer", "its signal"]) {
  Deno.test(`Connection that closes is ended by ${end}, and nothing else fails`, async () => {
    const { ours, reset } = await openToReset();
    const stop = new AbortController();
    const connection = new Connection(ours, { signal: stop.signal });
    const read = connection.read(new Uint8Array(1));
    const closed = connection.close();
    assertEquals(await read, null);
    if (end === "its signal") stop.abort(new Error("Stopped"));
    await reset();
    await closed;
  });
}

Deno.test("Connection that is aborted ends its read, leaves its signal alone, and stays closed", async () => {
  using pair = await openPair();
  let listeners = 0;
  const signal = {
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  } as unknown as AbortSignal;
  const connection = new Connection(pair.ours, { idleTimeout: 30_000, signal });
  const read = connection.read(new Uint8Array(1));
  assertEquals(listeners, 1);
  connection.abort();
  assertEquals([await read, listeners], [null, 0]);
  connection.abort();
  await connection.close();
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test("Connection throws what the system reports, and can be closed", async () => {
  const conn = await openReset();
  const connection = new Connection(conn, { idleTimeout: 30_000 });
  await assertRejects(
    () => connection.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  // Windows says once more that it was reset, or aborted.
  const Closed = WINDOWS ? Error : Deno.errors.BrokenPipe;
  await assertRejects(() => connection.write(hello), Closed);
  await connection.close();
  await new Connection(await openReset()).close();
});

for (const stays of [false, true]) {
  Deno.test(`Connection discards what the peer sends after close, ${stays ? "for a second at most" : "up to its end"}`, async () => {
    using pair = await openPair();
    const closed = new Connection(pair.ours).close();
    assertEquals(await pair.peers.read(new Uint8Array(1)), null);
    for (let i = 0; i < 10; i++) await pair.peers.write(hello);
    if (!stays) await pair.peers.closeWrite();
    await deadline(closed, LIMIT);
    await assertRejects(
      () => pair.ours.read(new Uint8Array(1)),
      Deno.errors.BadResource,
    );
  });
}

Deno.test("Connection is aborted by its signal, and throws the reason", async () => {
  using pair = await openPair();
  const stop = new AbortController();
  const { signal } = stop;
  const reason = new Error("Interrupted by SIGINT");
  const connection = new Connection(pair.ours, { signal });
  const read = connection.read(new Uint8Array(1));
  using late = await openPair();
  stop.abort(reason);
  const aborted = new Connection(late.ours, { signal });
  for (
    const operation of [
      () => read,
      () => connection.write(hello),
      () => connection.closeWrite(),
      () => aborted.read(new Uint8Array(1)),
    ]
  ) assertEquals(await assertRejects<Error>(operation, Error), reason);
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
});

Deno.test("Connection that is aborted while a read completes throws the reason", async () => {
  const stop = new AbortController();
  const reason = new Error("Interrupted by SIGINT");
  for (const outcome of [5, null]) {
    const conn = fakeConn({ read: () => Promise.resolve(outcome) });
    const connection = new Connection(conn, { signal: stop.signal });
    const read = connection.read(new Uint8Array(5));
    stop.abort(reason);
    // Half a page would look like a whole one.
    assertEquals(await assertRejects(() => read, Error), reason);
  }
});

Deno.test("Connection reads what comes up to the end of input, also when its output is closed", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours);
  const buffer = new Uint8Array(10);
  await connection.write(hello);
  await connection.closeWrite();
  assertEquals(await readToEnd(pair.peers), "hello");
  await pair.peers.write(hello);
  assertEquals(await connection.read(buffer), 5);
  assertEquals(decode(buffer.subarray(0, 5)), "hello");
  pair.peers.close();
  assertEquals(await connection.read(buffer), null);
  await connection.close();
  await assertRejects(() => connection.closeWrite(), Deno.errors.BadResource);
});

Deno.test("Connection that traces writes down what it moves, though the trace throws", async () => {
  using pair = await openPair();
  const lines: string[] = [];
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (error) => printed.push(error);
  try {
    await using connection = new Connection(pair.ours, {
      trace(line) {
        lines.push(line);
        return Promise.reject(new Error("No trace"));
      },
    });
    await connection.write(hello);
    pair.peers.close();
  } finally {
    console.error = error;
  }
  assertEquals(lines[1]?.endsWith("5 bytes"), true, lines.join("\n"));
  assertEquals(printed.length, lines.length);
});

Deno.test("Connection that waits for nothing does not keep the program running", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { href } = new URL("../../../lib/tcp/mod.ts", import.meta.url);
  const program = `
    const { Connection } = await import("${href}");
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: ${listener.addr.port} });
    const connection = new Connection(conn, { idleTimeout: 30_000 });
    await connection.write(new Uint8Array(1));
  `;
  const args = ["eval", "--no-lock", program];
  const signal = AbortSignal.timeout(20_000);
  const process = new Deno.Command(Deno.execPath(), { args, signal });
  assertEquals((await process.output()).code, 0);
});

Deno.test("Connection returns what the TLS handshake has chosen, traced or not", async () => {
  assertEquals(await new Connection(fakeConn({})).handshake(), null);
  const chosen = { alpnProtocol: "greeting/1" };
  const conn = fakeConn({ handshake: () => Promise.resolve(chosen) });
  for (const trace of [undefined, () => {}]) {
    assertEquals(await new Connection(conn, { trace }).handshake(), chosen);
  }
});

Deno.test("Connection closes when the TLS handshake takes too long", async () => {
  const { promise, reject } = Promise.withResolvers<Deno.TlsHandshakeInfo>();
  const conn = fakeConn({
    handshake: () => promise,
    [Symbol.dispose]: () => reject(new Deno.errors.Interrupted("closed")),
  });
  const connection = new Connection(conn, { idleTimeout: 10 });
  await assertRejects(
    () => deadline(connection.handshake(), LIMIT),
    IdleTimeoutError,
  );
});
