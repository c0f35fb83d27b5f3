import { assertEquals, assertRejects } from "@std/assert";
import { UdpSocket, type UdpSocketOptions } from "../../../lib/udp/mod.ts";

const hello = new TextEncoder().encode("hello");

function open(options?: UdpSocketOptions): UdpSocket {
  const local = { hostname: "127.0.0.1", port: 0 };
  const socket = Deno.listenDatagram({ transport: "udp", ...local });
  return new UdpSocket(socket, options);
}

Deno.test("UdpSocket receives after a time-out what would have come in time", async () => {
  using socket = open();
  using peer = open();
  assertEquals(await socket.receive(1), null);
  assertEquals(await socket.receive(-1), null);
  await peer.send(hello, socket.addr);
  assertEquals(await socket.receive(), [hello, peer.addr]);
  await peer.send(new Uint8Array(65_507), socket.addr);
  assertEquals((await socket.receive(30_000))?.[0].length, 65_507);
});

Deno.test("UdpSocket receives what lies ready when a stopped process goes on after the time-out", async () => {
  using socket = open();
  const { hostname, port } = socket.addr;
  const program = `
    const s = Deno.listenDatagram({ transport: "udp", hostname: "${hostname}", port: 0 });
    await s.send(new TextEncoder().encode("hello"), { transport: "udp", hostname: "${hostname}", port: ${port} });`;
  for (const timeout of [1, 0]) {
    const received = socket.receive(timeout);
    // Nothing of this program runs meanwhile, as after Ctrl-Z.
    const args = ["eval", "--unstable-net", "--no-config", program];
    new Deno.Command(Deno.execPath(), { args }).outputSync();
    assertEquals((await received)?.[0], hello);
  }
});

Deno.test("UdpSocket ends a receive with the reason of its signal, and can still send", async () => {
  const stop = new AbortController();
  using socket = open({ signal: stop.signal });
  using peer = open();
  const received = socket.receive(30_000);
  stop.abort(new Error("stopped"));
  await assertRejects(() => received, Error, "stopped");
  await assertRejects(() => socket.receive(), Error, "stopped");
  await socket.send(hello, peer.addr);
  assertEquals(await peer.receive(30_000), [hello, socket.addr]);
});

Deno.test("UdpSocket rejects the pending receive when it is closed", async () => {
  const socket = open();
  const received = socket.receive();
  socket[Symbol.dispose]();
  socket[Symbol.dispose]();
  await assertRejects(() => received, Deno.errors.Interrupted);
  await assertRejects(() => socket.receive(), Deno.errors.BadResource);
});

Deno.test("UdpSocket traces what it sends and receives", async () => {
  const lines: string[] = [];
  using socket = open({ trace: (line) => lines.push(line) });
  await socket.send(hello, socket.addr);
  await socket.receive(30_000);
  assertEquals(lines.filter((line) => line.endsWith(" 5 bytes")).length, 2);
});

Deno.test("UdpSocket receives on where Windows reports an earlier send", async () => {
  const outcomes = [
    () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
    () => Promise.resolve([hello, addr] as [Uint8Array, Deno.Addr]),
    () => Promise.reject(new Error("broken")),
    () => Promise.resolve([hello, addr] as [Uint8Array, Deno.Addr]),
  ];
  const addr: Deno.NetAddr = {
    transport: "udp",
    hostname: "127.0.0.1",
    port: 1,
  };
  using socket = new UdpSocket({
    addr,
    receive: () => outcomes.shift()?.() ?? Promise.reject(),
    send: () => Promise.resolve(0),
    close() {},
  });
  assertEquals(await socket.receive(), [hello, addr]);
  // An error is of one receive, and not of the next one.
  await assertRejects(() => socket.receive(), Error, "broken");
  assertEquals(await socket.receive(), [hello, addr]);
});
