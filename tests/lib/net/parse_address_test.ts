import { assertEquals, assertThrows } from "@std/assert";
import { ipVersion } from "../../../lib/net/address.ts";
import {
  AddressError,
  parseHostname,
  parsePort,
} from "../../../lib/net/address.ts";
import { hasIPv6 } from "../../support/ipv6.ts";
import { deno } from "../../support/scripts.ts";

const VERSIONS: [text: string, version: 4 | 6 | null][] = [
  ["127.0.0.1", 4],
  ["0.0.0.0", 4],
  ["255.255.255.255", 4],
  ["256.0.0.1", null],
  ["127.0.0", null],
  ["127.0.0.1.1", null],
  ["010.0.0.1", null],
  ["01.0.0.1", null],
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

/** The longest name, 253 characters. */
const LONGEST = `${"a.".repeat(126)}a`;

const HOSTS: [text: string, host: string][] = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["[::1]", "::1"],
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
  ["fe80::1%eth0", "no zone"],
  ["[a]", "IPv6 address"],
  ["[127.0.0.1]", "IPv6 address"],
  ["1.2.3", "IPv4 address"],
  ["1.2.3.4.", "IPv4 address"],
  ["１.２.３", 'IPv4 address "１.２.３"'],
  ["256.1.1.1", "from 0 to 255"],
  ["010.0.0.1", "without leading zeros"],
  ["0x7f000001", "IPv4 address"],
  ["a.0X7F", "IPv4 address"],
  ["a.0x", "IPv4 address"],
  ["\x1b[2J", '"\\x1b[2J"'],
];

for (const [text, says] of NO_HOSTS) {
  Deno.test(`host ${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    assertThrows(() => parseHostname(text), AddressError, says);
  });
}

Deno.test("a host that is taken is one that Deno takes", () => {
  const texts = ["127.0.0.1", "localhost", ...(hasIPv6 ? ["[::1]"] : [])];
  for (const hostname of texts.map(parseHostname)) {
    Deno.listen({ hostname, port: 0 }).close();
  }
});

Deno.test("a name that is taken is one that Deno understands", async () => {
  const names = HOSTS.map(([text]) => parseHostname(text));
  // Deno reads a name before it asks for the permission, and so before anything
  // leaves this machine.
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

Deno.test("an AddressError says by its name what it is", () => {
  assertEquals(String(new AddressError("What")), "AddressError: What");
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
  assertThrows(
    () => parsePort("\x1b[2J", 1),
    AddressError,
    'Invalid port "\\x1b[2J": a whole number',
  );
});
