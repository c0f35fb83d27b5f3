/** What parses bytes and text from outside, with random input: one file, one fast-check. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
// Deno's port of Node's check: another implementation to compare with.
import { isIP } from "node:net";
import { parseAnswer } from "../../examples/dns/dns_answer.ts";
import { DnsError } from "../../examples/dns/dns_name.ts";
import { formatQuery, isAnswerTo } from "../../examples/dns/dns_query.ts";
import { formatRequest, HttpError, readResponse } from "../../lib/http/mod.ts";
import { ipVersion } from "../../lib/net/address.ts";
import {
  AddressError,
  formatAddress,
  parseHostname,
  parsePort,
  sameAddress,
} from "../../lib/net/mod.ts";
import { printable, quote } from "../../lib/text/mod.ts";
import {
  anyBytes,
  anyText,
  cuts,
  host,
  nearly,
  nearlyBytes,
  outcome,
  property,
  source,
  WHOLE,
} from "./random.ts";
import { binary } from "../support/bytes.ts";

// Addresses

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
    fc.constantFrom("http://a/", "a:80", "[::1]:80", "1.2.3", "0x7f.1", "cafe"),
    fc.constantFrom("１.2.3.4", "fe80::1%eth0", "::ffff:1.2.3.4", "[v1.a]"),
    host.map((text) => `[${text}]`),
  )),
);

property({
  target: "lib/net/address.ts",
  fault: "random hosts",
  from: anyHost,
  async holds(text) {
    // Node takes a zone.
    assertEquals(ipVersion(text) ?? 0, text.includes("%") ? 0 : isIP(text));
    const result = await outcome(() => parseHostname(text), AddressError);
    if ("error" in result) return assertMatch(result.error, /^Invalid /);
    const { value } = result;
    assertEquals(parseHostname(value), value, "The result is a host");
    if (ipVersion(value) !== null) return;
    const name = value.replace(/\.$/, "");
    assert(name.length <= 253);
    for (const label of name.split(".")) {
      assertMatch(label, /^(?!-)[\w-]{1,63}(?<!-)$/);
    }
    // 1.2.3 and 0x7f.1 are IPv4 addresses to a URL, as to inet_aton(3).
    assertEquals(isIP(URL.parse(`http://${value}`)?.hostname ?? ""), 0);
  },
});

property({
  target: "lib/net/address.ts",
  fault: "random addresses, written and read back",
  from: fc.tuple(host, fc.integer({ min: 1, max: 65_535 }), fc.nat(9)),
  holds([hostname, port, zeros]) {
    assertEquals(parseHostname(hostname), hostname);
    const text = formatAddress({ hostname, port });
    const [, host = "", digits = ""] = /^(.*):(\d+)$/.exec(text) ?? [];
    assertEquals(parseHostname(host), hostname);
    assertEquals(parsePort("0".repeat(zeros) + digits, 1), port);
    // A URL refuses some names with xn--.
    const url = URL.parse(`http://${text}`);
    if (url === null) return assert(/xn--/i.test(hostname), text);
    const back = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const [a, b] = [back, hostname.toLowerCase()]
      .map((hostname) => ({ hostname, port }));
    assert(a && b && sameAddress(a, b));
    assertEquals(Number(url.port || 80), port);
  },
});

// Text

/** What a terminal obeys or does not draw, of Unicode's own properties. */
const UNSAFE =
  /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e0fff}\u2060-\u206f\u3164\ufeff]/u;

function assertSafe(text: string): void {
  assertEquals(UNSAFE.exec(text)?.[0], undefined, JSON.stringify(text));
}

