import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { readExactly } from "../../../lib/io/mod.ts";
import {
  type Connection,
  serveTcp,
  TcpServer,
  type TcpServerOptions,
} from "../../../lib/tcp/mod.ts";
import { HeldTimers } from "../../support/held_timers.ts";
import { readToEnd, TOO_MUCH } from "../../support/pair.ts";

const hello = new TextEncoder().encode("hello");
const hostname = "127.0.0.1";

function setUp(
  { accepted = () => {}, ...options }: TcpServerOptions & {
    /** Called with each connection before the server gets it. */
    accepted?: (conn: Deno.TcpConn) => void;
  } = {},
) {
  const errors: unknown[] = [];
  const warnings: string[] = [];
  const listener = Deno.listen({ hostname, port: 0 });
  const acceptNext = listener.accept.bind(listener);
  listener.accept = async () => {
    const conn = await acceptNext();
    accepted(conn);
    return conn;
  };
  const server = new TcpServer(listener, {
    onError: (error) => errors.push(error),
    warn: (line) => warnings.push(line),
    ...options,
  });
  const { port } = server.addr;
  const connect = () => Deno.connect({ hostname, port });
  return { server, errors, warnings, connect, port };
}

async function accept(server: TcpServer): Promise<Connection> {
  const connection = await server.accept();
  if (connection === null) throw new Error("The server has ended");
  return connection;
}

/** Answers each chunk by itself. */
async function echo(connection: Connection): Promise<void> {
  const buffer = new Uint8Array(1024);
  for (let n; (n = await connection.read(buffer)) !== null;) {
    await connection.sleep(1_000_000);
    await connection.write(buffer.subarray(0, n));
  }
}

Deno.test("TcpServer runs handlers at the same time and closes their connections", async () => {
  const { server, errors, connect } = setUp();
  const clients = [await connect(), await connect()];
  const both = Promise.withResolvers<void>();
  let started = 0;
  for (const _ of clients) {
    server.spawn(await accept(server), async (connection) => {
      // Neither ends before the other has begun.
      if (++started === 2) both.resolve();
      await both.promise;
      await connection.write(hello);
    });
  }
  for (const client of clients) {
    assertEquals(await readToEnd(client), "hello");
    client.close();
  }
  await server.shutdown();
  assertEquals(errors, []);
});

Deno.test("TcpServer reports what a handler throws, and aborts its connection", async () => {
  const errors: [unknown, unknown][] = [];
  let hasClosedGracefully = false;
  const { server, connect } = setUp({
    onError: (...error) => errors.push(error),
    accepted(conn) {
      conn.closeWrite = () => {
        hasClosedGracefully = true;
        return Promise.resolve();
      };
    },
  });
  const broken = new Error("Broken");
  const handlers = [
    () => Promise.reject(broken),
    () => {
      throw broken;
    },
  ];
  for (const handler of handlers) {
    using client = await connect();
    server.spawn(await accept(server), handler);
    assertEquals(await readToEnd(client), "");
    assertEquals(errors.shift(), [broken, client.localAddr]);
    assertEquals(hasClosedGracefully, false);
  }
  await server.shutdown();
});

Deno.test("TcpServer without onError warns, in text that is safe to print", async () => {
  const { server, connect, warnings } = setUp({ onError: undefined });
  using client = await connect();
  server.spawn(
    await accept(server),
    () => Promise.reject(new Error("\x1b[2J")),
  );
  assertEquals(await readToEnd(client), "");
  assertEquals(warnings, [
    `Connection from 127.0.0.1:${client.localAddr.port} failed: \\x1b[2J`,
  ]);
  await server.shutdown();
});

for (const end of ["close", "abort", "by the client"] as const) {
  Deno.test(`TcpServer counts a connection from accept until it is closed (${end})`, async () => {
    const { server, connect } = setUp({ maxConnections: 2 });
    using first = await connect();
    using _second = await connect();
    using third = await connect();
    const connection = await accept(server);
    await accept(server); // Never spawned, and counted all the same.
    let hasRoom = false;
    const waiting = accept(server).then((connection) => {
      hasRoom = true;
      return connection;
    });
    // Whatever could settle without an end has settled when an echo has come.
    if (end === "by the client") {
      server.spawn(connection, echo);
      first.close();
    } else {
      await first.write(hello);
      await connection.read(new Uint8Array(5));
      assertEquals(hasRoom, false);
      first.close();
      await connection[end]();
    }
    assertEquals((await waiting).remoteAddr, third.localAddr);
    await server.shutdown();
  });
}

Deno.test("TcpServer that shuts down aborts a connection that was never spawned, and does not wait", async () => {
  const { server, connect, warnings } = setUp({ drainTimeout: 1_000_000 });
  using client = await connect();
  await accept(server);
  await server.shutdown();
  assertEquals(await readToEnd(client), "");
  assertEquals(warnings, []);
  assertEquals(await server.accept(), null);
});

