import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UdpSocket, type UdpSocketOptions } from "../../../lib/udp/mod.ts";
import { fakeSocket, FROM, LIMIT, openUdp } from "../../support/udp.ts";
import { encode } from "../../support/bytes.ts";

const hello = encode("hello");

function open(options?: UdpSocketOptions): UdpSocket {
  return new UdpSocket(openUdp(), options);
}

Deno.test("UdpSocket receives after a time-out what would have come in time", async () => {
  using socket = open();
  using peer = open();
  for (const timeout of [1, 0, -1]) {
    assertEquals(await socket.receive(timeout), undefined);
  }
  await peer.send(hello, socket.addr);
  assertEquals(await socket.receive(), [hello, peer.addr]);
  await peer.send(new Uint8Array(65_507), socket.addr);
  assertEquals((await socket.receive(LIMIT))?.[0].length, 65_507);
});

Deno.test("UdpSocket waits without a limit if the time-out is Infinity or longer than a timer can be", async () => {
  using socket = open();
  using peer = open();
  for (const timeout of [Infinity, 1e12]) {
    const received = socket.receive(timeout);
    assertEquals(await peer.receive(30), undefined);
    await peer.send(hello, socket.addr);
    assertEquals(await received, [hello, peer.addr]);
  }
  await assertRejects(() => socket.receive(NaN), RangeError, "timeout NaN");
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
  const received = socket.receive();
  stop.abort(new Error("stopped"));
  await assertRejects(() => received, Error, "stopped");
  await assertRejects(() => socket.receive(), Error, "stopped");
  await socket.send(hello, peer.addr);
  assertEquals(await peer.receive(LIMIT), [hello, socket.addr]);
});

Deno.test("UdpSocket rejects the pending receive when it is closed, and a second one at once", async () => {
  const socket = open();
  const received = socket.receive();
  await assertRejects(() => socket.receive(1), Deno.errors.Busy);
  socket[Symbol.dispose]();
  socket[Symbol.dispose]();
  await assertRejects(() => received, Deno.errors.Interrupted);
  await assertRejects(() => socket.receive(), Deno.errors.BadResource);
});

Deno.test("UdpSocket closes with a receive that no call waits for", async () => {
  const socket = open();
  assertEquals(await socket.receive(1), undefined);
  socket[Symbol.dispose]();
  await assertRejects(() => socket.send(hello, FROM), Deno.errors.BadResource);
});

Deno.test("UdpSocket.receiveAny returns what comes to any of the sockets, and loses nothing", async () => {
  using first = open();
  using second = open();
  using peer = open();
  for (const socket of [first, second, first, first]) {
    const received = UdpSocket.receiveAny([first, second], LIMIT);
    await peer.send(hello, socket.addr);
    assertEquals(await received, [hello, peer.addr]);
  }
  // Two at once: the second one stays for the next call.
  for (const socket of [first, second]) await peer.send(hello, socket.addr);
  for (let i = 0; i < 2; i++) {
    assertEquals(
      (await UdpSocket.receiveAny([second, first], LIMIT))?.length,
      2,
    );
  }
  assertEquals(await UdpSocket.receiveAny([first, second], 1), undefined);
});

Deno.test("UdpSocket traces what it sends and receives", async () => {
  const lines: string[] = [];
  using socket = open({ trace: (line) => lines.push(line) });
  await socket.send(hello, socket.addr);
  await socket.receive(LIMIT);
  assertEquals(lines.filter((line) => line.endsWith(" 5 bytes")).length, 2);
});

Deno.test("UdpSocket receives on where Windows reports an earlier send, and an error is of one receive", async () => {
  using socket = new UdpSocket(fakeSocket([
    new Deno.errors.ConnectionReset("(os error 10054)"),
    new Deno.errors.ConnectionRefused("(os error 10061)"),
    [hello, FROM],
    new Error("broken"),
    [hello, FROM],
  ]));
  assertEquals(await socket.receive(), [hello, FROM]);
  await assertRejects(() => socket.receive(), Error, "broken");
  assertEquals(await socket.receive(), [hello, FROM]);
});

Deno.test("UdpSocket refuses a socket that is not UDP", () => {
  const unix = { transport: "unixpacket", path: "/run/x" } as const;
  assertThrows(
    () => new UdpSocket({ ...fakeSocket([]), addr: unix }),
    TypeError,
    'Not a UDP socket: transport "unixpacket"',
  );
});
