import { assertEquals, assertRejects } from "@std/assert";
import { Acceptor } from "../../../lib/tcp/_accept.ts";

const ignore = () => {};

type Outcome = Error | Deno.TcpConn | "wait";

/** A listener whose accepts come out as told; the last one waits to be closed. */
function listenerThat(outcomes: Outcome[]): Deno.TcpListener {
  const closed = Promise.withResolvers<never>();
  // There may be no pending accept when it is closed.
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

function exhausted(code: string): Error {
  return Object.assign(new Error("Too many open files"), { code });
}

Deno.test("Acceptor accepts one connection after the other", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const acceptor = new Acceptor(listener, ignore);
  for (let i = 0; i < 3; i++) {
    using peer = await Deno.connect({ hostname: "127.0.0.1", port });
    using conn = await acceptor.accept();
    assertEquals(conn?.remoteAddr, peer.localAddr);
  }
  acceptor.close();
  assertEquals(await acceptor.accept(), null);
});

Deno.test("Acceptor that is closed ends a pending accept, and closes its listener", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const acceptor = new Acceptor(listener, ignore);
  const accepted = acceptor.accept();
  assertEquals(acceptor.isWaiting, true);
  acceptor.close();
  acceptor.close();
  assertEquals(await accepted, null);
  assertEquals(acceptor.isWaiting, false);
  await assertRejects(() => listener.accept(), Deno.errors.BadResource);
});

for (
  const error of [
    new Deno.errors.NotConnected("Transport endpoint is not connected"),
    new Deno.errors.ConnectionReset("Connection reset by peer"),
    new Deno.errors.ConnectionAborted("Software caused connection abort"),
  ]
) {
  Deno.test(`Acceptor skips a connection that failed with ${error.name}`, async () => {
    const conn = connThat(() => {});
    const acceptor = new Acceptor(listenerThat([error, error, conn]), ignore);
    assertEquals(await acceptor.accept() === conn, true);
  });
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  Deno.test(`Acceptor waits while the system reports ${code}, and warns once`, async () => {
    const conn = connThat(() => {});
    const warnings: string[] = [];
    const acceptor = new Acceptor(
      listenerThat([exhausted(code), exhausted(code), exhausted(code), conn]),
      (line) => warnings.push(line),
    );
    assertEquals(await acceptor.accept() === conn, true);
    assertEquals(warnings.length, 1);
    assertEquals(warnings[0]?.includes(code), true);
  });
}

Deno.test("Acceptor can be closed while it waits for descriptors", async () => {
  const acceptor = new Acceptor(
    listenerThat(Array.from({ length: 10_000 }, () => exhausted("EMFILE"))),
    () => acceptor.close(),
  );
  assertEquals(await acceptor.accept(), null);
});

Deno.test("Acceptor throws an error that it does not know", async () => {
  const acceptor = new Acceptor(
    listenerThat([new Deno.errors.Busy("Busy")]),
    ignore,
  );
  await assertRejects(() => acceptor.accept(), Deno.errors.Busy);
});

Deno.test("Acceptor turns Nagle's algorithm off where the system allows it", async () => {
  const calls: boolean[] = [];
  const conn = connThat((on) => calls.push(on));
  const refused = connThat(() => {
    throw new TypeError("Invalid argument (os error 22)");
  });
  const acceptor = new Acceptor(listenerThat([conn, refused]), ignore);
  assertEquals(await acceptor.accept() === conn, true);
  assertEquals(calls, [true]);
  assertEquals(await acceptor.accept() === refused, true);
});

Deno.test("Acceptor waits a short time again after a connection was accepted", async () => {
  const conn = connThat(() => {});
  const delays: number[] = [];
  const five = () => Array.from({ length: 5 }, () => exhausted("EMFILE"));
  const acceptor = new Acceptor(
    listenerThat([...five(), conn, ...five(), conn]),
    ignore,
    (milliseconds) => {
      delays.push(milliseconds);
      return Promise.resolve();
    },
  );
  await acceptor.accept();
  await acceptor.accept();
  assertEquals(delays, [5, 10, 20, 40, 80, 5, 10, 20, 40, 80]);
});
