import { assert, assertEquals } from "@std/assert";
import {
  EXIT,
  greeting,
  isExit,
  MAX_UDP_NAME,
  refusal,
  WELCOME,
} from "../../lib/greeting.ts";
import { binary, decode, encode, hello } from "../support/bytes.ts";

/** Two ports of clients. */
const PORTS = [1_024, 51_234];

Deno.test("the tutorial's words are these bytes", () => {
  assertEquals(WELCOME, binary("Welcome!"));
  assertEquals(EXIT, binary("exit"));
  assertEquals(greeting(new Uint8Array(MAX_UDP_NAME)).length, 65_507);
});

Deno.test("a greeting has the name's bytes as they are, without one line end", () => {
  for (
    const [chunk, name] of [
      ["", ""],
      ["Michael", "Michael"],
      ["\xe5\xb0\x8f\xff\x00\x9b", "\xe5\xb0\x8f\xff\x00\x9b"],
      ["exit!", "exit!"],
      ["\n", ""],
      ["\r\n", ""],
      ["\r", "\r"],
      ["a\n", "a"],
      ["a\r\n", "a"],
      ["a\n\n", "a\n"],
      ["a\r\r\n", "a\r"],
      ["\na", "\na"],
    ] as const
  ) {
    assertEquals(greeting(binary(chunk)), binary(`Hello, ${name}!`), chunk);
  }
});

Deno.test("exit ends a connection, with one line end or none, and nothing else does", () => {
  for (const chunk of ["exit", "exit\n", "exit\r\n"]) {
    assert(isExit(encode(chunk)), chunk);
  }
  for (const chunk of ["", "\n", "exit\n\n", "exi", "exit!", "Exit", " exit"]) {
    assert(!isExit(encode(chunk)), chunk);
  }
});

/** What a program answers; `null`: nothing. */
type Program = (datagram: Uint8Array) => Uint8Array | null;

const server: Program = (datagram) =>
  refusal(datagram, 9_999) === null ? greeting(datagram) : null;

/** How many answers two programs send each other after a forged datagram. */
function answers(forged: string, ...programs: [Program, Program]): number {
  let datagram: Uint8Array | null = encode(forged);
  for (let i = 0; i < 50; i++) {
    datagram = (i % 2 === 0 ? programs[0] : programs[1])(datagram);
    if (datagram === null) return i;
  }
  return Infinity;
}

for (
  const [peer, most, answer] of [
    ["itself, or another such server", 3, server],
    ["an echo server", 6, (data) => data],
    ["a server that ends lines", 6, (data) => encode(`${decode(data)}\r\n`)],
    ["a server that quotes", 6, (data) => encode(`ERR "${decode(data)}"`)],
    [
      "a server that quotes 100 bytes",
      6,
      (data) => encode(`ERR "${decode(data.subarray(0, 100))}"`),
    ],
  ] satisfies [peer: string, most: number, answer: Program][]
) {
  Deno.test(`a loop of greetings with ${peer} ends after ${most} answers`, () => {
    for (
      const forged of ["", "x", "x\n", "小明", "x".repeat(2_000), hello("x")]
    ) {
      const count = answers(forged, server, answer);
      assert(count <= most, `${count} for ${forged}`);
    }
    assertEquals(answers("forged", server, answer), most);
  });
}

Deno.test("names are answered, also those that look like a greeting", () => {
  const [before = ""] = hello("|").split("|");
  for (
    const name of [
      "",
      "Michael",
      before,
      hello("Michael"),
      hello(hello("Michael")),
      `${before[0]}${before}${before.trim()}${before.toLowerCase().repeat(9)}`,
      before.replaceAll(" ", "\u00a0").repeat(10),
      "H".repeat(MAX_UDP_NAME),
    ]
  ) {
    for (const port of PORTS) {
      assertEquals(refusal(encode(name), port), null, name);
    }
  }
});

Deno.test("the greeting of a greeting of a greeting is refused wherever it begins", () => {
  const three = hello(hello(hello("")));
  const last = 1_024 - three.length + 3;
  for (const before of ["", "H", "x", "x".repeat(last)]) {
    assertEquals(
      refusal(encode(`${before}${three}`), 1_024),
      "a loop of answers",
    );
  }
  // After 1,024 bytes it is not looked for.
  assertEquals(refusal(encode(`${"x".repeat(last + 1)}${three}`), 1_024), null);
});

Deno.test("the ports of services are refused, and those of clients are not", () => {
  for (const port of [0, 7, 19, 1_023]) {
    assertEquals(refusal(encode("a"), port), "a client has no port below 1024");
  }
  for (const port of PORTS) assertEquals(refusal(encode("a"), port), null);
});
