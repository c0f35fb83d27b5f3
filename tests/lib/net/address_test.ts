import { assert, assertEquals, assertThrows } from "@std/assert";
import { isLoopback } from "../../../lib/net/address.ts";
import {
  AddressError,
  formatAddress,
  formatIp,
  parseHostname,
  parsePort,
  sameAddress,
} from "../../../lib/net/mod.ts";
import { quote } from "../../../lib/text/mod.ts";
import { hasIPv6 } from "../../support/ipv6.ts";
import { deno } from "../../support/scripts.ts";

Deno.test("an address is written as in a URL, IPv6 in brackets", () => {
  const cases: [hostname: string, host: string][] = [
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "[::1]"],
    ["::ffff:127.0.0.1", "[::ffff:127.0.0.1]"],
    ["localhost", "localhost"],
  ];
  for (const [hostname, host] of cases) {
    assertEquals(formatAddress({ hostname, port: 80 }), `${host}:80`);
  }
});

Deno.test("the bytes of an IP address are written in one spelling", () => {
  const cases: [hex: string, address: string][] = [
    ["7f000001", "127.0.0.1"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["00000000000000000000ffff7f000001", "::ffff:127.0.0.1"],
  ];
  for (const [hex, address] of cases) {
    assertEquals(formatIp(Uint8Array.fromHex(hex)), address);
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
  ["cafe", "CAFE", false],
  ["cafe", "::ffff:cafe", false],
  ["[::1]", "::1", false],
];

Deno.test("two addresses are the same however each is written", () => {
  const port = 9999;
  for (const [hostname, other, same] of SAME) {
    const [a, b] = [{ hostname, port }, { hostname: other, port }];
    assertEquals(sameAddress(a, b), same, `${hostname} ${other}`);
    assertEquals(sameAddress(b, a), same, `${other} ${hostname}`);
    assertEquals(sameAddress(a, { ...b, port: 1 }), false);
  }
});

/** The longest name, 253 characters. */
const LONGEST = `${"a.".repeat(126)}a`;

const HOSTS: [text: string, host: string][] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["::ffff:127.0.0.1", "::ffff:127.0.0.1"],
  ["255.0.0.255", "255.0.0.255"],
  ["localhost", "localhost"],
  ["Example.COM.", "Example.COM."],
  ["a-b.c_d", "a-b.c_d"],
  ["1a.2b", "1a.2b"],
  [`${"a".repeat(63)}.b`, `${"a".repeat(63)}.b`],
  [LONGEST, LONGEST],
  [`${LONGEST}.`, `${LONGEST}.`],
  ["例子.测试", "xn--fsqu00a.xn--0zwm56d"],
  ["Bücher.example", "xn--bcher-kva.example"],
];

Deno.test("a host is a name or an IP address, as Deno.listen takes it", () => {
  for (const [text, host] of HOSTS) assertEquals(parseHostname(text), host);
  const texts = ["127.0.0.1", "localhost", ...(hasIPv6 ? ["[::1]"] : [])];
  for (const hostname of texts.map(parseHostname)) {
    Deno.listen({ hostname, port: 0 }).close();
  }
});

const INVALID_HOSTS: [text: string, message: string][] = [
  ["", "host name"],
  ["a b", "host name"],
  ["-a", "host name"],
  ["a-", "host name"],
  ["a..b", "host name"],
  ["a..", "host name"],
  [".", "host name"],
  ["中／x", "host name"],
  ["a".repeat(64), "host name"],
  [`${LONGEST}a`, "253 in all"],
  ["a\nb", "host name"],
  ["http://a/", "not a URL"],
  ["HTTP://a", "not a URL"],
  ["a:80", "without a port"],
  ["[::1]:80", "without a port"],
  ["127.0.0.1:80", "without a port"],
  ["中:80", "without a port"],
  ["1:2:3", "IPv6 address"],
  ["1:2:3:4:5:6:7:8:9", "IPv6 address"],
  ["1::2::3", "IPv6 address"],
  [":::", "IPv6 address"],
  ["::1]", "IPv6 address"],
  ["::\t1", "IPv6 address"],
  ["fe80::1%eth0", "no zone"],
  ["[a]", "IPv6 address"],
  ["[127.0.0.1]", "IPv6 address"],
  ["1.2.3", "IPv4 address"],
  ["1.2.3.4.", "IPv4 address"],
  ["１.２.３", 'IPv4 address "１.２.３"'],
  ["127.0.0.1.1", "IPv4 address"],
  ["127.0.0.1 ", "host name"],
  ["256.1.1.1", "from 0 to 255"],
  ["010.0.0.1", "without leading zeros"],
  ["0x7f000001", "IPv4 address"],
  ["a.0X7F", "IPv4 address"],
  ["a.0x", "IPv4 address"],
  ["\x1b[2J", '"\\x1b[2J"'],
];

Deno.test("an AddressError has a message, and the rule in it alone", () => {
  for (const [text, part] of INVALID_HOSTS) {
    const { message, expected } = assertThrows(
      () => parseHostname(text),
      AddressError,
      part,
    );
    assert(message.endsWith(`${quote(text)}: ${expected}`), message);
  }
});

Deno.test("Deno connects to a name that is accepted", async () => {
  const names = HOSTS.map(([text]) => parseHostname(text));
  // Deno parses a name before it checks the permission, so nothing leaves this
  // machine.
  const code = `
    for (const hostname of Deno.args) {
      const error = await Deno.connect({ hostname, port: 1 }).catch((e) => e);
      console.log(hostname, error.name);
    }
  `;
  await using process = deno(
    `data:application/typescript,${encodeURIComponent(code)}`,
    ["例子.测试", ...names],
    { allow: [] },
  );
  const { stdout } = await process.ended();
  assertEquals(stdout.trimEnd().split("\n"), [
    "例子.测试 URIError",
    ...names.map((name) => `${name} NotCapable`),
  ]);
});

Deno.test("a port is a whole number in decimal digits, up to 65535", () => {
  for (const port of [1, 80, 9999, 65_535]) {
    assertEquals(parsePort(String(port), 1), port);
  }
  assertEquals(parsePort("0", 0), 0);
  assertEquals(parsePort("0080", 0), 80);
  for (const text of "|80a|-1|1.5|1e3|0x50| 80|65536|٨|\x1b[2J".split("|")) {
    const message = `Invalid port ${
      quote(text)
    }: a whole number from 0 to 65535`;
    assertThrows(() => parsePort(text, 0), AddressError, message);
  }
  assertThrows(() => parsePort("0", 1), AddressError, "from 1 to 65535");
});

Deno.test("isLoopback is true for addresses of this machine only", () => {
  const hosts = "127.0.0.1 127.8.9.10 ::1 0:0:0:0:0:0:0:1".split(" ");
  const others = "0.0.0.0 :: 192.0.2.1 127.com localhost".split(" ");
  assertEquals([...hosts, ...others].filter(isLoopback), hosts);
});
