import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AddressError,
  formatAddress,
  formatHostname,
  ipVersion,
  isLoopback,
  localHostnameFor,
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
  ["cafe", "CAFE", false],
  ["cafe", "::ffff:cafe", false],
  ["[::1]", "::1", false],
];

for (const [a, b, same] of SAME) {
  Deno.test(`${a} and ${b} are ${same ? "the same address" : "two addresses"}`, () => {
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

// In a child: this process may not listen on "::".
const DUAL_STACK = `
  using listener = Deno.listen({ hostname: "::", port: 0 });
  const { port } = listener.addr;
  using peer = await Deno.connect({ hostname: "127.0.0.1", port });
  using conn = await listener.accept();
  console.log(JSON.stringify([conn.remoteAddr, peer.localAddr]));
`;

Deno.test({
  name: "a peer has the same address to a socket for both versions of IP",
  // On Windows "::" is IPv6 alone.
  ignore: !hasIPv6 || Deno.build.os === "windows",
  async fn() {
    await using process = deno(
      `data:application/typescript,${encodeURIComponent(DUAL_STACK)}`,
      [],
      { allow: ["net=[::],127.0.0.1"] },
    );
    const { stdout, stderr } = await process.ended();
    assertEquals(stderr, "");
    const [seen, own]: [Deno.NetAddr, Deno.NetAddr] = JSON.parse(stdout);
    assertEquals(seen.hostname, "::ffff:127.0.0.1");
    assertEquals(own.hostname, "127.0.0.1");
    assertEquals(sameAddress(seen, own), true);
    assertEquals(sameAddress(seen, { ...own, port: own.port ^ 1 }), false);
  },
});

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
  Deno.test(`host ${text.slice(0, 40)} is accepted`, () => {
    assertEquals(parseHostname(text), host);
  });
}

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

for (const [text, message] of INVALID_HOSTS) {
  Deno.test(`host ${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    assertThrows(() => parseHostname(text), AddressError, message);
  });
}

Deno.test("Deno listens on a host that is accepted", () => {
  const texts = ["127.0.0.1", "localhost", ...(hasIPv6 ? ["[::1]"] : [])];
  for (const hostname of texts.map(parseHostname)) {
    Deno.listen({ hostname, port: 0 }).close();
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

Deno.test("an AddressError has a message, and the rule in it alone", () => {
  const error = new AddressError("port", "\x1b", "a whole number");
  assertEquals(
    String(error),
    'AddressError: Invalid port "\\x1b": a whole number',
  );
  assertEquals(error.expected, "a whole number");
  assertThrows(() => parsePort("x", 0), AddressError);
  for (const [text] of INVALID_HOSTS) {
    const { message, expected } = assertThrows(
      () => parseHostname(text),
      AddressError,
    );
    assert(message.endsWith(`${quote(text)}: ${expected}`), message);
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
  assertThrows(
    () => parsePort("\x1b[2J", 1),
    AddressError,
    'Invalid port "\\x1b[2J": a whole number',
  );
});

Deno.test("isLoopback is true for addresses of this machine only", () => {
  for (
    const hostname of ["127.0.0.1", "127.8.9.10", "::1", "0:0:0:0:0:0:0:1"]
  ) {
    assertEquals(isLoopback(hostname), true, hostname);
  }
  for (
    const hostname of ["0.0.0.0", "::", "192.0.2.1", "127.com", "localhost"]
  ) {
    assertEquals(isLoopback(hostname), false, hostname);
  }
});

Deno.test("a UDP socket is opened on an address that reaches its peer", () => {
  for (
    const [peer, local] of [
      ["127.0.0.1", "127.0.0.1"],
      ["127.0.0.2", "127.0.0.1"],
      ["192.0.2.1", "0.0.0.0"],
      ["::1", "::1"],
      ["0:0:0:0:0:0:0:1", "::1"],
      ["2001:db8::1", "::"],
    ] as const
  ) {
    assertEquals(localHostnameFor(peer), local);
  }
});