property({
  target: "lib/text/printable.ts",
  fault: "random values in quotes",
  from: fc.oneof(
    anyText,
    fc.string({ unit: fc.constantFrom(...'"\\…x1b u{}😀\x1b\ud83d') }),
    fc.tuple(anyText, fc.nat(99)).map(([text, n]) => "\u200e".repeat(n) + text),
  ),
  holds(text) {
    const quoted = quote(text);
    assertSafe(quoted);
    assertSafe(new HttpError("Invalid field", text).message);
    // A value cannot fake its end, and a short one can be read back.
    assertMatch(quoted, /^"(?:[^"\\]|\\.)*"$/su);
    const value = quoted.slice(1, -1).replace(
      /\\(?:(["\\])|x([\da-f]{2})|u\{([\da-f]+)\})/g,
      (_, same?: string, byte?: string, code?: string) =>
        same ?? String.fromCodePoint(parseInt(byte ?? code ?? "", 16)),
    );
    const characters = [...text];
    const rest = characters.length > 60 ? "…" : "";
    assertEquals(value, characters.slice(0, 60).join("") + rest);
  },
});

// HTTP

/** Responses with fields, interim responses, chunks and trailers. */
const response = fc.constantFrom(
  "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.0 404\r\nA: b \r\nB:\tc\r\nC:\r\n\r\n\0\r\n",
  "HTTP/1.1 100\r\nA: b\r\n\r\nHTTP/1.0 204 \r\n\r\n",
  "HTTP/1.1 200 \xe5\xb0\x8f\r\nTransfer-Encoding: chunked\r\n\r\n" +
    "5;a=b\r\nhello\r\n0A \r\n0123456789\r\n0\r\nC: d\r\n\r\n",
  "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n",
  "HTTP/2 200\r\n\r\n",
  "HTTP/1.1 101 Switching\r\n\r\n",
  "SSH-2.0-x\r\n",
).map(binary);

/** Reads a whole response; what came of its body before an error, too. */
async function receive(bytes: Uint8Array, cuts: number[]) {
  const received: number[] = [];
  const result = await outcome(async () => {
    const { body, ...header } = await readResponse(source(bytes, cuts));
    for await (const part of body) {
      assert(part.length > 0, "A part is never empty");
      received.push(...part);
    }
    return header;
  }, HttpError);
  return { result, received };
}

property({
  target: "lib/http/response.ts",
  fault: "random input, cut anywhere",
  from: fc.record({
    bytes: fc.oneof(anyBytes, nearlyBytes(response)),
    cuts,
  }),
  async holds({ bytes, cuts }) {
    const whole = await receive(bytes, WHOLE);
    assertEquals(await receive(bytes, cuts), whole, "It depends on the cuts");
    assert(whole.received.length <= bytes.length);
    if ("error" in whole.result) return;
    const { statusLine, status, fields } = whole.result.value;
    assertMatch(statusLine, /^HTTP\/1\.[01] [2-9]\d\d/);
    assert(statusLine.slice(9).startsWith(`${status}`));
    for (const [name, value] of fields) {
      assertMatch(name, /^[!-9;-~]+$/);
      assertMatch(value, /^(?![ \t])[^\r\n\0]*(?<![ \t])$/);
    }
  },
});

const urlText = fc.oneof(
  anyText,
  nearly(fc.constantFrom(
    ...["/a/../b/%2e%2e/c", "\r\nX: y\r\n\r\n", "/ HTTP/1.1\r\nHost: x"],
    ...["%0d%0aX:%20y", "?a=b&c#d", "u:p@h:80"],
  )),
);
const PARTS = ["hash", "host", "password", "pathname", "search"] as const;

property({
  target: "lib/http/request.ts",
  fault: "random URLs",
  from: fc.tuple(
    fc.oneof(
      urlText.map((text) => `http://h/${text}`),
      nearly(fc.webUrl()),
      fc.constantFrom("https://[::1]:444/", "http://例子.测试", "data:,"),
    ),
    fc.array(fc.tuple(fc.constantFrom(...PARTS), urlText), { maxLength: 3 }),
  ),
  async holds([text, changes]) {
    const url = URL.parse(text) ?? new URL("http://localhost/");
    for (const [part, value] of changes) url[part] = value;
    const result = await outcome(() => formatRequest(url), TypeError);
    assertEquals("value" in result, /^https?:$/.test(url.protocol));
    if ("error" in result) return;
    const request = new TextDecoder("utf-8", { fatal: true })
      .decode(result.value);
    const [start = "", host, ...others] = request.split("\r\n");
    assertEquals([host, others.length], [`Host: ${url.host}`, 5]);
    assertMatch(url.host, /^[!-~]+$/);
    const [, target = ""] = /^GET (\/[!-~]*) HTTP\/1\.1$/.exec(start) ?? [];
    // The request is for the URL itself, without fragment, user name and password.
    const asked = new URL(url);
    asked.hash = asked.username = asked.password = "";
    assertEquals(new URL(url.origin + target).href, asked.href);
    assert(target !== "" && !target.includes("#"));
  },
});

// DNS

/** The answer to a query for `a.test`: records of each type, with names in part. */
const query = formatQuery(7, "a.test", "A");
const answer = [
  ...[0, 7, 0x81, 0x80, 0, 1, 0, 4, 0, 0, 0, 0, ...query.subarray(12)],
  ...[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1],
  ...[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 98, 0xc0, 14],
  ...[0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xc0, 12],
  ...[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 3, 2, 104, 105],
];

property({
  target: "examples/dns/dns_answer.ts",
  fault:
    "answers with bytes changed, any bytes, and answers to another question",
  from: fc.tuple(
    fc.oneof(anyBytes, nearlyBytes(fc.constant(Uint8Array.from(answer)))),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
  ),
  async holds([bytes, at, change]) {
    const right = Uint8Array.from(answer);
    assertEquals(isAnswerTo(query, right), true);
    assertEquals(parseAnswer(right).records, [
      "a.test. 60 IN A 192.0.2.1",
      "a.test. 60 IN CNAME b.test.",
      "a.test. 60 IN MX 10 a.test.",
      'a.test. 60 IN TXT "hi"',
    ]);
    // Any byte of the number, of the count of questions, or of the question.
    const places = [0, 1, 4, 5, ...query.keys().drop(12)];
    const place = places[at % places.length] ?? 0;
    const byte = right[place] ?? 0;
    const other = right.with(place, byte ^ change);
    // A letter in another case is the same; a length or a number has no case.
    const isLetter = place >= 12 && byte > 0x60;
    assertEquals(isAnswerTo(query, other), isLetter && change === 0x20);
    const result = await outcome(() => parseAnswer(bytes), DnsError);
    if ("error" in result) return;
    for (const line of result.value.records) {
      assertEquals(printable(line), line, "A record is safe to print");
    }
  },
});
