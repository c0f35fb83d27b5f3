import { assertEquals, assertMatch } from "@std/assert";
import { type Endpoints, Trace } from "../../../lib/net/trace.ts";

const ENDS: Endpoints = {
  transport: "TCP",
  local: { hostname: "127.0.0.1", port: 51234 },
  remote: { hostname: "::1", port: 9999 },
};

/** The form that whoever reads a trace by program relies on. */
const HEAD =
  /^\d+\.\d{3} (?:TCP|UDP) \S+:\d+ (?:->|<-) \S+:\d+ (?:open|end|close|error|1 byte|\d+ bytes)$/;

function record(now?: () => number) {
  const lines: string[] = [];
  return { lines, trace: new Trace((line) => lines.push(line), now) };
}

Deno.test("Trace says when, over what, who to whom, and how many bytes", () => {
  let time = 5_000;
  const { lines, trace } = record(() => time);
  trace.did(ENDS, "open");
  time += 12;
  trace.sent(ENDS, new TextEncoder().encode("Michael"));
  time += 61_000;
  trace.received({ ...ENDS, transport: "UDP" }, new Uint8Array(1));
  trace.saw(ENDS, "end");
  assertEquals(lines, [
    "0.000 TCP 127.0.0.1:51234 -> [::1]:9999 open",
    "0.012 TCP 127.0.0.1:51234 -> [::1]:9999 7 bytes",
    "      4d 69 63 68 61 65 6c                              |Michael|",
    "61.012 UDP 127.0.0.1:51234 <- [::1]:9999 1 byte",
    "      00                                                |.|",
    "61.012 TCP 127.0.0.1:51234 <- [::1]:9999 end",
  ]);
});

Deno.test("Trace shows 64 bytes, and says how many it left out", () => {
  const { lines, trace } = record();
  trace.sent(ENDS, new Uint8Array(64));
  assertEquals(lines.splice(0).length, 5);
  trace.received(ENDS, new Uint8Array(1_024));
  assertEquals(lines.length, 6);
  assertEquals(lines.at(-1), "      … 960 more");
});

Deno.test("Trace shows an empty datagram as one line", () => {
  const { lines, trace } = record();
  trace.received({ ...ENDS, transport: "UDP" }, new Uint8Array());
  assertEquals(lines.length, 1);
  assertMatch(lines[0] ?? "", / <- .* 0 bytes$/);
});

Deno.test("Trace lets no bytes pass for a line of its own", () => {
  const { lines, trace } = record();
  const forged = "\n0.000 TCP 127.0.0.1:1 -> 127.0.0.1:2 close\n\x1b[2J\r";
  trace.received(ENDS, new TextEncoder().encode(forged));
  const [head, ...rest] = lines;
  assertMatch(head ?? "", HEAD);
  for (const line of rest) {
    assertMatch(line, /^ {6}[\x20-\x7e]+$/);
    assertEquals(HEAD.test(line), false);
  }
});

Deno.test("Trace begins every line of its own in one form", () => {
  const { lines, trace } = record();
  for (const event of ["open", "end", "close", "error"] as const) {
    trace.did(ENDS, event);
    trace.saw(ENDS, event);
  }
  assertEquals(lines.length, 8);
  for (const line of lines) assertMatch(line, HEAD);
});
