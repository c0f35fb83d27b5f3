import { assertEquals } from "@std/assert";
import { formatAddress } from "../../../lib/net/address.ts";
import { addressOf } from "../../../lib/cli/commands.ts";

const CASES: [url: string, address: string][] = [
  ["http://example.com/a?b", "example.com:80"],
  ["https://example.com", "example.com:443"],
  ["http://127.0.0.1:8000/", "127.0.0.1:8000"],
  ["http://localhost:80/", "localhost:80"],
  ["https://[::1]:8443/", "[::1]:8443"],
  ["http://[2001:db8::1]/", "[2001:db8::1]:80"],
  ["http://例子.测试/", "xn--fsqu00a.xn--0zwm56d:80"],
];

for (const [url, address] of CASES) {
  Deno.test(`the server of ${url} is ${address}`, () => {
    assertEquals(formatAddress(addressOf(new URL(url))), address);
  });
}
