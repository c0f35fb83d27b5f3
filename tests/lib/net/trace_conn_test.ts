import { assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { formatAddress } from "../../../lib/net/address.ts";
import type { StreamConn } from "../../../lib/net/sockets.ts";
import { Trace } from "../../../lib/net/trace.ts";
import { traceConn } from "../../../lib/net/trace.ts";
import { openPair, openReset } from "../../support/pair.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A traced connection, and the lines of its own without time and addresses. */
function record(conn: StreamConn & { localAddr: Deno.NetAddr }) {
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

Deno.test("traceConn writes down each call with the bytes that it moved", async () => {
  using pair = await openPair();
  const { lines, traced, events } = record(pair.ours);
  await pair.peers.write(encode("Welcome!"));
  const buffer = new Uint8Array(1_024);
  assertEquals(await traced.read(buffer.subarray(0, 5)), 5);
  assertEquals(await traced.read(buffer), 3);
  assertEquals(await traced.write(encode("Sarah")), 5);
  assertEquals(await pair.peers.read(buffer), 5);
  assertEquals(events(), ["-> open", "<- 5 bytes", "<- 3 bytes", "-> 5 bytes"]);
  const shown = lines.filter((line) => line.startsWith(" "))
    .map((line) => line.slice(line.indexOf("|")));
  assertEquals(shown, ["|Welco|", "|me!|", "|Sarah|"]);
  const remote = formatAddress(pair.ours.remoteAddr);
  assertEquals(lines.every((l) => l[0] === " " || l.includes(remote)), true);
});

Deno.test("traceConn writes down what a write took, and not what it was given", async () => {
  using pair = await openPair();
  const slow: StreamConn & { localAddr: Deno.NetAddr } = {
    localAddr: pair.ours.localAddr,
    remoteAddr: pair.ours.remoteAddr,
    read: (p) => pair.ours.read(p),
    write: () => Promise.resolve(2),
    closeWrite: () => pair.ours.closeWrite(),
    [Symbol.dispose]: () => {},
  };
  const { traced, events, lines } = record(slow);
  assertEquals(await traced.write(encode("Sarah")), 2);
  assertEquals(events(), ["-> open", "-> 2 bytes"]);
  assertEquals(lines.at(-1)?.endsWith("|Sa|"), true);
});

Deno.test("traceConn tells the end of either side, and closes once", async () => {
  using pair = await openPair();
  const { traced, events } = record(pair.ours);
  await pair.peers.closeWrite();
  assertEquals(await traced.read(new Uint8Array(1)), null);
  await traced.closeWrite();
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  traced[Symbol.dispose]();
  traced[Symbol.dispose]();
  assertEquals(events(), ["-> open", "<- end", "-> end", "-> close"]);
  await assertRejects(
    () => pair.ours.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("traceConn writes down that something went wrong, and hands it on", async () => {
  const { traced, events } = record(await openReset());
  using _ = traced;
  await assertRejects(
    () => traced.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  await assertRejects(() => traced.write(encode("a")), Deno.errors.BrokenPipe);
  assertEquals(events(), ["-> open", "<- error", "<- error"]);
});

Deno.test("traceConn does not blame the peer for a read that this side has ended", async () => {
  using pair = await openPair();
  const { traced, events } = record(pair.ours);
  const read = traced.read(new Uint8Array(1));
  traced[Symbol.dispose]();
  await assertRejects(
    () => deadline(read, 30_000),
    Deno.errors.Interrupted,
  );
  assertEquals(events(), ["-> open", "-> close"]);
});
