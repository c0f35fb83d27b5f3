import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  type Endpoints,
  formatAddress,
  type StreamConn,
  Trace,
  traceConn,
  traceDatagrams,
} from "../../../lib/net/mod.ts";
import {
  openPair,
  openReset,
  TOO_MUCH,
} from "../../support/loopback_connection.ts";
import { openUdp } from "../../support/udp.ts";
import { encode } from "../../support/bytes.ts";

const ENDPOINTS: Endpoints = {
  transport: "TCP",
  local: { hostname: "127.0.0.1", port: 51234 },
  remote: { hostname: "::1", port: 9999 },
};

function newTrace(now?: () => number) {
  const lines: string[] = [];
  return { lines, trace: new Trace((line) => lines.push(line), now) };
}

Deno.test("Trace logs time, transport, both addresses and the number of bytes", () => {
  let time = 5_000;
  const { lines, trace } = newTrace(() => time);
  trace.log(ENDPOINTS, "->", "open");
  time += 12;
  trace.log(ENDPOINTS, "->", encode("Michael"));
  time += 61_000;
  trace.log({ ...ENDPOINTS, transport: "UDP" }, "<-", new Uint8Array(1));
  trace.log(ENDPOINTS, "<-", "end");
  assertEquals(lines, [
    "0.000 TCP 127.0.0.1:51234 -> [::1]:9999 open",
    "0.012 TCP 127.0.0.1:51234 -> [::1]:9999 7 bytes",
    "      4d 69 63 68 61 65 6c                              |Michael|",
    "61.012 UDP 127.0.0.1:51234 <- [::1]:9999 1 byte",
    "      00                                                |.|",
    "61.012 TCP 127.0.0.1:51234 <- [::1]:9999 end",
  ]);
});

Deno.test("Trace shows 64 bytes, 16 a line, and the number of those it leaves out", () => {
  const { lines, trace } = newTrace();
  for (
    const [bytes, count] of [[0, 1], [16, 2], [17, 3], [64, 5], [1_024, 6]]
  ) {
    trace.log(ENDPOINTS, "<-", new Uint8Array(bytes ?? 0));
    assertEquals(lines.at(-1) === "      … 960 more", bytes === 1_024);
    assertEquals(lines.splice(0).length, count);
  }
  // Bytes around a view are not shown.
  const whole = encode("secret0123456789abcdefghsecret");
  trace.log(ENDPOINTS, "->", whole.subarray(6, 24));
  assertEquals(lines.slice(1), [
    "      30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|",
    "      67 68                                             |gh|",
  ]);
});

/** A traced connection, and the lines about it without time and addresses. */
function record(conn: StreamConn) {
  const lines: string[] = [];
  const traced = traceConn(conn, new Trace((line) => lines.push(line)));
  const local = formatAddress(conn.localAddr);
  const events = () =>
    lines.flatMap((line) => {
      const [, time, from, arrow, what] =
        /^(\d+\.\d{3}) TCP (\S+) (->|<-) \S+ (.*)$/.exec(line) ?? [];
      if (time === undefined) return [];
      assertEquals(from, local);
      return [`${arrow} ${what}`];
    });
  return { lines, traced, events };
}

Deno.test("traceConn logs each call with the bytes that it moved, not those it was given", async () => {
  using pair = await openPair();
  const { lines, traced, events } = record(pair.ours);
  await pair.peers.write(encode("Welcome!"));
  const buffer = new Uint8Array(1_024);
  assertEquals(await traced.read(buffer.subarray(0, 5)), 5);
  assertEquals(await traced.read(buffer), 3);
  assertEquals(await traced.write(encode("Sarah")), 5);
  const some = await traced.write(TOO_MUCH);
  // Windows takes a write as a whole.
  assertEquals(some < TOO_MUCH.length, Deno.build.os !== "windows");
  const moved = ["<- 5 bytes", "<- 3 bytes", "-> 5 bytes", `-> ${some} bytes`];
  assertEquals(events(), ["-> open", ...moved]);
  const shown = lines.filter((line) => line.startsWith(" "))
    .map((line) => line.slice(line.indexOf("|")));
  assertEquals(shown.slice(0, 3), ["|Welco|", "|me!|", "|Sarah|"]);
  const remote = formatAddress(pair.ours.remoteAddr);
  assert(lines.every((line) => line[0] === " " || line.includes(remote)));
});

Deno.test("traceConn logs the end of either side, one close, and no error for a read that this side has interrupted", async () => {
  using pair = await openPair();
  const { traced, events } = record(pair.ours);
  await pair.peers.closeWrite();
  assertEquals(await traced.read(new Uint8Array(1)), null);
  await traced.closeWrite();
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  traced[Symbol.dispose]();
  traced[Symbol.dispose]();
  assertEquals(events(), ["-> open", "<- end", "-> end", "-> close"]);

  using other = await openPair();
  const pending = record(other.ours);
  const read = deadline(pending.traced.read(new Uint8Array(1)), 30_000);
  pending.traced[Symbol.dispose]();
  await assertRejects(() => read, Deno.errors.Interrupted);
  assertEquals(pending.events(), ["-> open", "-> close"]);
});

Deno.test("traceConn logs an error and throws it", async () => {
  const { traced, events } = record(await openReset());
  using _ = traced;
  await assertRejects(
    () => traced.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  // Windows says once more that it was reset, or aborted.
  const Closed = Deno.build.os === "windows" ? Error : Deno.errors.BrokenPipe;
  await assertRejects(() => traced.write(encode("a")), Closed);
  assertEquals(events(), ["-> open", "<- error", "<- error"]);
});

Deno.test("traceDatagrams logs each datagram with the peer's address, and none that could not be sent", async () => {
  const server = openUdp();
  using client = openUdp();
  const lines: string[] = [];
  const trace = new Trace((line) => lines.push(line), () => 0);
  const traced = traceDatagrams(server, trace);
  assertEquals(traced.addr, server.addr);
  await client.send(encode("Sarah"), server.addr);
  const buffer = new Uint8Array(65_535);
  const [datagram, sender] = await traced.receive(buffer);
  assertEquals([datagram.length, sender], [5, client.addr]);
  assertEquals(datagram.buffer === buffer.buffer, true);
  assertEquals(await traced.send(encode("Hello, Sarah!"), sender), 13);
  assertEquals((await client.receive())[0], encode("Hello, Sarah!"));
  await assertRejects(() => traced.send(new Uint8Array(70_000), sender), Error);
  await traced.send(new Uint8Array(), sender);
  // Closing ends a pending receive, which is no datagram.
  const received = deadline(traced.receive(), 30_000);
  traced.close();
  await assertRejects(() => received, Deno.errors.Interrupted);
  const [ours, theirs] = [server.addr, client.addr].map(formatAddress);
  assertEquals(lines, [
    `0.000 UDP ${ours} <- ${theirs} 5 bytes`,
    "      53 61 72 61 68                                    |Sarah|",
    `0.000 UDP ${ours} -> ${theirs} 13 bytes`,
    "      48 65 6c 6c 6f 2c 20 53  61 72 61 68 21           |Hello, Sarah!|",
    `0.000 UDP ${ours} -> ${theirs} 0 bytes`,
  ]);
});
