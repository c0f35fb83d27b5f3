import { assertEquals, assertThrows } from "@std/assert";
import { readExactly } from "../../../lib/io/mod.ts";
import {
  behindProxy,
  parseProxyHeader,
  ProxyProtocolError,
} from "../../../lib/tcp/_proxy_protocol.ts";
import { serveTcp, type ServeTcpOptions } from "../../../lib/tcp/mod.ts";
import { readToEnd } from "../../support/pair.ts";
import { binary } from "../../support/wire.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/** A header of version 2. */
function v2(command: number, family: number, addresses: number[]): Uint8Array {
  return new Uint8Array([
    ...binary(SIGNATURE),
    ...[command, family, addresses.length >> 8, addresses.length & 0xff],
    ...addresses,
  ]);
}

const V4 = [192, 0, 2, 1, 127, 0, 0, 1, 0xc8, 0x22, 0x27, 0x0f];
const V6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0xc8, 0x22, 0x27, 0x0f],
];
const CLIENT_4 = { hostname: "192.0.2.1", port: 51_234 };
const CLIENT_6 = { hostname: "2001:db8::1", port: 51_234 };

const GOOD: [what: string, header: Uint8Array, source: unknown][] = [
  [
    "v1 over IPv4",
    binary("PROXY TCP4 192.0.2.1 127.0.0.1 51234 9999\r\n"),
    CLIENT_4,
  ],
  [
    "v1 over IPv6",
    binary("PROXY TCP6 2001:db8::1 ::1 51234 9999\r\n"),
    CLIENT_6,
  ],
  ["v1 of an unknown client", binary("PROXY UNKNOWN\r\n"), null],
  [
    "v1 of an unknown client with addresses",
    binary("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),
    null,
  ],
  ["v2 over IPv4", v2(0x21, 0x11, V4), CLIENT_4],
  ["v2 over IPv6", v2(0x21, 0x21, V6), CLIENT_6],
  ["v2 with more fields", v2(0x21, 0x11, [...V4, 4, 0, 1, 0]), CLIENT_4],
  ["v2 of the proxy itself", v2(0x20, 0x00, []), null],
  ["v2 of the proxy itself, with addresses", v2(0x20, 0x11, V4), null],
  ["v2 of a Unix socket", v2(0x21, 0x31, new Array(216).fill(0)), null],
];

for (const [what, header, source] of GOOD) {
  Deno.test(`a PROXY protocol header is read: ${what}`, () => {
    const more = new Uint8Array([...header, ...binary("Sarah")]);
    assertEquals(parseProxyHeader(more), { length: header.length, source });
    for (let end = 1; end < header.length; end++) {
      assertEquals(parseProxyHeader(header.subarray(0, end)), null);
    }
  });
}

const BAD: [what: string, header: Uint8Array][] = [
  ["a name", binary("Sarah")],
  ["nearly v1", binary("PROXIES")],
  ["v1 without CR", binary("PROXY TCP4 192.0.2.1 127.0.0.1 51234 9999\n")],
  ["v1 that never ends", binary(`PROXY UNKNOWN ${"x".repeat(200)}`)],
  ["v1 with a name", binary("PROXY TCP4 example.com 127.0.0.1 1 2\r\n")],
  ["v1 with the wrong family", binary("PROXY TCP4 ::1 ::1 1 2\r\n")],
  ["v1 with a wrong port", binary("PROXY TCP4 1.2.3.4 1.2.3.4 70000 2\r\n")],
  ["v1 with too little", binary("PROXY TCP4 1.2.3.4\r\n")],
  ["v1 over UDP", binary("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n")],
  ["v2 of another version", v2(0x31, 0x11, V4)],
  ["v2 with another command", v2(0x22, 0x11, V4)],
  ["v2 with too little", v2(0x21, 0x21, V4)],
  ["v2 that is too long", v2(0x21, 0x11, new Array(5_000).fill(0))],
];

for (const [what, header] of BAD) {
  Deno.test(`a wrong PROXY protocol header is refused: ${what}`, () => {
    assertThrows(() => parseProxyHeader(header), ProxyProtocolError);
  });
}

/** Serves an echo, and notes its clients and errors. */
function echo(options: Partial<ServeTcpOptions> = {}) {
  const clients: string[] = [];
  const errors: unknown[] = [];
  const server = serveTcp(
    { port: 0, onError: (error) => errors.push(error), ...options },
    behindProxy(async (connection) => {
      clients.push(connection.remoteAddr.hostname);
      const buffer = new Uint8Array(1024);
      for (let n; (n = await connection.read(buffer)) !== null;) {
        await connection.write(buffer.subarray(0, n));
      }
    }),
  );
  return { server, clients, errors };
}

/** Sends these bytes, cut into pieces, and returns what comes back. */
async function ask(port: number, ...pieces: Uint8Array[]): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  for (const piece of pieces) await conn.write(piece);
  await conn.closeWrite();
  return await readToEnd(conn);
}

Deno.test("a server behind a proxy sees the client's address, and its bytes from the first", async () => {
  const { server, clients, errors } = echo();
  const { port } = server.addr;
  const header = v2(0x21, 0x11, V4);
  assertEquals(
    await ask(port, new Uint8Array([...header, ...binary("Sarah")])),
    "Sarah",
  );
  const v1 = binary("PROXY TCP6 2001:db8::1 ::1 51234 9999\r\n");
  const each = Array.from(v1, (byte) => new Uint8Array([byte]));
  assertEquals(await ask(port, ...each, binary("Tracy")), "Tracy");
  assertEquals(clients, ["192.0.2.1", "2001:db8::1"]);
  // A connection without a byte is closed, and no handler called.
  assertEquals(await ask(port), "");
  assertEquals([clients.length, errors], [2, []]);
  await server.shutdown();
});

Deno.test("a server behind a proxy keeps the real address where the header names none", async () => {
  const { server, clients, errors } = echo();
  const { port } = server.addr;
  const unnamed = GOOD.filter(([, , source]) => source === null);
  for (const [what, header] of unnamed) {
    const bytes = new Uint8Array([...header, ...binary("Sarah")]);
    assertEquals(await ask(port, bytes), "Sarah", what);
  }
  assertEquals(clients, unnamed.map(() => "127.0.0.1"));
  assertEquals(errors, []);
  await server.shutdown();
});

Deno.test("a server behind a proxy ends a connection without a correct header, and reports it", async () => {
  const { server, clients, errors } = echo();
  const { port } = server.addr;
  for (const wrong of ["Sarah", "PROXY TCP4 1.2.3.4\r\n", "PROXY TCP4 1.2"]) {
    assertEquals(await ask(port, binary(wrong)), "");
  }
  assertEquals(clients, []);
  assertEquals(errors.map((error) => error instanceof ProxyProtocolError), [
    true,
    true,
    true,
  ]);
  await server.shutdown();
});

Deno.test("a server behind a proxy gives up a header that does not come", async () => {
  const { server, errors } = echo({ idleTimeout: 20 });
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.addr.port,
  });
  await conn.write(binary("PROXY "));
  assertEquals(await conn.read(new Uint8Array(1)), null);
  assertEquals(errors.length, 1);
  await server.shutdown();
});

Deno.test("a shutdown answers what came behind a PROXY protocol header", async () => {
  const { server } = echo();
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.addr.port,
  });
  await conn.write(new Uint8Array([...v2(0x21, 0x11, V4), ...binary("Sarah")]));
  const ended = server.shutdown();
  assertEquals(await readExactly(conn, 5), binary("Sarah"));
  assertEquals(await conn.read(new Uint8Array(1)), null);
  conn.close();
  await ended;
});
