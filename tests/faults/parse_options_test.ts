import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  count,
  fileName,
  hostname,
  port,
  seconds,
  utf8,
  webUrl,
} from "../../lib/cli/_values.ts";
import { parseHostname } from "../../lib/net/address.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { host } from "../support/hosts.ts";
import { outcome, property } from "../support/property.ts";
import { anyText, nearly } from "../support/random.ts";

const digits = fc.string({ unit: fc.constantFrom(..."0123456789") });
const zeros = fc.nat(400).map((length) => "0".repeat(length));

const decimal = fc.oneof(
  fc.nat(2_147_484_000).map((n) => `${n / 1_000}`),
  fc.tuple(fc.constantFrom("", "0", "1", "2147483", "2147482"), zeros, digits)
    .map(([whole, zeros, last]) => `${whole}.${zeros}${last}`),
  digits,
);
const anyNumber = fc.oneof(
  anyText,
  nearly(decimal),
  fc.constantFrom("1e3", "0x10", "Infinity", "NaN", "-0", "+1", " 1", "1_000"),
  fc.constantFrom("5.", ".", ".5", "1.5.5", "٣", "1,5", "1s", "-1"),
);

/** The seconds in a text as milliseconds, counted up; `null` if there are none. */
function milliseconds(text: string): bigint | null {
  const [whole = "", fraction, ...more] = text.split(".");
  const all = whole + (fraction ?? "");
  const isDecimal = more.length === 0 && all !== "" && fraction !== "" &&
    [...all].every((char) => "0123456789".includes(char));
  if (!isDecimal) return null;
  const scale = 10n ** BigInt((fraction ?? "").length);
  return (BigInt(all) * 1_000n + scale - 1n) / scale;
}

property({
  target: "lib/cli/_values.ts, seconds",
  fault: "random input",
  from: fc.tuple(anyNumber, fc.constantFrom("at least 0", "above 0")),
  async holds([text, least]) {
    const result = await outcome(() => seconds(least)(text), UsageError);
    const expected = milliseconds(text);
    const isRight = expected !== null && expected <= 2_147_483_000n &&
      (expected > 0n || least === "at least 0");
    assertEquals(
      result,
      isRight ? { value: Number(expected) } : {
        error: `seconds such as 5 or 0.5, ${least} and at most 2147483`,
      },
    );
  },
});

property({
  target: "lib/cli/_values.ts, count and port",
  fault: "random input",
  from: fc.tuple(anyNumber, fc.constantFrom(0, 1)),
  async holds([text, min]) {
    const expected = text.includes(".") ? null : milliseconds(text);
    for (
      const [parse, max] of [[count(min), 1_000_000], [
        port(min),
        65_535,
      ]] as const
    ) {
      const result = await outcome(() => parse(text), UsageError);
      const isRight = expected !== null && expected >= BigInt(min) * 1_000n &&
        expected <= BigInt(max) * 1_000n;
      assertEquals(
        result,
        isRight ? { value: Number(expected) / 1_000 } : {
          error: `a whole number from ${min} to ${max}`,
        },
      );
    }
  },
});

property({
  target: "lib/cli/_values.ts, hostname",
  fault: "random input",
  from: fc.oneof(anyText, nearly(host), nearly(fc.constant('"a": b'))),
  async holds(text) {
    const result = await outcome(() => hostname(text), UsageError);
    if ("value" in result) {
      return assertEquals(result.value, parseHostname(text));
    }
    // The rule alone: name and text are for the option to put in front.
    assert(
      /^(?:a name|hexadecimal|four|1 to 63)/.test(result.error),
      result.error,
    );
  },
});

property({
  target: "lib/cli/_values.ts, webUrl",
  fault: "random input",
  from: fc.oneof(
    anyText,
    nearly(fc.webUrl()),
    nearly(fc.constantFrom("http://u:p@h/", "https://h:80/?a#b", "ftp://h/")),
    nearly(host).map((host) => `http://${host}/`),
    fc.tuple(host, anyNumber).map(([host, port]) => `http://${host}:${port}/`),
  ),
  async holds(text) {
    const result = await outcome(() => webUrl(text), UsageError);
    if ("error" in result) return;
    const { protocol, username, password, hostname: host, port: number, href } =
      result.value;
    assert(protocol === "http:" || protocol === "https:");
    assertEquals([username, password], ["", ""]);
    hostname(host);
    if (number !== "") port(1)(number);
    assertEquals(webUrl(href).href, href);
  },
});

property({
  target: "lib/cli/_values.ts, utf8 and fileName",
  fault: "random input",
  from: fc.tuple(anyText, fc.integer({ min: 1, max: 30 })),
  async holds([text, max]) {
    // Each half of a character that stands alone is sent as U+FFFD, 3 bytes.
    const length = [...text.toWellFormed()].reduce((sum, char) => {
      const code = char.codePointAt(0) ?? 0;
      return sum +
        (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
    }, 0);
    assertEquals(
      await outcome(() => utf8(max)(text), UsageError),
      length >= 1 && length <= max
        ? { value: text }
        : { error: `1 to ${max} bytes of UTF-8, not ${length}` },
    );
    assertEquals(
      await outcome(() => fileName(text), UsageError),
      text === "" ? { error: "the name of a file" } : { value: text },
    );
  },
});
