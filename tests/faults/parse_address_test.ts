import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
// Deno's port of Node's check: another implementation to compare with.
import { isIP } from "node:net";
import {
  type Address,
  AddressError,
  formatAddress,
  ipVersion,
  parseHostname,
  parsePort,
  sameAddress,
} from "../../lib/net/mod.ts";
import {
  dottedQuad,
  groups,
  host,
  ipv4,
  ipv6,
  name,
  spell,
  type Spelling,
  spelling,
} from "../support/hosts.ts";
import { outcome, property } from "../support/property.ts";
import { anyText, nearly } from "../support/random.ts";

/** Parts of an address, some valid and some not. */
const numbers = fc.constantFrom(
  ...["", "0", "00", "1", "01", "10", "99", "199", "249", "255", "256", "300"],
  ...["0x1", "0xg", "1e1", "-1", "a"],
);
const hextets = fc.constantFrom(
  ...["", "0", "00", "1", "0001", "00001", "ffff", "FFFF", "g", "1\t", "\n1"],
  ...["1.2.3.4", "1.2.3", "01.2.3.4", "1.2.3.256"],
);

const anyHost = fc.oneof(
  anyText,
  fc.array(numbers, { minLength: 3, maxLength: 5 }).map((all) => all.join(".")),
  fc.array(hextets, { minLength: 2, maxLength: 9 }).map((all) => all.join(":")),
  nearly(host),
  nearly(fc.oneof(
    fc.constantFrom("例子.测试", "bücher.example", "xn--fsqu00a.xn--0zwm56d"),
    fc.constantFrom(
      "http://a/",
      "a:80",
      "[::1]:80",
      "1.2.3",
      "0x7f.1",
      "１.2.3.4",
    ),
    fc.constantFrom("fe80::1%eth0", "::ffff:1.2.3.4", "[v1.a]", "a。b", "cafe"),
    host.map((text) => `[${text}]`),
  )),
);

property({
  target: "lib/net/address.ts",
  fault: "random input",
  from: anyHost,
  holds(text) {
    // Node takes a zone.
    const version = text.includes("%") ? 0 : isIP(text);
    assertEquals(ipVersion(text) ?? 0, version);
  },
});

property({
  target: "lib/net/address.ts",
  fault: "random addresses",
  from: fc.tuple(ipv4, ipv6),
  holds([four, six]) {
    assertEquals([ipVersion(four), ipVersion(six)], [4, 6]);
  },
});

property({
  target: "lib/net/address.ts, parseHostname",
  fault: "random input",
  from: anyHost,
  async holds(text) {
    const result = await outcome(() => parseHostname(text), AddressError);
    if ("error" in result) {
      assert(result.error.startsWith("Invalid "), result.error);
      return;
    }
    const { value } = result;
    assertEquals(
      parseHostname(value),
      value,
      "Parsing the result changes nothing",
    );
    if (ipVersion(value) !== null) return;
    const labels = value.replace(/\.$/, "").split(".");
    assert(labels.join(".").length <= 253);
    for (const label of labels) {
      assert(label.length >= 1 && label.length <= 63);
      assert(/^[a-z\d_-]+$/i.test(label));
      assert(!label.startsWith("-") && !label.endsWith("-"));
    }
    // 1.2.3 and 0x7f.1 are IPv4 addresses to a URL, as to inet_aton(3).
    assertEquals(isIP(URL.parse(`http://${value}`)?.hostname ?? ""), 0);
  },
});

property({
  target: "lib/net/address.ts, parseHostname",
  fault: "random hosts",
  from: fc.tuple(name, ipv4, ipv6),
  holds([name, four, six]) {
    for (const text of [name, four, six]) {
      assertEquals(parseHostname(text), text);
    }
    assertEquals(parseHostname(`[${six}]`), six);
  },
});

const anyPort = fc.oneof(
  anyText,
  nearly(fc.nat(70_000).map(String)),
  fc.constantFrom("0", "1", "65535", "65536", "1e3", "0x50", "-0", "+1", "1.0"),
);

