import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MAX_UDP_NAME } from "../../lib/greeting.ts";
import { deno } from "../support/scripts.ts";
import { assertGreets, CLIENT, greet, meet } from "../support/udp_client.ts";
import { encode, hello } from "../support/bytes.ts";
import { noIPv6, testUnless } from "../support/skip.ts";

Deno.test("client sends the tutorial's names, or those that are typed, each after the last answer", async () => {
  // A command line has at most 32,767 characters on Windows.
  const length = Deno.build.os === "windows" ? 30_000 : MAX_UDP_NAME;
  const longest = "a".repeat(length);
  for (
    const [args, names] of [
      [[], ["Michael", "Tracy", "Sarah"]],
      // No timer that is left keeps it from ending.
      [["--timeout=1000", "小明", longest], ["小明", longest]],
      // A line end at the end is left out of the greeting.
      [["Sarah\n"], ["Sarah\n"]],
    ]
  ) {
    const met = await meet(args ?? [], greet);
    assertGreets(met, names ?? []);
    assertEquals(met.names, names);
  }
});

for (
  const [what, args, datagram, says] of [
    [
      "what the server sends instead, safely",
      ["--timeout=0.1", "--retries=0"],
      new Uint8Array([...encode("\x1b[2J\n\u202e\u009b"), 0xff, 0x9b]),
      /: 127\.0\.0\.1:\d+ sent "\\x1b\[2J\\x0a\\u\{202e\}\\u\{9b\}\\xff\\x9b"; is it another server\?\n$/,
    ],
    [
      "how often it has asked",
      ["--timeout=0.05", "--retries=2"],
      null,
      /: No answer to 3 tries of 0\.05 s each; start the server, or check host and port\n$/,
    ],
  ] as const
) {
  Deno.test(`client without an answer says ${what}`, async () => {
    const { code, stdout, stderr, names } = await meet(
      [...args, "Sarah", "Tracy"],
      async ({ answer }) => {
        if (datagram !== null) await answer(datagram);
      },
    );
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertMatch(
      stderr,
      /^udp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over UDP: [^\n]+\n$/,
    );
    assertMatch(stderr, says);
    assertEquals(new Set(names), new Set(["Sarah"]));
  });
}

Deno.test("client shows with --trace what crosses the wire, on standard error", async () => {
  const { code, stdout, stderr } = await meet(["--trace", "Sarah"], greet);
  assertEquals({ code, stdout }, { code: 0, stdout: `${hello("Sarah")}\n` });
  for (const text of ["Sarah", hello("Sarah")]) {
    assertStringIncludes(stderr, `|${text}|`);
  }
});

for (
  const [hostname, reason] of [["::1", noIPv6], ["localhost", false]] as const
) {
  testUnless(reason, `client talks to a server at ${hostname}`, async () => {
    assertGreets(await meet(["Sarah"], greet, hostname), ["Sarah"]);
  });
}

Deno.test("client refuses a name that the server takes for a loop", async () => {
  await using client = deno(CLIENT, [hello(hello(hello("Sarah")))]);
  const { code, stderr } = await client.ended();
  assertEquals(code, 2);
  assertStringIncludes(stderr, "greeting of a greeting of a greeting");
});
