import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AnyDatagramSocket } from "../../../lib/net/mod.ts";
import { UdpServer, type UdpServerOptions } from "../../../lib/udp/mod.ts";
import { Refusals } from "../../../lib/udp/_refusals.ts";
import { deno } from "../../support/scripts.ts";

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

Deno.test("UdpServer receives datagrams with the addresses of their senders", async () => {
  const stop = new AbortController();
  const socket = open();
  const peer = open();
  const server = new UdpServer(socket, { signal: stop.signal });
  assertEquals(server.addr, socket.addr as Deno.NetAddr);
  for (const datagram of [hello, new Uint8Array(), new Uint8Array(65_507)]) {
    await peer.send(datagram, socket.addr);
    const received = await server.receive(buffer);
    assertEquals(received, [datagram, peer.addr as Deno.NetAddr]);
  }
  peer.close();
  stop.abort();
  assertEquals(await server.receive(buffer), null);
  await assertClosed(socket);
});

Deno.test("UdpServer ends the pending receive at its signal, and stays closed", async () => {
  const stop = new AbortController();
  const socket = open();
  const server = new UdpServer(socket, { signal: stop.signal });
  const received = server.receive(buffer);
  stop.abort();
  assertEquals(await received, null);
  assertEquals(await server.receive(buffer), null);
  await assertClosed(socket);
});

Deno.test("UdpServer lets an answer be sent before it closes", async () => {
  const stop = new AbortController();
  const socket = open();
  const peer = open();
  const server = new UdpServer(socket, { signal: stop.signal });
  await peer.send(hello, socket.addr);
  const received = await server.receive(buffer);
  assert(received !== null);
  stop.abort();
  await server.send(...received);
  assertEquals((await peer.receive())[0], hello);
  assertEquals(await server.receive(buffer), null);
  await assertClosed(socket);
  peer.close();
});

/** A socket whose receives come out as told. */
function socketThat(outcomes: (() => Promise<[Uint8Array, Deno.Addr]>)[]) {
  const addr: Deno.NetAddr = {
    transport: "udp",
    hostname: "127.0.0.1",
    port: 9999,
  };
  let closed = 0;
  const socket: AnyDatagramSocket = {
    addr,
    receive: () => (outcomes.shift() ?? (() => new Promise(() => {})))(),
    send: (p) => Promise.resolve(p.length),
    close: () => void closed++,
  };
  return { socket, addr, closed: () => closed };
}

Deno.test("UdpServer passes over what Windows says of an earlier answer", async () => {
  const { socket, addr } = socketThat([
    () => Promise.reject(new Deno.errors.ConnectionReset("(os error 10054)")),
    () => Promise.resolve([hello, addr]),
  ]);
  const server = new UdpServer(socket);
  assertEquals((await server.receive(buffer))?.[0], hello);
});

Deno.test("UdpServer hands on any other error", async () => {
  const { socket } = socketThat([
    () => Promise.reject(new Error("Input/output error")),
  ]);
  const server = new UdpServer(socket);
  await assertRejects(() => server.receive(buffer), Error, "Input/output");
});

Deno.test("UdpServer drops the datagram that came with the signal, and closes once", async () => {
  const stop = new AbortController();
  const late = Promise.withResolvers<[Uint8Array, Deno.Addr]>();
  const { socket, addr, closed } = socketThat([() => late.promise]);
  const server = new UdpServer(socket, { signal: stop.signal });
  const received = server.receive(buffer);
  late.resolve([hello, addr]);
  stop.abort();
  assertEquals(await received, null);
  assertEquals(closed(), 1);
});

/** Options that note what is reported. */
function noting() {
  const errors: [message: string, port: number][] = [];
  const warnings: string[] = [];
  const options: UdpServerOptions = {
    onError: (error, { port }) => errors.push([(error as Error).message, port]),
    warn: (line) => warnings.push(line),
  };
  return { errors, warnings, options };
}

Deno.test("UdpServer reports what it cannot send, and goes on", async () => {
  const stop = new AbortController();
  const socket = open();
  const { errors, options } = noting();
  const server = new UdpServer(socket, { ...options, signal: stop.signal });
  await server.send(new Uint8Array(65_508), server.addr);
  assertEquals(errors.length, 1);
  assert(errors[0]?.[0].includes("too long"), errors[0]?.[0]);
  // No datagram may be sent to this address: nothing waits for a prompt.
  await server.send(hello, { ...server.addr, hostname: "192.0.2.1" });
  assertEquals(
    errors[1]?.[0],
    "Deno does not allow it; grant --allow-net=192.0.2.1",
  );
  await server.send(hello, server.addr);
  assertEquals((await server.receive(buffer))?.[0], hello);
  stop.abort();
  assertEquals(await server.receive(buffer), null);
});

Deno.test("UdpServer passes its reports to warn when there is no onError", async () => {
  const { socket } = socketThat([]);
  socket.send = () => Promise.reject(new Error("No \x1b"));
  const { warnings, options: { warn } } = noting();
  const server = new UdpServer(socket, { warn });
  await server.send(hello, { ...server.addr, port: 51_234 });
  assertEquals(warnings, [
    "Datagram of 127.0.0.1:51234 not answered: No \\x1b",
  ]);
});