property({
  target: "lib/net/address.ts, parsePort",
  fault: "random input",
  from: fc.tuple(anyPort, fc.constantFrom(0, 1)),
  async holds([text, min]) {
    const result = await outcome(() => parsePort(text, min), AddressError);
    const digits = [...text].every((char) => "0123456789".includes(char));
    const right = text !== "" && digits && BigInt(text) >= min &&
      BigInt(text) <= 65_535;
    assertEquals("value" in result, right);
    if ("value" in result) assertEquals(result.value, Number(BigInt(text)));
  },
});

property({
  target: "lib/net/address.ts, parsePort",
  fault: "random ports",
  from: fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.nat(9)),
  holds([port, zeros]) {
    assertEquals(parsePort("0".repeat(zeros) + port, 1), port);
  },
});

property({
  target: "lib/net/address.ts, formatAddress",
  fault: "random addresses",
  from: fc.tuple(
    fc.oneof(name, ipv4, ipv6),
    fc.integer({ min: 1, max: 65_535 }),
  ),
  holds([hostname, port]) {
    const text = formatAddress({ hostname, port });
    const [, host, digits] = /^(.*):(\d+)$/.exec(text) ?? [];
    assertEquals(parseHostname(host ?? ""), hostname);
    assertEquals(parsePort(digits ?? "", 1), port);
    // A URL refuses some names with xn--.
    const url = URL.parse(`http://${text}`);
    if (url === null) return assert(/xn--/i.test(hostname), text);
    const back = {
      hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(url.port || 80),
    };
    assert(
      ipVersion(hostname) === null
        ? back.hostname === hostname.toLowerCase()
        : sameAddress(back, { hostname, port }),
    );
    assertEquals(back.port, port);
  },
});

const port = fc.constantFrom(80, 81);

// Few, so that many pairs are the same address.
const few = fc.array(fc.constantFrom(0, 0xffff), { minLength: 1, maxLength: 2 })
  .map((last) => [0, 0, 0, 0, 0, 0xffff, 1, ...last].slice(-8));

property({
  target: "lib/net/address.ts, sameAddress",
  fault: "random addresses",
  from: fc.oneof(
    fc.tuple(groups, groups, spelling, spelling, port, port),
    fc.tuple(few, few, spelling, spelling, port, port),
    fc.tuple(groups, spelling, spelling, port, port)
      .map(([a, how, other, p, q]): Two => [a, a, how, other, p, q]),
  ),
  holds([a, b, how, other, p, q]: Two) {
    const same = p === q && a.join() === b.join();
    const one = { hostname: spell(a, how), port: p };
    const two = { hostname: spell(b, other), port: q };
    assertBoth(one, two, same);
    if (!/^0,0,0,0,0,65535,/.test(b.join())) return;
    assertBoth(one, { hostname: dottedQuad(b), port: q }, same);
  },
});

property({
  target: "lib/net/address.ts, sameAddress",
  fault: "random input",
  from: fc.oneof(
    fc.tuple(anyHost, anyHost),
    anyHost.map((text) => [text, text] as const),
    anyHost.map((text) => [text, text.toUpperCase()] as const),
    anyHost.map((text) => [text, `::ffff:${text}`] as const),
    anyHost.map((text) => [text, `[${text}]`] as const),
  ),
  holds([a, b]) {
    // Two addresses are for the property above.
    if (ipVersion(a) !== null && ipVersion(b) !== null) return;
    assertBoth({ hostname: a, port: 1 }, { hostname: b, port: 1 }, a === b);
  },
});

type Two = [number[], number[], Spelling, Spelling, number, number];

function assertBoth(a: Address, b: Address, same: boolean): void {
  assertEquals(sameAddress(a, b), same, JSON.stringify([a, b]));
  assertEquals(sameAddress(b, a), same, JSON.stringify([b, a]));
}
