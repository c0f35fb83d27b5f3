import { assertEquals } from "@std/assert";
import {
  formatAddress,
  formatHostname,
  sameAddress,
} from "../../../lib/net/address.ts";
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
  Deno.test(`${a} and ${b} are ${same ? "one address" : "two"}`, () => {
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
  name: "a peer is one address, seen by a socket for both versions of IP too",
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
