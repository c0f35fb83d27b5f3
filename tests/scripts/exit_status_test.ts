/** How the scripts end that do not get to work, and what they say. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openPair } from "../support/loopback_connection.ts";
import { deno } from "../support/scripts.ts";
import { openUdp } from "../support/udp.ts";

const SERVERS = ["tcp_server.ts", "udp_server.ts"];
const CLIENTS = ["tcp_client.ts", "udp_client.ts"];
const ALL = [...SERVERS, ...CLIENTS];

async function run(script: string, args: string[], allow: string[] = []) {
  await using process = deno(script, args, { allow });
  const { code, stdout, stderr } = await process.ended();
  return { code, stdout, stderr };
}

const EXAMPLES = ["chat.ts", "dns/dns.ts", "netcat.ts", "relay.ts"]
  .map((name) => `examples/${name}`);

for (const script of [...ALL, ...EXAMPLES]) {
  const name = script.replace(/^.*\//, "");

  Deno.test(`${script} --help says how to run it, and needs no permission`, async () => {
    const help = await run(script, ["--port", "80a", "-h"]);
    assertEquals({ ...help, stdout: "" }, { code: 0, stdout: "", stderr: "" });
    assertStringIncludes(help.stdout, `Usage: ${name} [`);
  });

  // commands_test.ts has the words for each option.
  Deno.test(`${script} --port=80a is a wrong command line`, async () => {
    const { code, stdout, stderr } = await run(script, ["--port=80a"]);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, new RegExp(`^${name}: [^\n]*--port[^\n]*\n$`));
  });
}

/** One line that names what was tried, and says this. */
function assertFailure(
  script: string,
  { code, stdout, stderr }: Awaited<ReturnType<typeof run>>,
  ...says: string[]
): void {
  assertEquals({ code, stdout }, { code: 1, stdout: "" }, stderr);
  assertMatch(stderr, new RegExp(`^${script}: Cannot [^\n]*\n$`));
  for (const piece of says) assertStringIncludes(stderr, piece);
}

const NOWHERE = ["-H", "nowhere.invalid"];
const OTHER = ["-H", "192.0.2.1", "--port=0"];

/** A script, its arguments, the hosts that it may reach, and what it says. */
const FAILURES: [string[], string[], string, ...string[]][] = [
  [ALL, NOWHERE, "nowhere.invalid", "nowhere.invalid"],
  [SERVERS, OTHER, "192.0.2.1:0", "192.0.2.1:0", "this machine"],
  // A missing permission is named as Deno wants it.
  [["tcp_client.ts"], ["-H", "::1"], "", '"--allow-net=[::1]:9999"'],
  [["tcp_client.ts"], ["--get", "http://a/"], "", "--allow-net=a:80"],
  [["udp_client.ts"], ["-H", "::1"], "", '"--allow-net=[::1]:0,[::1]:9999"'],
];

for (const [scripts, args, hosts, ...says] of FAILURES) {
  for (const script of scripts) {
    Deno.test(`${script} ${args.join(" ")} fails, and says ${says}`, async () => {
      const allow = hosts === "" ? [] : [`net=${hosts}`];
      assertFailure(script, await run(script, args, allow), ...says);
    });
  }
}

Deno.test("a port in use is named, and another one advised; so is a port without a server", async () => {
  using pair = await openPair();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using socket = openUdp();
  for (
    const [script, { port }, ...says] of [
      ["tcp_server.ts", listener.addr, "in use", "another port"],
      ["udp_server.ts", socket.addr, "in use", "another port"],
      // Nothing listens at a client's own port.
      ["tcp_client.ts", pair.peers.localAddr, "start"],
    ] as const
  ) {
    const ended = await run(script, [`--port=${port}`], ["net=127.0.0.1"]);
    assertFailure(script, ended, `127.0.0.1:${port}`, ...says);
  }
});
