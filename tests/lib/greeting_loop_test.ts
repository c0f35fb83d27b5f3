import { assert, assertEquals } from "@std/assert";
import { greeting, isLoop, trimNewline } from "../../lib/greeting.ts";
import { hello } from "../support/wire.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** More answers than any loop may have. */
const ENDLESS = 50;

/** What a program answers; `null`: nothing. */
type Program = (datagram: Uint8Array) => Uint8Array | null;

/** The UDP server. */
const server: Program = (datagram) =>
  isLoop(datagram) ? null : greeting(trimNewline(datagram));

/** How many answers two programs send each other after a forged datagram. */
function answers(forged: Uint8Array, ...programs: Program[]): number {
  let datagram: Uint8Array | null = forged;
  for (let i = 0; i < ENDLESS; i++) {
    datagram = programs[i % programs.length]?.(datagram) ?? null;
    if (datagram === null) return i;
  }
  return ENDLESS;
}

const PEERS: [name: string, most: number, peer: Program][] = [
  ["itself, or another such server", 3, server],
  ["an echo server", 6, (datagram) => datagram],
  [
    "a server that ends lines",
    6,
    (datagram) => encode(`${decode(datagram)}\r\n`),
  ],
  [
    "a server that quotes",
    6,
    (datagram) => encode(`ERR "${decode(datagram)}"`),
  ],
  [
    "a server that quotes 100 bytes",
    6,
    (datagram) => encode(`ERR "${decode(datagram.subarray(0, 100))}"`),
  ],
];

for (const [name, most, peer] of PEERS) {
  Deno.test(`a loop of greetings with ${name} ends after ${most} answers`, () => {
    for (
      const forged of ["", "x", "x\n", "小明", "x".repeat(2_000), "Hello, x!"]
    ) {
      const count = answers(encode(forged), server, peer);
      assert(count <= most, `${count} for ${forged}`);
    }
    assertEquals(answers(encode("forged"), server, peer), most);
  });
}

Deno.test("isLoop takes no name for a loop", () => {
  for (
    const name of [
      "",
      "Michael",
      "Hello",
      "Hello, Michael!",
      "Hello, Hello, Michael!!",
      "HHello, Hello,Hello, hello, hello, hello, Hell",
      "Hello,\u00a0".repeat(10),
      "H".repeat(65_499),
    ]
  ) assertEquals(isLoop(encode(name)), false, name);
});

Deno.test("isLoop finds the greetings wherever they begin", () => {
  const [before = ""] = hello("\n").split("\n");
  const three = before.repeat(3);
  const last = 1_024 - three.length;
  for (
    const name of [
      three,
      `${before[0]}${three}`,
      `x${three}`,
      `${"x".repeat(last)}${three}`,
    ]
  ) {
    assertEquals(isLoop(encode(name)), true, name);
  }
  // Behind that, it is not searched.
  assertEquals(isLoop(encode(`${"x".repeat(last + 1)}${three}`)), false);
});