Deno.test("TcpServer shuts down at its signal: sleeps end, answers are written, then the end", async () => {
  const stop = new AbortController();
  const { server, errors, connect } = setUp({ signal: stop.signal });
  using sleeping = await connect();
  using silent = await connect();
  const asleep = Promise.withResolvers<void>();
  server.spawn(await accept(server), async (connection) => {
    const slept = connection.sleep(1_000_000);
    asleep.resolve();
    await slept;
    await connection.write(hello);
    assertEquals(await connection.read(new Uint8Array(1)), null);
  });
  server.spawn(await accept(server), echo);
  await asleep.promise;
  stop.abort();
  assertEquals(await server.accept(), null);
  const ended = server.shutdown();
  assertEquals(await readToEnd(sleeping), "hello");
  assertEquals(await readToEnd(silent), "");
  sleeping.close();
  silent.close();
  await ended;
  assertEquals(errors, []);
});

Deno.test("TcpServer answers what had arrived before its shutdown, however much", async () => {
  const { server, errors, connect } = setUp();
  using client = await connect();
  const names = new Uint8Array(20_480).fill(0x61);
  await client.write(names);
  const begun = Promise.withResolvers<void>();
  server.spawn(await accept(server), async (connection) => {
    begun.resolve();
    await echo(connection);
  });
  await begun.promise;
  const ended = server.shutdown();
  assertEquals((await readToEnd(client)).length, names.length);
  client.close();
  await ended;
  assertEquals(errors, []);
});

Deno.test("TcpServer in a shutdown waits twice 10 ms for input that is on its way", async () => {
  const { server, connect } = setUp();
  using client = await connect();
  server.spawn(await accept(server), echo);
  using held = new HeldTimers((delay) => delay < 1_000);
  const ended = server.shutdown();
  assertEquals(await held.fireNext(), 10);
  // It comes within the second one, and is answered.
  await client.write(hello);
  assertEquals(await readExactly(client, hello.length), hello);
  assertEquals(await held.fireNext(), 10);
  // Then the server waits once more, from the beginning.
  assertEquals(await held.fireNext(), 10);
  assertEquals(await held.fireNext(), 10);
  held[Symbol.dispose]();
  assertEquals(await readToEnd(client), "");
  client.close();
  await ended;
});

Deno.test("TcpServer answers connections that waited in the backlog at its shutdown", async () => {
  const stop = new AbortController();
  const { server, connect } = setUp({ signal: stop.signal, maxConnections: 7 });
  const clients = await Promise.all(Array.from({ length: 50 }, connect));
  for (const client of clients) await client.write(hello);
  stop.abort();
  const accepting = (async () => {
    for (let conn; (conn = await server.accept()) !== null;) {
      server.spawn(conn, echo);
    }
    await server.shutdown();
  })();
  const answers = await Promise.all(clients.map(async (client) => {
    const answer = await readToEnd(client);
    client.close();
    return answer;
  }));
  assertEquals(answers, clients.map(() => "hello"));
  await accepting;
});

Deno.test("TcpServer in a shutdown closes connections that read no answer, and says how many", async () => {
  for (const count of [1, 2]) {
    const { server, errors, warnings, connect } = setUp({ drainTimeout: 50 });
    for (let i = 0; i < count; i++) {
      const client = await connect();
      server.spawn(await accept(server), async (connection) => {
        using _closing = client;
        await connection.write(TOO_MUCH);
      });
    }
    await server.shutdown();
    assertEquals(warnings, [
      count === 1
        ? "Closed 1 connection that had not read its last answer in time"
        : "Closed 2 connections that had not read their last answer in time",
    ]);
    assertEquals(errors, []);
  }
});

Deno.test("TcpServer that is idle shuts down, as often as it is told", async () => {
  const { server, warnings } = setUp({ drainTimeout: 0 });
  await Promise.all([server.shutdown(), server.shutdown()]);
  await using again = server;
  assertEquals(await again.accept(), null);
  assertEquals(warnings, []);
});

Deno.test("TcpServer whose signal is aborted beforehand accepts nothing that never came", async () => {
  const { server } = setUp({ signal: AbortSignal.abort() });
  assertEquals(await server.accept(), null);
  await server.shutdown();
});

Deno.test("TcpServer stops listening to its signal when it is shut down", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const counting = {
    aborted: false,
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  } as unknown as AbortSignal;
  const { server } = setUp({ signal: counting });
  assertEquals(listeners, 1);
  await server.shutdown();
  assertEquals([listeners, signal.aborted], [0, false]);
});

/** A connection whose reads are what a test says. */
function fakeConn(
  port: number,
  read: (buffer: Uint8Array) => Promise<number | null>,
  closeWrite = () => Promise.resolve(),
): Deno.TcpConn {
  const address = { transport: "tcp", hostname, port } as const;
  return {
    localAddr: address,
    remoteAddr: address,
    read,
    write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
    closeWrite,
    setNoDelay() {},
    [Symbol.dispose]() {},
  } as unknown as Deno.TcpConn;
}

/** A listener that accepts these connections, and then waits. */
function listenerOf(conns: Deno.TcpConn[]): Deno.TcpListener {
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {}); // There may be no pending accept.
  return {
    addr: { transport: "tcp", hostname, port: 9999 },
    accept() {
      const conn = conns.shift();
      return conn === undefined ? closed.promise : Promise.resolve(conn);
    },
    [Symbol.dispose]: () =>
      closed.reject(new Deno.errors.BadResource("closed")),
  } as unknown as Deno.TcpListener;
}

