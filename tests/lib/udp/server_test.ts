import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { UdpServer, type UdpServerOptions } from "../../../lib/udp/mod.ts";
import { fakeSocket, FROM, LIMIT, openUdp } from "../../support/udp.ts";
import { encode } from "../../support/bytes.ts";

const hello = encode("hello");
const buffer = new Uint8Array(65_535);

/** Checks that the server has closed its socket. */
async function assertClosed(socket: Deno.DatagramConn) {
  const received = () => deadline(socket.receive(), LIMIT);
  await assertRejects(received, Deno.errors.BadResource);
}

/** A server on a socket of the system, and what it reports. */
function serve(options: UdpServerOptions = {}) {
  const socket = openUdp();
  const errors: string[] = [];
  const server = new UdpServer(socket, {
    onError: (error, { hostname }) =>
      errors.push(`${hostname}: ${(error as Error).message}`),
    ...options,
  });
  return { socket, server, errors };
}

Deno.test("UdpServer receives datagrams with the addresses of their senders, below 1024 too", async () => {
  const { socket, server } = serve();
  using _server = server;
  using peer = openUdp();
  assertEquals(server.addr, socket.addr);
  for (const datagram of [hello, new Uint8Array(), new Uint8Array(65_507)]) {
    await peer.send(datagram, socket.addr);
    assertEquals(await server.receive(buffer), [datagram, peer.addr]);
  }
  // The program decides which senders get a response: an NTP client has port 123.
  for (const port of [0, 67, 123, 1_023]) {
    const sender = { ...FROM, port };
    using service = new UdpServer(fakeSocket([[hello, sender]]));
    assertEquals(await service.receive(buffer), [hello, sender]);
  }
});

Deno.test("UdpServer closes its socket when its signal is aborted, whether it receives or not", async () => {
  for (const when of ["before", "idle", "receiving"]) {
    const stop = new AbortController();
    if (when === "before") stop.abort();
    const { socket, server } = serve({ signal: stop.signal });
    const received = when === "receiving" ? server.receive(buffer) : null;
    stop.abort();
    await assertClosed(socket);
    assertEquals(await received, null);
    assertEquals(await server.receive(buffer), null);
  }
});

Deno.test("UdpServer lets a datagram be answered that it has handed over, and closes then", async () => {
  for (const isAnswered of [true, false]) {
    const stop = new AbortController();
    const { socket, server, errors } = serve({ signal: stop.signal });
    using peer = openUdp();
    await peer.send(hello, socket.addr);
    const received = await server.receive(buffer);
    assert(received !== null);
    stop.abort();
    if (isAnswered) {
      await server.send(...received);
      assertEquals((await deadline(peer.receive(), LIMIT))[0], hello);
      await assertClosed(socket);
    }
    assertEquals(await server.receive(buffer), null);
    await assertClosed(socket);
    assertEquals(errors, []);
  }
});

Deno.test("UdpServer closes its socket when it is disposed, at once and once", async () => {
  for (const isReceiving of [true, false]) {
    const { socket, server, errors } = serve();
    const received = isReceiving ? server.receive(buffer) : null;
    server[Symbol.dispose]();
    server[Symbol.dispose]();
    await assertClosed(socket);
    assertEquals(await received, null);
    assertEquals(await server.receive(buffer), null);
    await server.send(hello, server.addr);
    assertEquals(errors.length, 1);
  }
});

Deno.test("UdpServer drops the datagram that came with the signal", async () => {
  const stop = new AbortController();
  const late = Promise.withResolvers<[Uint8Array<ArrayBuffer>, Deno.Addr]>();
  const socket = { ...fakeSocket([]), receive: () => late.promise };
  const server = new UdpServer(socket, { signal: stop.signal });
  const received = server.receive(buffer);
  late.resolve([hello, FROM]);
  stop.abort();
  assertEquals(await received, null);
});

Deno.test("UdpServer passes over what Windows says of one datagram, and hands on any other error", async () => {
  using server = new UdpServer(fakeSocket([
    new Deno.errors.ConnectionReset("(os error 10054)"),
    new Error("Too long for the buffer. (os error 10040)"),
    new Error("Too long on the way. (os error 10052)"),
    [hello, FROM],
    new Error("Input/output error"),
  ]));
  assertEquals(await server.receive(buffer), [hello, FROM]);
  await assertRejects(() => server.receive(buffer), Error, "Input/output");
});

Deno.test({
  name: "UdpServer reports what it cannot send, without a prompt, and goes on",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const { server, errors } = serve();
    using _server = server;
    await server.send(new Uint8Array(65_508), server.addr);
    await server.send(hello, { ...server.addr, hostname: "192.0.2.1" });
    const all = new UdpServer({
      ...fakeSocket([]),
      addr: { ...FROM, hostname: "0.0.0.0" },
    }, { onError: (error) => errors.push((error as Error).message) });
    await all.send(hello, { ...server.addr, hostname: "192.0.2.1" });
    const [tooLong = "", ...notAllowed] = errors;
    assert(/too long|\(os error 10040\)/.test(tooLong), tooLong);
    const missing = "Deno does not allow it; grant --allow-net";
    assertEquals(notAllowed, [`192.0.2.1: ${missing}=192.0.2.1`, missing]);
    await server.send(hello, server.addr);
    assertEquals((await server.receive(buffer))?.[0], hello);
  },
});

Deno.test("UdpServer reports on standard error when there is no onError", async () => {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line) => lines.push(line);
  try {
    using server = new UdpServer({
      ...fakeSocket([]),
      send: () => Promise.reject(new Error("No \x1b")),
    });
    await server.send(hello, { ...FROM, port: 51_234 });
  } finally {
    console.error = error;
  }
  assertEquals(lines, ["Cannot send to 127.0.0.1:51234: No \\x1b"]);
});

Deno.test("UdpServer goes on when its trace throws, and send throws what onError throws", async () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (error) => printed.push(error);
  const trace = () => {
    throw new Error("trace");
  };
  const onError = async () => {
    await null;
    throw new Error("onError");
  };
  try {
    using server = new UdpServer(openUdp(), { trace, onError });
    await server.send(hello, server.addr);
    assertEquals((await server.receive(buffer))?.[0], hello);
    const tooLong = new Uint8Array(65_508);
    await assertRejects(
      () => server.send(tooLong, server.addr),
      Error,
      "onError",
    );
  } finally {
    console.error = error;
  }
  assertEquals(printed.length, 4);
});
