import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DnsError, parseAnswer } from "../../examples/dns/dns_answer.ts";
import {
  formatName,
  formatQuery,
  isAnswerTo,
  TYPES,
  uint16,
} from "../../examples/dns/dns_query.ts";
import { printable } from "../../lib/text/printable.ts";
import { outcome, property } from "../support/property.ts";
import { anyBytes, nearlyBytes } from "../support/random.ts";

const ANSWER = "examples/dns/dns_answer.ts";
const QUESTION = "examples/dns/dns_query.ts";

const label = fc.stringMatching(/^[a-z\d_](?:[a-z\d-]{0,20}[a-z\d])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 })
  .map((labels) => labels.join("."));
const uint32 = fc.nat(0xffff_ffff);

/** The data of a record: as text, and as bytes. */
interface Data {
  type: string;
  text: string;
  bytes: number[];
}

/** How a name is written: in full, or its first labels and a pointer. */
interface Written {
  text: string;
  bytes: number[];
}

const written = (owner: string): fc.Arbitrary<Written> =>
  fc.oneof(
    name.map((name) => ({ text: `${name}.`, bytes: formatName(name) })),
    fc.constant<Written>({ text: `${owner}.`, bytes: [0xc0, 12] }),
    label.map((first) => ({
      text: `${first}.${owner}.`,
      bytes: [...formatName(first).slice(0, -1), 0xc0, 12],
    })),
  );

function data(owner: string): fc.Arbitrary<Data> {
  const byte = fc.nat(255);
  const names = fc.constantFrom("NS", "CNAME", "PTR");
  return fc.oneof(
    fc.array(byte, { minLength: 4, maxLength: 4 })
      .map((bytes) => ({ type: "A", text: bytes.join("."), bytes })),
    fc.tuple(names, written(owner)).map(([type, name]) => ({ type, ...name })),
    fc.tuple(fc.nat(0xffff), written(owner)).map(([preference, name]) => ({
      type: "MX",
      text: `${preference} ${name.text}`,
      bytes: [...uint16(preference), ...name.bytes],
    })),
    fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => ({
      type: "TXT",
      text: labels.map((label) => `"${label}"`).join(" "),
      bytes: labels.flatMap((label) => formatName(label).slice(0, -1)),
    })),
  );
}

/** A right answer: its question, its bytes, and the lines that it must give. */
const answer = fc.record({ id: fc.nat(0xffff), name }).chain(({ id, name }) =>
  fc.array(fc.tuple(written(name), uint32, data(name)), { maxLength: 5 })
    .map((records) => {
      const query = formatQuery(id, name, "A");
      const flags = [0x8180, 1, records.length, 0, 0].flatMap(uint16);
      const bytes = records.flatMap(([owner, ttl, { type, bytes }]) => [
        ...owner.bytes,
        ...[TYPES[type] ?? 0, 1, ttl >>> 16, ttl & 0xffff].flatMap(uint16),
        ...[...uint16(bytes.length), ...bytes],
      ]);
      const header = [...query.subarray(0, 2), ...flags];
      return {
        query,
        bytes: new Uint8Array([...header, ...query.subarray(12), ...bytes]),
        lines: records.map(([owner, ttl, { type, text }]) =>
          `${owner.text} ${ttl} IN ${type} ${text}`
        ),
      };
    })
);

property({
  target: ANSWER,
  fault: "right answers, with names in full and in part",
  from: answer,
  holds({ query, bytes, lines }) {
    assertEquals(isAnswerTo(query, bytes), true);
    assertEquals(parseAnswer(bytes), {
      status: "NOERROR",
      isTruncated: false,
      records: lines,
    });
  },
});

property({
  target: ANSWER,
  fault: "answers with bytes changed, and any bytes",
  from: fc.oneof(nearlyBytes(answer.map(({ bytes }) => bytes)), anyBytes),
  async holds(bytes) {
    const result = await outcome(() => parseAnswer(bytes), DnsError);
    if ("error" in result) return;
    for (const line of result.value.records) {
      assertEquals(printable(line), line, "A record is safe to print");
    }
  },
});

property({
  target: QUESTION,
  fault: "answers to another number or question",
  from: fc.tuple(answer, fc.nat(), fc.integer({ min: 1, max: 255 })),
  holds([{ query, bytes }, at, change]) {
    // Any byte of the number, of the count of questions, or of the question.
    const places = [0, 1, 4, 5, ...query.keys().drop(12)];
    const place = places[at % places.length] ?? 0;
    const other = bytes.with(place, (bytes[place] ?? 0) ^ change);
    assertEquals(isAnswerTo(query, other), false);
  },
});

property({
  target: QUESTION,
  fault: "any bytes for an answer",
  from: fc.tuple(answer, anyBytes),
  holds([{ query }, bytes]) {
    assertEquals(isAnswerTo(query, bytes), false);
  },
});
