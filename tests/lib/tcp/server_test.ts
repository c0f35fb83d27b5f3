import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { readExactly, writeAll } from "../../../lib/io/mod.ts";
import {
  type Connection,
  serveTcp,
  TcpServer,
  type TcpServerOptions,
} from "../../../lib/tcp/mod.ts";
import { bounded, LIMIT } from "../../support/connection.ts";
import { readToEnd, TOO_MUCH } from "../../support/loopback_connection.ts";
import { encode } from "../../support/bytes.ts";
import { untilFree } from "../../support/free_port.ts";
import { fakeConn } from "./fake_conn.ts";

const hello = encode("hello");
const hostname = "127.0.0.1";

function setUp(options: TcpServerOptions = {}) {
  const errors: unknown[] = [];
  const warnings: string[] = [];
  const server = new TcpServer(Deno.listen({ hostname, port: 0 }), {
    onError: (error) => errors.push(error),
    warn: (line) => warnings.push(line),
    ...options,
  });
  return { server, errors, warnings, connect: () => connectTo(server) };
}

/** A connection to a server; waits on it are bounded. */
async function connectTo({ addr: { port } }: TcpServer): Promise<Deno.TcpConn> {
  return bounded(await Deno.connect({ hostname, port }));
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

/** A listener whose accepts come out like this; the last one, when it is closed. */
function listenerOf(
  outcomes: (Deno.Conn | Error)[],
  last: Deno.Conn | Error = new Deno.errors.BadResource("closed"),
): Deno.TcpListener {
  const closed = Promise.withResolvers<Deno.Conn | Error>();
  const listener = {
    addr: { transport: "tcp", hostname, port: 9999 },
    async accept() {
      const outcome = outcomes.shift() ?? await closed.promise;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    [Symbol.dispose]: () => closed.resolve(last),
  };
  return listener as unknown as Deno.TcpListener;
}

Deno.test("TcpServer reports what a handler throws, and aborts its connection without waiting for the peer", async () => {
  const broken = new Error("Broken");
  const handlers = [
    () => Promise.reject(broken),
    () => {
      throw broken;
    },
  ];
  const steps: string[] = [];
  const conn = fakeConn({
    closeWrite: () => Promise.resolve(void steps.push("closeWrite")),
    [Symbol.dispose]: () => void steps.push("closed"),
  });
  const server = new TcpServer(listenerOf(handlers.map(() => conn)), {
    onError: (error, addr) =>
      steps.push(`${error === broken && addr === conn.remoteAddr}`),
  });
  for (const handler of handlers) server.spawn(await accept(server), handler);
  await server.shutdown();
  assertEquals(steps, ["closed", "true", "closed", "true"]);
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

Deno.test("TcpServer answers connections that waited in the backlog at its shutdown", async () => {
  const stop = new AbortController();
  const { server, connect } = setUp({ signal: stop.signal, maxConnections: 7 });
  const clients = await Promise.all(Array.from({ length: 20 }, connect));
  for (const client of clients) await client.write(hello);
  stop.abort();
  const accepting = (async () => {
    for (let conn; (conn = await server.accept()) !== null;) {
      server.spawn(conn, async (connection) => {
        // Longer than a read is waited for: there is no room meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await echo(connection);
      });
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

Deno.test("TcpServer that is idle shuts down, as often as it is told, and leaves its signal alone", async () => {
  let listeners = 0;
  const signal = {
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  } as unknown as AbortSignal;
  const { server, warnings } = setUp({ drainTimeout: 0, signal });
  assertEquals(listeners, 1);
  await Promise.all([server.shutdown(), server.shutdown()]);
  await using again = server;
  assertEquals(await again.accept(), null);
  assertEquals([warnings, listeners], [[], 0]);
});

for (const count of [1, 200]) {
  const what = count === 1
    ? "ends idle input although another client keeps sending"
    : "ends no input while so many reads complete that some may be left over";

  Deno.test(`TcpServer in a shutdown ${what}`, async () => {
    let reads = 0;
    let isBusy = true;
    const many = Promise.withResolvers<void>();
    const readBusily = async (buffer: Uint8Array) => {
      await new Promise((resolve) => setTimeout(resolve));
      if (++reads === 10_000) many.resolve();
      return isBusy ? buffer.length : null;
    };
    const busy = Array.from(
      { length: count },
      () => fakeConn({ read: readBusily }),
    );
    const server = new TcpServer(listenerOf([fakeConn({}), ...busy]), {
      drainTimeout: Infinity,
    });
    let hasEnded = false;
    const idle = Promise.withResolvers<void>();
    server.spawn(await accept(server), async (waiting) => {
      await discard(waiting);
      hasEnded = true;
      idle.resolve();
      waiting.abort();
    });
    for (const _ of busy) server.spawn(await accept(server), discard);
    const ended = server.shutdown();
    await deadline(count === 1 ? idle.promise : many.promise, LIMIT);
    assertEquals([hasEnded, isBusy], [count === 1, true]);
    isBusy = false;
    await deadline(ended, LIMIT);
    assertEquals(hasEnded, true);
  });
}

Deno.test("TcpServer in a shutdown ends no read that began while it waited", async () => {
  let left = 20;
  const read = async (buffer: Uint8Array) => {
    // Shorter than the time for which the server waits.
    await new Promise((resolve) => setTimeout(resolve, 8));
    return left-- > 0 ? buffer.length : null;
  };
  const server = new TcpServer(listenerOf([fakeConn({ read })]), {
    drainTimeout: Infinity,
  });
  let reads = 0;
  server.spawn(await accept(server), async (connection) => {
    while (await connection.read(new Uint8Array(8)) !== null) reads++;
  });
  await deadline(server.shutdown(), LIMIT);
  assertEquals(reads, 20);
});

Deno.test("TcpServer in a shutdown writes what was begun to its end, and all that is copied", async () => {
  const { server, warnings, connect } = setUp({ drainTimeout: 30_000 });
  using client = await connect();
  const begun = Promise.withResolvers<void>();
  const part = TOO_MUCH.subarray(0, 1_000_000);
  // As a proxy, it writes and waits for input at the same time.
  server.spawn(await accept(server), async (connection) => {
    const copy = async () => {
      for (let i = 0; i < 50; i++) {
        await connection.write(part);
        begun.resolve();
      }
    };
    await Promise.all([copy(), connection.read(new Uint8Array(1))]);
    void connection.write(TOO_MUCH); // Not even awaited.
  });
  await begun.promise;
  const ended = server.shutdown();
  const { length } = await readToEnd(client);
  assertEquals(length, 50 * part.length + TOO_MUCH.length);
  client.close();
  await ended;
  assertEquals(warnings, []);
});

async function discard(connection: Connection): Promise<void> {
  while (await connection.read(new Uint8Array(1024)) !== null);
}

Deno.test("TcpServer in a shutdown ends a connection that idles in a write after its read has ended", async () => {
  const { server, connect } = setUp({
    idleTimeout: 50,
    drainTimeout: Infinity,
  });
  using client = await connect();
  server.spawn(await accept(server), async (connection) => {
    const read = connection.read(new Uint8Array(1));
    await connection.write(TOO_MUCH);
    await read;
  });
  await client.read(new Uint8Array(1));
  await deadline(server.shutdown(), LIMIT);
});

Deno.test("TcpServer in a shutdown says when it stops reading", async () => {
  let read = Promise.resolve(0);
  const conn = fakeConn({
    read: ({ length }) =>
      read = new Promise((resolve) => setTimeout(() => resolve(length))),
  });
  const warnings: string[] = [];
  const server = new TcpServer(listenerOf([conn]), {
    drainTimeout: 3_000,
    warn: (line) => warnings.push(line),
  });
  server.spawn(await accept(server), async (connection) => {
    await discard(connection);
    connection.abort();
  });
  await server.shutdown();
  await new Promise((resolve) => setTimeout(resolve)); // The last read's, too.
  assertEquals(warnings, ["Stopped reading, as 1 connection kept sending"]);
  await read;
});

Deno.test("TcpServer says what a shutdown has not done: unread answers, and handlers that had not ended", async () => {
  for (
    const [unread, unended, ...expected] of [
      [1, 0, "Closed 1 connection that had not read the last answer in time"],
      [
        2,
        1,
        "Closed 2 connections that had not read the last answer in time",
        "Closed 1 connection whose handler had not ended in time",
      ],
      [0, 2, "Closed 2 connections whose handler had not ended in time"],
    ] as const
  ) {
    // It takes such an answer as a whole, at once.
    if (unread > 0 && Deno.build.os === "windows") continue;
    const { server, errors, warnings, connect } = setUp({ drainTimeout: 50 });
    using clients = new DisposableStack();
    for (let i = 0; i < unread + unended; i++) {
      clients.use(await connect());
      server.spawn(await accept(server), async (connection) => {
        if (i < unread) await connection.write(TOO_MUCH);
        else await new Promise(() => {});
      });
    }
    await server.shutdown();
    assertEquals([warnings, errors], [expected, []]);
  }
});

Deno.test("TcpServer refuses a second accept(), and a second handler for a connection", async () => {
  const { server, connect } = setUp();
  const first = server.accept();
  await assertRejects(() => server.accept(), Deno.errors.Busy, "Another");
  using client = await connect();
  const connection = await first;
  if (connection === null) throw new Error("The server has ended");
  server.spawn(connection, echo);
  assertThrows(() => server.spawn(connection, echo), TypeError, "a handler");
  client.close();
  await server.shutdown();
});

Deno.test("TcpServer ends when its listener is closed by its owner", async () => {
  const listener = Deno.listen({ hostname, port: 0 });
  const server = new TcpServer(listener);
  const accepted = server.accept();
  listener.close();
  assertEquals(await deadline(accepted, LIMIT), null);
  await server.shutdown();
});

const { errors } = Deno;
const CANNOT = "Cannot accept, so new connections wait: ";

/** Errors of accept(2) as Deno has them, and the beginning of the warning. */
const FAILED: [warning: string | undefined, ...(Error | string)[]][] = [
  [undefined, new errors.NotConnected(), new errors.ConnectionReset()],
  [undefined, new errors.ConnectionAborted()],
  ["Out of file descriptors (EMFILE)", "EMFILE"],
  ["Out of file descriptors (ENFILE)", "ENFILE"],
  ...["ENOBUFS", "ENOMEM", "EPROTO", "EHOSTUNREACH", "ENETDOWN"]
    .map((code): [string, string] => [CANNOT + code, code]),
  [`${CANNOT}EPERM`, new errors.PermissionDenied("EPERM")],
  [`${CANNOT}ETIMEDOUT`, new errors.TimedOut("ETIMEDOUT")],
];

for (const [warning, ...failures] of FAILED) {
  Deno.test(`TcpServer survives an accept that fails with ${failures}`, async () => {
    for (const failure of failures) {
      const error = typeof failure === "string"
        ? Object.assign(new Error(failure), { code: failure })
        : failure;
      const warnings: string[] = [];
      const isNoDelay: boolean[] = [];
      const conn = fakeConn({
        setNoDelay: (is = true) => isNoDelay.push(is),
      } as Partial<Deno.TcpConn>);
      const server = new TcpServer(listenerOf([error, error, error, conn]), {
        warn: (line) => warnings.push(line),
      });
      (await accept(server)).abort();
      await server.shutdown();
      assertEquals(isNoDelay, [true]);
      const begins = warnings.map((line) => line.slice(0, warning?.length));
      assertEquals(begins, warning === undefined ? [] : [warning]);
    }
  });
}

Deno.test("TcpServer accepts a connection of which the system takes no options, and shuts down while it cannot accept", async () => {
  const setNoDelay = () => {
    throw new TypeError("Invalid argument (os error 22)");
  };
  const conn = fakeConn({ setNoDelay } as Partial<Deno.TcpConn>);
  const exhausted = Object.assign(new Error("No files"), { code: "EMFILE" });
  const more = Array.from({ length: 100_000 }, () => exhausted);
  const warned = Promise.withResolvers<string>();
  const server = new TcpServer(listenerOf([conn, ...more]), {
    warn: warned.resolve,
    drainTimeout: 0,
  });
  (await accept(server)).abort();
  const accepted = server.accept();
  await warned.promise;
  await server.shutdown();
  assertEquals(await accepted, null);
});

Deno.test("TcpServer ends a connection that its last accept brings when the shutdown is over", async () => {
  const ended = Promise.withResolvers<void>();
  const conn = fakeConn({ [Symbol.dispose]: ended.resolve });
  const server = new TcpServer(listenerOf([], conn), { drainTimeout: 0 });
  const last = accept(server);
  await server.shutdown();
  await deadline(ended.promise, LIMIT);
  assertEquals(await (await last).read(new Uint8Array(1)), null);
});

Deno.test("TcpServer in a shutdown serves a connection that its last accept brings", async () => {
  let written = 0;
  const write = (bytes: Uint8Array) => Promise.resolve(written += bytes.length);
  const read = () => Promise.resolve(null);
  const warnings: string[] = [];
  const warn = (line: string) => warnings.push(line);
  const conn = fakeConn({ read, write });
  const server = new TcpServer(listenerOf([], conn), { warn });
  const last = accept(server);
  const ended = server.shutdown();
  server.spawn(await last, async (connection) => {
    await new Promise((resolve) => setTimeout(resolve));
    await connection.write(hello);
  });
  await ended;
  assertEquals(warnings, []);
  assertEquals(written, hello.length);
});

Deno.test("serveTcp takes no limit that is none, and leaves no port open", async () => {
  for (
    const options of [
      ...[0, -1, 0.5, NaN, null, "1"].map((maxConnections) => ({
        maxConnections,
      })),
      ...[-1, NaN, null].map((idleTimeout) => ({ idleTimeout })),
      ...[-1, NaN, null].map((drainTimeout) => ({ drainTimeout })),
    ]
  ) {
    const [[name, value] = []] = Object.entries(options);
    assertThrows(
      () => serveTcp({ port: 0, ...options as TcpServerOptions }, echo),
      typeof value === "number" ? RangeError : TypeError,
      `Invalid ${name} ${value}`,
    );
  }
  let port = 0;
  const onListen = (addr: Deno.NetAddr) => {
    port = addr.port;
    throw new Error("Broken");
  };
  assertThrows(() => serveTcp({ port, onListen }, echo), Error, "Broken");
  await untilFree(port);
});

Deno.test("serveTcp without limits serves, and shuts down", async () => {
  for (const none of [Infinity, 1e12]) {
    const limits = { maxConnections: none, idleTimeout: none };
    const server = serveTcp({ port: 0, ...limits, drainTimeout: none }, echo);
    using client = await connectTo(server);
    // Later than the timer of a server with a limit.
    const options = { port: 0, idleTimeout: 10, onError: () => {} };
    await using other = serveTcp(options, echo);
    using silent = await connectTo(other);
    assertEquals(await readToEnd(silent), "");
    await client.write(hello);
    const ended = server.shutdown();
    assertEquals(await readToEnd(client), "hello");
    client.close();
    await deadline(ended, LIMIT);
  }
});

Deno.test("TcpServer may be shut down by a handler, and what that writes then is delivered", async () => {
  const server: TcpServer = serveTcp(
    { port: 0, drainTimeout: Infinity },
    async (connection) => {
      void server.shutdown();
      await connection.write(hello);
    },
  );
  using client = await connectTo(server);
  assertEquals(await readToEnd(client), "hello");
  client[Symbol.dispose]();
  await deadline(server.finished, LIMIT);
});

Deno.test("serveTcp prints what its callbacks throw, at once or later, and goes on", async () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (error) => printed.push(error);
  const broken = () => {
    throw new Error("Broken callback");
  };
  const onError = async () => {
    await null;
    throw new Error("Broken asynchronous callback");
  };
  try {
    const server = serveTcp(
      {
        ...{ port: 0, maxConnections: 1, drainTimeout: 10 },
        ...{ onError, warn: broken, trace: broken },
      },
      async (connection) => {
        await connection.write(hello);
        if (await connection.read(new Uint8Array(1)) === null) return;
        // Windows takes the first as a whole.
        for (;;) await connection.write(TOO_MUCH);
      },
    );
    for (let i = 0; i < 3; i++) {
      // Its connection fails, and its place is free again.
      using client = await connectTo(server);
      await readExactly(client, 5);
      await client.write(hello);
      await client.read(new Uint8Array(1));
    }
    using unread = await connectTo(server);
    await readExactly(unread, 5);
    await unread.write(hello);
    await unread.read(new Uint8Array(1));
    await server.shutdown();
  } finally {
    console.error = error;
  }
  assertEquals(
    new Set(printed.map(String)),
    new Set([
      "Error: Broken callback",
      "Error: Broken asynchronous callback",
    ]),
  );
});

Deno.test("serveTcp whose signal is aborted beforehand answers nobody", async () => {
  let handled = 0;
  const signal = AbortSignal.abort();
  const server = serveTcp({ port: 0, signal }, () => void handled++);
  await assertRejects(async () => {
    using client = await connectTo(server);
    assertEquals(await readToEnd(client), "");
  }, Error);
  await server.finished;
  assertEquals(handled, 0);
});

const ENDS: [
  what: string,
  end: (server: TcpServer, stop: () => void) => void,
][] = [
  ["by shutdown()", (server) => void server.shutdown()],
  ["with its block", async (server) => {
    await using _ = server;
  }],
  ["at its signal", (_, stop) => stop()],
];

for (const [what, end] of ENDS) {
  Deno.test(`serveTcp serves until it is ended ${what}, and frees its port`, async () => {
    let listening: Deno.NetAddr | undefined;
    const stop = new AbortController();
    const { signal } = stop;
    const server = serveTcp(
      { port: 0, signal, onListen: (addr) => listening = addr },
      async (connection) => {
        await connection.write(await readExactly(connection, 5));
      },
    );
    assertEquals(server.addr, listening);
    assertEquals(server.addr.hostname, "127.0.0.1");
    using client = await connectTo(server);
    await client.write(hello);
    assertEquals(await readToEnd(client), "hello");
    client.close();
    end(server, () => stop.abort());
    await deadline(server.finished, LIMIT);
    await untilFree(server.addr.port);
  });
}

const tls = new URL("../../support/tls/", import.meta.url);
const cert = Deno.readTextFileSync(new URL("localhost.pem", tls));
const key = Deno.readTextFileSync(new URL("localhost.key", tls));
const caCerts = [Deno.readTextFileSync(new URL("authority.pem", tls))];

Deno.test("serveTcp speaks TLS, says what is wrong with a client that does not, and chooses the protocol", async () => {
  const errors: string[] = [];
  const warnings: string[] = [];
  const alpnProtocols = ["greeting/1"];
  const server = serveTcp(
    {
      ...{ port: 0, cert, key, alpnProtocols },
      onError: (error) => errors.push(String(error)),
      warn: (line) => warnings.push(line),
    },
    async (connection) => {
      const chosen = await connection.handshake();
      await connection.write(encode(chosen?.alpnProtocol ?? "none"));
      await echo(connection);
    },
  );
  const { port } = server.addr;
  using plain = await connectTo(server);
  await plain.write(encode("GET / HTTP/1.1\r\n\r\n"));
  await readToEnd(plain);
  const connect = (alpnProtocols: string[]) =>
    Deno.connectTls({ hostname, port, caCerts, alpnProtocols });
  using foreign = await connect(["http/1.1"]);
  await assertRejects(() => foreign.handshake(), Error);
  using client = await connect(["other", "greeting/1"]);
  assertEquals(await readExactly(client, 10), encode("greeting/1"));
  // One that says nothing in the handshake does not hold up the shutdown.
  using silent = await connectTo(server);
  const ended = server.shutdown();
  assertEquals(await client.read(new Uint8Array(1)), null);
  client.close();
  await ended;
  silent.close();
  assertEquals([errors.length, warnings], [2, []]);
  assertEquals(
    errors[0],
    "InvalidData: The peer seems not to speak TLS on this port",
  );
});

Deno.test("serveTcp in a shutdown answers over TLS what had arrived, however much", async () => {
  const start = Promise.withResolvers<void>();
  const server = serveTcp({ port: 0, cert, key }, async (connection) => {
    const buffer = new Uint8Array(65_536); // More than TLS returns at once.
    let sum = await connection.read(buffer) ?? 0;
    await connection.write(hello);
    await start.promise;
    for (let n; (n = await connection.read(buffer)) !== null;) sum += n;
    await connection.write(encode(String(sum)));
  });
  const { port } = server.addr;
  using client = await Deno.connectTls({ hostname, port, caCerts });
  await client.write(hello);
  assertEquals(await readExactly(client, 5), hello);
  await writeAll(client, new Uint8Array(200_000));
  const ended = server.shutdown();
  start.resolve();
  assertEquals(await readToEnd(client), "200005");
  client.close();
  await ended;
});

Deno.test("serveTcp refuses half a certificate, and a port in use", () => {
  assertThrows(() => serveTcp({ port: 0, cert }, () => {}), TypeError);
  using listener = Deno.listen({ hostname, port: 0 });
  assertThrows(
    () => serveTcp({ port: listener.addr.port }, () => {}),
    Deno.errors.AddrInUse,
  );
});