Deno.test("TcpServer aborts the connection of a handler that throws, and waits for no peer", async () => {
  const calls: string[] = [];
  const conn = fakeConn(1, () => Promise.resolve(null), () => {
    calls.push("closeWrite");
    return Promise.resolve();
  });
  const reported = Promise.withResolvers<unknown>();
  const server = new TcpServer(listenerOf([conn]), {
    onError: reported.resolve,
  });
  const broken = new Error("Broken");
  server.spawn(await accept(server), () => Promise.reject(broken));
  assertEquals(await reported.promise, broken);
  await server.shutdown();
  assertEquals(calls, []);
});

Deno.test("TcpServer in a shutdown ends no input while so many reads complete that some may be left over", async () => {
  let reads = 0;
  let isBusy = true;
  const many = Promise.withResolvers<void>();
  const readBusily = async (buffer: Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve));
    if (++reads === 20_000) many.resolve();
    return isBusy ? buffer.length : null;
  };
  let hasEnded = false;
  const end = Promise.withResolvers<null>();
  const waiting = fakeConn(1, () => end.promise, () => {
    hasEnded = true;
    end.resolve(null);
    return Promise.resolve();
  });
  const conns = [
    waiting,
    ...Array.from({ length: 200 }, (_, i) => fakeConn(i + 2, readBusily)),
  ];
  const listener = listenerOf(conns);
  const server = new TcpServer(listener, { drainTimeout: 60_000 });
  for (let i = 0; i < 201; i++) {
    server.spawn(await accept(server), async (connection) => {
      const buffer = new Uint8Array(8);
      while (await connection.read(buffer) !== null);
    });
  }
  const ended = server.shutdown();
  await deadline(many.promise, 30_000);
  assertEquals(hasEnded, false);
  isBusy = false;
  await ended;
  assertEquals(hasEnded, true);
});

Deno.test("serveTcp serves until it is shut down", async () => {
  let listening: Deno.NetAddr | undefined;
  const server = serveTcp(
    { port: 0, onListen: (addr) => listening = addr },
    async (connection) => {
      const bytes = await readExactly(connection, 5);
      await connection.write(bytes);
    },
  );
  assertEquals(server.addr, listening);
  assertEquals(server.addr.hostname, "127.0.0.1");
  using client = await Deno.connect({ hostname, port: server.addr.port });
  await client.write(hello);
  assertEquals(await readToEnd(client), "hello");
  client.close();
  await server.shutdown();
  await server.finished;
  await assertRejects(
    () => Deno.connect({ hostname, port: server.addr.port }),
    Deno.errors.ConnectionRefused,
  );
});

Deno.test("serveTcp ends with its block, and at its signal", async () => {
  const stop = new AbortController();
  {
    await using server = serveTcp({ port: 0 }, () => {});
    using client = await Deno.connect({ hostname, port: server.addr.port });
    assertEquals(await readToEnd(client), "");
    client.close();
  }
  const server = serveTcp({ port: 0, signal: stop.signal }, () => {});
  stop.abort();
  await server.finished;
});

const tls = new URL("../../tls/", import.meta.url);
const cert = Deno.readTextFileSync(new URL("localhost.pem", tls));
const key = Deno.readTextFileSync(new URL("localhost.key", tls));
const caCerts = [Deno.readTextFileSync(new URL("authority.pem", tls))];

Deno.test("serveTcp speaks TLS, and survives a client that does not", async () => {
  const errors: unknown[] = [];
  const server = serveTcp(
    { port: 0, cert, key, onError: (error) => errors.push(error) },
    async (connection) => {
      const buffer = new Uint8Array(1024);
      for (let n; (n = await connection.read(buffer)) !== null;) {
        await connection.write(buffer.subarray(0, n));
      }
    },
  );
  const { port } = server.addr;
  using plain = await Deno.connect({ hostname, port });
  await plain.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await readToEnd(plain);
  using client = await Deno.connectTls({ hostname, port, caCerts });
  await client.write(hello);
  assertEquals(await readExactly(client, 5), hello);
  const ended = server.shutdown();
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
  await ended;
  assertEquals(errors.length, 1);
});

Deno.test("serveTcp refuses half a certificate, and a port in use", () => {
  assertThrows(() => serveTcp({ port: 0, cert }, () => {}), TypeError);
  using listener = Deno.listen({ hostname, port: 0 });
  assertThrows(
    () => serveTcp({ port: listener.addr.port }, () => {}),
    Deno.errors.AddrInUse,
  );
});

Deno.test("TcpServer shuts down although a handler never ends", async () => {
  const { server, errors, warnings, connect } = setUp({ drainTimeout: 20 });
  using client = await connect();
  server.spawn(await accept(server), () => new Promise(() => {}));
  await server.shutdown();
  assertEquals(await readToEnd(client), "");
  assertEquals([errors.length, warnings.length], [0, 1]);
});
