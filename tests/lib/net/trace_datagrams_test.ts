import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { formatAddress } from "../../../lib/net/address.ts";
import { Trace } from "../../../lib/net/trace.ts";
import { traceDatagrams } from "../../../lib/net/trace.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function open(): Deno.DatagramConn & { addr: Deno.NetAddr } {
  return Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  }) as Deno.DatagramConn & { addr: Deno.NetAddr };
}

Deno.test("traceDatagrams writes down each datagram, with its other end", async () => {
  const server = open();
  const client = open();
  const lines: string[] = [];
  const traced = traceDatagrams(
    server,
    new Trace((line) => lines.push(line), () => 0),
  );
  assertEquals(traced.addr, server.addr);
  await client.send(encode("Sarah"), server.addr);
  const buffer = new Uint8Array(65_535);
  const [datagram, sender] = await traced.receive(buffer);
  assertEquals([datagram.length, sender], [5, client.addr]);
  assertEquals(datagram.buffer === buffer.buffer, true);
  assertEquals(await traced.send(encode("Hello, Sarah!"), sender), 13);
  assertEquals((await client.receive())[0], encode("Hello, Sarah!"));
  const [ours, theirs] = [server.addr, client.addr].map(formatAddress);
  assertEquals(lines, [
    `0.000 UDP ${ours} <- ${theirs} 5 bytes`,
    "      53 61 72 61 68                                    |Sarah|",
    `0.000 UDP ${ours} -> ${theirs} 13 bytes`,
    "      48 65 6c 6c 6f 2c 20 53  61 72 61 68 21           |Hello, Sarah!|",
  ]);
  traced.close();
  client.close();
});

Deno.test("traceDatagrams shows that an empty datagram is one too", async () => {
  const lines: string[] = [];
  const traced = traceDatagrams(open(), new Trace((line) => lines.push(line)));
  await traced.send(new Uint8Array(), traced.addr);
  await traced.receive();
  traced.close();
  assertEquals(lines.length, 2);
  assertMatch(lines[0] ?? "", / -> \S+ 0 bytes$/);
  assertMatch(lines[1] ?? "", / <- \S+ 0 bytes$/);
});

Deno.test("traceDatagrams writes down nothing that was not sent", async () => {
  const lines: string[] = [];
  const traced = traceDatagrams(open(), new Trace((line) => lines.push(line)));
  await assertRejects(
    () => traced.send(new Uint8Array(70_000), traced.addr),
    Error,
  );
  traced.close();
  assertEquals(lines, []);
});

Deno.test("traceDatagrams closes the socket, and so ends a receive that waits", async () => {
  const lines: string[] = [];
  const traced = traceDatagrams(open(), new Trace((line) => lines.push(line)));
  const received = traced.receive();
  traced.close();
  await assertRejects(
    () => deadline(received, 30_000),
    Deno.errors.Interrupted,
  );
  assertEquals(lines, []);
});