Deno.test("UdpServer does not answer the port of a service, and counts that", async () => {
  const stop = new AbortController();
  const from = (port: number) => () =>
    Promise.resolve<[Uint8Array, Deno.Addr]>([hello, { ...addr, port }]);
  const { socket, addr } = socketThat(
    [0, 7, 19, 1023, 1024, 19].map((port) => () => from(port)()),
  );
  const { errors, options } = noting();
  const server = new UdpServer(socket, { ...options, signal: stop.signal });
  assertEquals((await server.receive(buffer))?.[1].port, 1024);
  assertEquals(errors, [
    ["1 datagram not answered: a client has no port below 1024", 0],
  ]);
  // The rest is reported at the end.
  const ended = server.receive(buffer);
  stop.abort();
  assertEquals(await ended, null);
  assertEquals(errors.slice(1).map(([message]) => message), [
    "3 datagrams not answered: a client has no port below 1024",
  ]);
});

Deno.test("UdpServer reports what is left with the next datagram after a second", async () => {
  const { socket, addr } = socketThat(
    [7, 7, 50_000, 50_000].map((port) => () =>
      Promise.resolve([hello, { ...addr, port }])
    ),
  );
  const { errors, options } = noting();
  const server = new UdpServer(socket, options);
  await server.receive(buffer);
  assertEquals(errors.length, 1);
  const { now } = performance;
  performance.now = () => now.call(performance) + 1_000;
  try {
    await server.receive(buffer);
  } finally {
    performance.now = now;
  }
  assertEquals(errors.length, 2);
});

Deno.test("UdpServer does not hand over what isLoop tells, and counts that", async () => {
  const loop = new TextEncoder().encode("loop");
  const { socket, addr } = socketThat(
    [loop, hello].map((datagram) => () => Promise.resolve([datagram, addr])),
  );
  const { errors, options } = noting();
  const server = new UdpServer(socket, {
    ...options,
    isLoop: (datagram, { port }) => datagram === loop && port === addr.port,
  });
  assertEquals((await server.receive(buffer))?.[0], hello);
  assertEquals(errors, [
    ["1 datagram not answered: a loop of answers", 9999],
  ]);
});

Deno.test("UdpServer says which address of a name it is bound to", () => {
  const { socket } = socketThat([]);
  for (
    const [hostname, lines] of [
      [
        "localhost",
        ["Bound to 127.0.0.1:9999 alone, the first address of localhost"],
      ],
      ["127.0.0.1", []],
      [undefined, []],
    ] as const
  ) {
    const { warnings, options } = noting();
    new UdpServer(socket, { ...options, hostname });
    assertEquals(warnings, [...lines]);
  }
});

Deno.test("Refusals are reported once a second for each reason, with their number", () => {
  const reports: string[] = [];
  let now = 0;
  const refusals = new Refusals(
    ({ message }, { port }) => reports.push(`${now} ${port} ${message}`),
    () => now,
  );
  const from = (port: number): Deno.NetAddr => (
    { transport: "udp", hostname: "127.0.0.1", port }
  );
  refusals.report();
  refusals.add("a", from(1));
  refusals.add("a", from(2));
  refusals.add("b", from(3));
  now = 999;
  refusals.add("a", from(4));
  now = 1_000;
  refusals.report();
  refusals.report();
  now = 1_500;
  refusals.add("a", from(5));
  refusals.flush();
  refusals.flush();
  assertEquals(reports, [
    "0 1 1 datagram not answered: a",
    "0 3 1 datagram not answered: b",
    "1000 4 2 datagrams not answered: a",
    "1500 5 1 datagram not answered: a",
  ]);
});

Deno.test("UdpServer says at its start what must be allowed to answer, without a prompt", async () => {
  const code = `
    const { UdpServer } = await import(Deno.args[0]);
    const [hostname] = Deno.args.slice(1);
    const addr = { transport: "udp", hostname, port: 9999 };
    new UdpServer({ addr }, { warn: (line) => console.log(line) });
  `;
  const lib = new URL("../../../lib/udp/mod.ts", import.meta.url).href;
  const all = (host: string) =>
    "Can answer only the hosts that --allow-net lists; to answer all clients " +
    `of ${host}:9999, grant --allow-net without a list\n`;
  const one = (host: string) =>
    `Cannot answer the clients of ${host}:9999, of which each has a port of ` +
    `its own; grant --allow-net=${host}\n`;
  const cases: [hostname: string, net: string, line: string][] = [
    ["0.0.0.0", "net=0.0.0.0", all("0.0.0.0")],
    ["::", "net=[::]", all("[::]")],
    ["192.0.2.1", "net=192.0.2.1", all("192.0.2.1")],
    ["0.0.0.0", "net", ""],
    ["127.0.0.1", "net=127.0.0.1:9999", one("127.0.0.1")],
    ["::1", "net=[::1]:9999", one("[::1]")],
    ["127.0.0.1", "net=127.0.0.1", ""],
    ["::1", "net=[::1]", ""],
  ];
  for (const [hostname, net, line] of cases) {
    await using process = deno(
      `data:application/typescript,${encodeURIComponent(code)}`,
      [lib, hostname],
      { allow: ["read", net] },
    );
    const { stdout, stderr } = await process.ended();
    assertEquals({ stdout, stderr }, { stdout: line, stderr: "" });
  }
});
