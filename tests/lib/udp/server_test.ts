import { assertEquals, assertRejects } from "@std/assert";
import { DatagramReceiver } from "../../../lib/udp/server.ts";
import type { DatagramSocket } from "../../../lib/net/sockets.ts";

const hello = new TextEncoder().encode("hello");
const buffer = new Uint8Array(65_535);

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
}

async function assertClosed(socket: Deno.DatagramConn) {
  await assertRejects(() => socket.receive(), Deno.errors.BadResource);
}

Deno.test("DatagramReceiver receives datagrams and says who has sent them", async () => {
  const stop = new AbortController();
  const socket = open();
  const peer = open();
  const receiver = new DatagramReceiver(socket, { signal: stop.signal });
  for (const datagram of [hello, new Uint8Array(), new Uint8Array(65_507)]) {
    await peer.send(datagram, socket.addr);
    const received = await receiver.receive(buffer);
    assertEquals(received, [datagram, peer.addr as Deno.NetAddr]);
  }
  peer.close();
  stop.abort();
  assertEquals(await receiver.receive(buffer), null);
  await assertClosed(socket);
});

Deno.test("DatagramReceiver ends the receive that waits, and stays closed", async () => {
  const stop = new AbortController();
  const socket = open();
  const receiver = new DatagramReceiver(socket, { signal: stop.signal });
  const received = receiver.receive(buffer);
  stop.abort();
  assertEquals(await received, null);
  assertEquals(await receiver.receive(buffer), null);
  await assertClosed(socket);
});

Deno.test("DatagramReceiver lets an answer be sent before it closes", async () => {
  const stop = new AbortController();
  const socket = open();
  const receiver = new DatagramReceiver(socket, { signal: stop.signal });
  await socket.send(hello, socket.addr);
  const received = await receiver.receive(buffer);
  stop.abort();
  assertEquals(await socket.send(hello, received?.[1] ?? socket.addr), 5);
  assertEquals(await receiver.receive(buffer), null);
  await assertClosed(socket);
});

/** A socket whose receives come out as told. */
function socketThat(outcomes: (() => Promise<[Uint8Array, Deno.Addr]>)[]) {
  const addr: Deno.Addr = { transport: "udp", hostname: "127.0.0.1", port: 9 };
  let closed = 0;
  const socket: DatagramSocket = {
    addr,
    receive: () => (outcomes.shift() ?? (() => new Promise(() => {})))(),
    send: (p) => Promise.resolve(p.length),
    close: () => void closed++,
  };
  return { socket, addr, closed: () => closed };
}

Deno.test("DatagramReceiver passes over what Windows says of an earlier answer", async () => {
  const { socket, addr } = socketThat([
    () => Promise.reject(new Deno.errors.ConnectionReset("(os error 10054)")),
    () => Promise.resolve([hello, addr]),
  ]);
  const receiver = new DatagramReceiver(socket, {
    signal: new AbortController().signal,
  });
  assertEquals((await receiver.receive(buffer))?.[0], hello);
});

Deno.test("DatagramReceiver hands on any other error", async () => {
  const { socket } = socketThat([
    () => Promise.reject(new Error("Input/output error")),
  ]);
  const receiver = new DatagramReceiver(socket, {
    signal: new AbortController().signal,
  });
  await assertRejects(() => receiver.receive(buffer), Error, "Input/output");
});

Deno.test("DatagramReceiver drops the datagram that came with the end, and closes once", async () => {
  const stop = new AbortController();
  const late = Promise.withResolvers<[Uint8Array, Deno.Addr]>();
  const { socket, addr, closed } = socketThat([() => late.promise]);
  const receiver = new DatagramReceiver(socket, { signal: stop.signal });
  const received = receiver.receive(buffer);
  late.resolve([hello, addr]);
  stop.abort();
  assertEquals(await received, null);
  assertEquals(closed(), 1);
});
