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
  ..."127.0.0.1 ::1 1:2:3:4:5:6:7:8 ::ffff:127.0.0.1 255.0.0.255".split(" "),
  ..."localhost Example.COM. a-b.c_d 1a.2b".split(" "),
  ...[`${"a".repeat(63)}.b`, LONGEST, `${LONGEST}.`],
].map((text) => [text, text]);
HOSTS.push(
  ["[::1]", "::1"],
  ["例子.测试", "xn--fsqu00a.xn--0zwm56d"],
  ["Bücher.example", "xn--bcher-kva.example"],
);

Deno.test("a host is a name or an IP address, as Deno.listen takes it", () => {
  for (const [text, host] of HOSTS) assertEquals(parseHostname(text), host);
  const texts = ["127.0.0.1", "localhost", ...(hasIPv6 ? ["[::1]"] : [])];
  for (const hostname of texts.map(parseHostname)) {
    Deno.listen({ hostname, port: 0 }).close();
  }
});

/** What is no host, by a part of the message. */
const INVALID_HOSTS: Record<string, string[]> = {
  "host name": [
    ...[
      "",
      "a b",
      "-a",
      "a-",
      "a..b",
      "a..",
      ".",
      "中／x",
      "a\nb",
      "127.0.0.1 ",
    ],
    "a".repeat(64),
  ],
  "253 in all": [`${LONGEST}a`],
  "not a URL": ["http://a/", "HTTP://a"],
  "without a port": ["a:80", "[::1]:80", "127.0.0.1:80", "中:80"],
  "IPv6 address": [
    ...["1:2:3", "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "::1]", "::\t1"],
    ...["[a]", "[127.0.0.1]"],
  ],
  "no zone": ["fe80::1%eth0"],
  "IPv4 address": [
    ...["1.2.3", "1.2.3.4.", "127.0.0.1.1", "0x7f000001", "a.0X7F", "a.0x"],
  ],
  'IPv4 address "１.２.３"': ["１.２.３"],
  "from 0 to 255": ["256.1.1.1"],
  "without leading zeros": ["010.0.0.1"],
  '"\\x1b[2J"': ["\x1b[2J"],
};

Deno.test("an AddressError has a message, and the rule in it alone", () => {
  for (const [part, texts] of Object.entries(INVALID_HOSTS)) {
    for (const text of texts) {
      const parse = () => parseHostname(text);
      const error = assertThrows(parse, AddressError, part);
      assert(error.message.endsWith(`${quote(text)}: ${error.expected}`), text);
    }
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
