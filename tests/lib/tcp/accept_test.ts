import { assert, assertEquals, assertRejects } from "@std/assert";
import { Acceptor } from "../../../lib/tcp/_accept.ts";

type Outcome = Error | Deno.TcpConn | "wait";

/** A listener whose accepts come out as told; the last one waits to be closed. */
function listenerThat(outcomes: Outcome[]): Deno.TcpListener {
  const closed = Promise.withResolvers<never>();
  // Nobody may be waiting when it is closed.
  closed.promise.catch(() => {});
  return {
    accept() {
      const outcome = outcomes.shift() ?? "wait";
      if (outcome === "wait") return closed.promise;
      return outcome instanceof Error
        ? Promise.reject(outcome)
        : Promise.resolve(outcome);
    },
    [Symbol.dispose]() {
      closed.reject(new Deno.errors.BadResource("Listener has been closed"));
    },
  } as Deno.TcpListener;
}

function connThat(setNoDelay: (on: boolean) => void): Deno.TcpConn {
  return { setNoDelay } as Deno.TcpConn;
}

function lack(code: string): Error {
  return Object.assign(new Error("Too many open files"), { code });
}

Deno.test("Acceptor accepts one connection after the other", async () => {
  const stop = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const acceptor = new Acceptor(listener, { signal: stop.signal });
  for (let i = 0; i < 3; i++) {
    using peer = await Deno.connect({ hostname: "127.0.0.1", port });
    using conn = await acceptor.accept();
    assertEquals(conn?.remoteAddr, peer.localAddr);
  }
  stop.abort();
  assertEquals(await acceptor.accept(), null);
});

Deno.test("Acceptor closes its listener when it is told to, and says so", async () => {
  const stop = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const acceptor = new Acceptor(listener, { signal: stop.signal });
  const accepted = acceptor.accept();
  stop.abort();
  assertEquals(await accepted, null);
  await assertRejects(() => listener.accept(), Deno.errors.BadResource);
});

Deno.test("Acceptor that comes too late closes its listener", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const acceptor = new Acceptor(listener, { signal: AbortSignal.abort() });
  assertEquals(await acceptor.accept(), null);
  await assertRejects(() => listener.accept(), Deno.errors.BadResource);
});

for (
  const error of [
    new Deno.errors.NotConnected("Transport endpoint is not connected"),
    new Deno.errors.ConnectionReset("Connection reset by peer"),
    new Deno.errors.ConnectionAborted("Software caused connection abort"),
  ]
) {
  Deno.test(`Acceptor passes over ${error.name} of a peer`, async () => {
    const conn = connThat(() => {});
    const acceptor = new Acceptor(listenerThat([error, error, conn]), {
      signal: new AbortController().signal,
    });
    assertEquals(await acceptor.accept() === conn, true);
  });
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  Deno.test(`Acceptor waits ${code} out, and tells of it once`, async () => {
    const conn = connThat(() => {});
    const notes: string[] = [];
    const acceptor = new Acceptor(
      listenerThat([lack(code), lack(code), lack(code), conn]),
      {
        signal: new AbortController().signal,
        note: (line) => notes.push(line),
      },
    );
    assertEquals(await acceptor.accept() === conn, true);
    assertEquals(notes.length, 1);
    assertEquals(notes[0]?.includes(code), true);
  });
}

Deno.test("Acceptor is stopped while it waits for descriptors", async () => {
  const stop = new AbortController();
  const acceptor = new Acceptor(
    listenerThat(Array.from({ length: 10_000 }, () => lack("EMFILE"))),
    { signal: stop.signal, note: () => stop.abort() },
  );
  assertEquals(await acceptor.accept(), null);
});

Deno.test("Acceptor hands on an error that it does not know", async () => {
  const acceptor = new Acceptor(listenerThat([new Deno.errors.Busy("Busy")]), {
    signal: new AbortController().signal,
  });
  await assertRejects(() => acceptor.accept(), Deno.errors.Busy);
});

Deno.test("Acceptor turns Nagle's algorithm off, where the system lets it", async () => {
  const calls: boolean[] = [];
  const conn = connThat((on) => calls.push(on));
  const refused = connThat(() => {
    throw new TypeError("Invalid argument (os error 22)");
  });
  const acceptor = new Acceptor(listenerThat([conn, refused]), {
    signal: new AbortController().signal,
  });
  assertEquals(await acceptor.accept() === conn, true);
  assertEquals(calls, [true]);
  assertEquals(await acceptor.accept() === refused, true);
});

Deno.test("Acceptor connects to itself, and accepts those who came meanwhile", async () => {
  const stop = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const acceptor = new Acceptor(listener, { signal: stop.signal });
  using first = await Deno.connect({ hostname: "127.0.0.1", port });
  using second = await Deno.connect({ hostname: "127.0.0.1", port });
  const loop = await acceptor.connectToSelf("127.0.0.1");
  assert(loop !== null);
  using near = loop.near;
  using far = loop.far;
  await near.write(new Uint8Array([7]));
  const byte = new Uint8Array(1);
  assertEquals([await far.read(byte), byte[0]], [1, 7]);
  using accepted = await acceptor.accept();
  assertEquals(accepted?.remoteAddr, first.localAddr);
  stop.abort();
  // Whoever was not accepted any more is let go.
  assertEquals(await acceptor.accept(), null);
  assertEquals(await second.read(byte), null);
});

Deno.test("Acceptor that cannot connect to itself goes on without", async () => {
  const stop = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const acceptor = new Acceptor(listener, { signal: stop.signal });
  // Not where it listens, and not allowed in these tests.
  assertEquals(await acceptor.connectToSelf("127.0.0.9"), null);
  const closed = acceptor.connectToSelf("127.0.0.1");
  stop.abort();
  assertEquals(await closed, null);
  assertEquals(await acceptor.accept(), null);
});

Deno.test({
  name: "Acceptor does not wait for itself while others wait",
  // How many connections wait to be accepted is for the system to say.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const stop = new AbortController();
    const listener = Deno.listen({
      hostname: "127.0.0.1",
      port: 0,
      tcpBacklog: 1,
    });
    const { port } = listener.addr;
    const acceptor = new Acceptor(listener, { signal: stop.signal });
    // Linux takes one more than it is told. From then on it answers nobody.
    using first = await Deno.connect({ hostname: "127.0.0.1", port });
    using _second = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await acceptor.connectToSelf("127.0.0.1"), null);
    using accepted = await acceptor.accept();
    assertEquals(accepted?.remoteAddr, first.localAddr);
    stop.abort();
  },
});
