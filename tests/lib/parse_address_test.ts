import { assertEquals, assertThrows } from "@std/assert";
import { ipVersion } from "../../lib/ip_version.ts";
import {
  AddressError,
  parseHostname,
  parsePort,
} from "../../lib/parse_address.ts";

const VERSIONS: [text: string, version: 4 | 6 | null][] = [
  ["127.0.0.1", 4],
  ["0.0.0.0", 4],
  ["255.255.255.255", 4],
  ["256.0.0.1", null],
  ["127.0.0", null],
  ["127.0.0.1.1", null],
  ["010.0.0.1", null],
  ["0x7f.0.0.1", null],
  ["127.0.0.1 ", null],
  ["::", 6],
  ["::1", 6],
  ["2001:DB8::1", 6],
  ["::ffff:127.0.0.1", 6],
  ["1:2:3:4:5:6:7:8", 6],
  ["1:2:3:4:5:6:7:8:9", null],
  ["1::2::3", null],
  [":::", null],
  ["fe80::1%eth0", null],
  ["[::1]", null],
  ["::1]", null],
  ["::\t1", null],
  ["", null],
  ["localhost", null],
];

for (const [text, version] of VERSIONS) {
  Deno.test(`${JSON.stringify(text)} is ${version === null ? "no IP address" : `IPv${version}`}`, () => {
    assertEquals(ipVersion(text), version);
  });
}

const HOSTS: [text: string, host: string][] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["localhost", "localhost"],
  ["Example.COM.", "Example.COM."],
  ["a-b.c_d", "a-b.c_d"],
  ["1a.2b", "1a.2b"],
  [`${"a".repeat(63)}.b`, `${"a".repeat(63)}.b`],
  ["例子.测试", "xn--fsqu00a.xn--0zwm56d"],
];

for (const [text, host] of HOSTS) {
  Deno.test(`host ${text.slice(0, 40)} is taken`, () => {
    assertEquals(parseHostname(text), host);
  });
}

const NO_HOSTS: [text: string, says: string][] = [
  ["", "host name"],
  ["a b", "host name"],
  ["-a", "host name"],
  ["a-", "host name"],
  ["a..b", "host name"],
  ["a".repeat(64), "host name"],
  [`${"a.".repeat(126)}aa`, "253 in all"],
  ["a\nb", "host name"],
  ["http://a/", "not a URL"],
  ["a:80", "without a port"],
  ["[::1]:80", "without a port"],
  ["127.0.0.1:80", "without a port"],
  ["中:80", "without a port"],
  ["1:2:3", "IPv6 address"],
  ["fe80::1%eth0", "no zone"],
  ["[a]", "IPv6 address"],
  ["1.2.3", "IPv4 address"],
  ["256.1.1.1", "from 0 to 255"],
  ["010.0.0.1", "without leading zeros"],
  ["0x7f000001", "IPv4 address"],
];

for (const [text, says] of NO_HOSTS) {
  Deno.test(`host ${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    assertThrows(() => parseHostname(text), AddressError, says);
  });
}

Deno.test("a host that is taken is one that Deno takes", () => {
  for (
    const hostname of ["127.0.0.1", "[::1]", "localhost"].map(parseHostname)
  ) {
    Deno.listen({ hostname, port: 0 }).close();
  }
});

Deno.test("a port is a whole number in decimal digits, up to 65535", () => {
  for (const port of [1, 80, 9999, 65_535]) {
    assertEquals(parsePort(String(port), 1), port);
  }
  assertEquals(parsePort("0", 0), 0);
  assertEquals(parsePort("0080", 0), 80);
  for (
    const text of ["", "80a", "-1", "1.5", "1e3", " 80", "65536", "70000", "٨"]
  ) {
    assertThrows(() => parsePort(text, 0), AddressError, "from 0 to 65535");
  }
  assertThrows(() => parsePort("0", 1), AddressError, "from 1 to 65535");
});
