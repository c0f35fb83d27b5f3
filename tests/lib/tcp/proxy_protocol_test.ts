import { assert, assertEquals } from "@std/assert";
import { readExactly } from "../../../lib/io/mod.ts";
import { formatAddress } from "../../../lib/net/mod.ts";
import {
  behindProxy,
  ProxyProtocolError,
  serveTcp,
  type ServeTcpOptions,
} from "../../../lib/tcp/mod.ts";
import { connect } from "../../support/connection.ts";
import { readToEnd } from "../../support/loopback_connection.ts";
import { binary } from "../../support/bytes.ts";

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
const CLIENT_4 = "192.0.2.1:51234";
const CLIENT_6 = "[2001:db8::1]:51234";

const v1 = (text: string) => binary(`PROXY ${text}\r\n`);

/** Headers, and the address that each names; `null`: none. */
const GOOD: [what: string, header: Uint8Array, client: string | null][] = [
  ["v1, IPv4", v1("TCP4 192.0.2.1 127.0.0.1 51234 9999"), CLIENT_4],
  ["v1, IPv6", v1("TCP6 2001:db8::1 ::1 51234 9999"), CLIENT_6],
  ["v1 of an unknown client", v1("UNKNOWN"), null],
  ["v1 of one with addresses", v1("UNKNOWN ffff::1 ffff::2 1 2"), null],
  ["v2, IPv4", v2(0x21, 0x11, V4), CLIENT_4],
  ["v2, IPv6", v2(0x21, 0x21, V6), CLIENT_6],
  ["v2 with more fields", v2(0x21, 0x11, [...V4, 4, 0, 1, 0]), CLIENT_4],
  ["v2 of the proxy itself", v2(0x20, 0x00, []), null],
  ["v2 of the proxy itself, with addresses", v2(0x20, 0x11, V4), null],
  ["v2 of a Unix socket", v2(0x21, 0x31, new Array(216).fill(0)), null],
];

/** Serves an echo behind a proxy, which says first where the client is. */
function echo(options: Partial<ServeTcpOptions> = {}) {
  const errors: unknown[] = [];
  const server = serveTcp(
    { port: 0, onError: (error) => errors.push(error), ...options },
    behindProxy(async (connection) => {
      await connection.write(
        binary(`${formatAddress(connection.remoteAddr)} `),
      );
      const buffer = new Uint8Array(1024);
      for (let n; (n = await connection.read(buffer)) !== null;) {
        await connection.write(buffer.subarray(0, n));
      }
    }),
  );
  return { server, errors, port: server.addr.port };
}

/** Sends these bytes, cut into pieces; what comes back, and this side's address. */
async function ask(port: number, ...pieces: Uint8Array[]) {
  using conn = await connect(port);
  conn.setNoDelay(true);
  for (const piece of pieces) await conn.write(piece);
  await conn.closeWrite();
  return {
    answer: await readToEnd(conn),
    address: formatAddress(conn.localAddr),
  };
}

for (const [what, header, client] of GOOD) {
  Deno.test(`behindProxy reads ${what}, whole and byte by byte, and all that follows`, async () => {
    const { server, errors, port } = echo();
    const name = binary("Sarah");
    const each = Array.from(header, (byte) => new Uint8Array([byte]));
    for (
      const pieces of [[new Uint8Array([...header, ...name])], [...each, name]]
    ) {
      const { answer, address } = await ask(port, ...pieces);
      assertEquals(answer, `${client ?? address} Sarah`);
    }
    await server.shutdown();
    assertEquals(errors, []);
  });
}

const BAD: [what: string, header: Uint8Array][] = [
  ["v1 that ends too early", binary("PROXY TCP4 1.2")],
  ["v2 that ends too early", v2(0x21, 0x11, V4).subarray(0, 20)],
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
  Deno.test(`behindProxy ends a connection with a wrong header, and reports it: ${what}`, async () => {
    const { server, errors, port } = echo();
    // The rest of what was sent may be unread: then the end is a reset.
    const { answer } = await ask(port, header).catch(() => ({ answer: "" }));
    assertEquals(answer, "");
    await server.shutdown();
    assertEquals(errors.length, 1);
    assert(errors[0] instanceof ProxyProtocolError);
  });
}

Deno.test("behindProxy closes a connection without a byte, and calls no handler", async () => {
  const { server, errors, port } = echo();
  assertEquals((await ask(port)).answer, "");
  await server.shutdown();
  assertEquals(errors, []);
});

Deno.test("behindProxy gives up a header that does not come", async () => {
  const { server, errors, port } = echo({ idleTimeout: 20 });
  using conn = await connect(port);
  await conn.write(binary("PROXY "));
  assertEquals(await readToEnd(conn), "");
  await server.shutdown();
  assertEquals(errors.length, 1);
});

Deno.test("behindProxy in a shutdown answers what came behind a header", async () => {
  const { server, port } = echo();
  using conn = await connect(port);
  await conn.write(new Uint8Array([...v2(0x21, 0x11, V4), ...binary("Sarah")]));
  const ended = server.shutdown();
  const expected = `${CLIENT_4} Sarah`;
  assertEquals(await readExactly(conn, expected.length), binary(expected));
  assertEquals(await conn.read(new Uint8Array(1)), null);
  conn.close();
  await ended;
});
