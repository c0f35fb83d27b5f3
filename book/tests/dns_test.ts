/** The programs of chapter 10, with those of `examples/dns/`. */
import { assertEquals, assertMatch } from "@std/assert";
import { startTyped, typedOutput } from "./support.ts";

const FOLDER = "book/10-dns/";
const DNS_SERVER = "examples/dns/dns_server.ts";
const QUAD9 = "0.0.0.0:0,9.9.9.9:53";

Deno.test("dns_plain.ts prints the question, the answer and the address", async () => {
  await using server = await startTyped(DNS_SERVER);
  const { port } = server;
  const output = await typedOutput(`${FOLDER}dns_plain.ts`, { port });
  const lines = output.trimEnd().split("\n");
  assertEquals(lines[0], "12 34 01 00 00 01 00 00 00 00 00 00 03 77 77 77");
  assertEquals(lines[4], "12 34 85 00 00 01 00 03 00 00 00 00 03 77 77 77");
  assertEquals(lines.at(-1), "192.0.2.2");
});

Deno.test("chapter 10: the name of an address is found", async () => {
  await using server = await startTyped(DNS_SERVER);
  const { port } = server;
  const reverse = (address: string) =>
    typedOutput(`${FOLDER}answers/reverse.ts`, {
      args: [address, "127.0.0.1", String(port)],
      replace: { [QUAD9]: `127.0.0.1:0,127.0.0.1:${port}` },
    });
  assertEquals(
    await reverse("192.0.2.1"),
    "1.2.0.192.in-addr.arpa. 300 IN PTR sockets.test.\n",
  );
  assertMatch(await reverse("2001:db8::1"), /^NXDOMAIN: /);
});
