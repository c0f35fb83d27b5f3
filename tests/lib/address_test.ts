import { assertEquals } from "@std/assert";
import {
  formatAddress,
  formatHostname,
  sameAddress,
} from "../../lib/address.ts";

Deno.test("an address is written as in a URL, IPv6 in brackets", () => {
  const cases: [hostname: string, host: string][] = [
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "[::1]"],
    ["::ffff:127.0.0.1", "[::ffff:127.0.0.1]"],
    ["localhost", "localhost"],
  ];
  for (const [hostname, host] of cases) {
    assertEquals(formatHostname(hostname), host);
    assertEquals(formatAddress({ hostname, port: 80 }), `${host}:80`);
  }
});

const SAME: [a: string, b: string, same: boolean][] = [
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["2001:DB8::1", "2001:db8:0::1", true],
  ["::1", "::2", false],
  ["127.0.0.1", "::ffff:127.0.0.1", true],
  ["::ffff:7f00:1", "127.0.0.1", true],
  ["127.0.0.1", "::127.0.0.1", false],
  ["localhost", "localhost", true],
  ["localhost", "127.0.0.1", false],
  ["a", "b", false],
];

for (const [a, b, same] of SAME) {
  Deno.test(`${a} and ${b} are ${same ? "one address" : "two"}`, () => {
    const port = 9999;
    assertEquals(
      sameAddress({ hostname: a, port }, { hostname: b, port }),
      same,
    );
    assertEquals(
      sameAddress({ hostname: b, port }, { hostname: a, port }),
      same,
    );
    assertEquals(
      sameAddress({ hostname: a, port }, { hostname: b, port: 1 }),
      false,
    );
  });
}
