import { assertEquals, assertRejects } from "@std/assert";
import { ipVersion } from "../../lib/ip_version.ts";
import { resolve } from "../../lib/resolve.ts";

Deno.test("resolve leaves an IP address as it is", async () => {
  for (const address of ["127.0.0.1", "::1", "2001:DB8::1"]) {
    assertEquals(await resolve(address), address);
  }
});

Deno.test("resolve finds the address of this machine's name", async () => {
  assertEquals(ipVersion(await resolve("localhost")) !== null, true);
  assertEquals(await resolve("localhost", { family: 4 }), "127.0.0.1");
});

Deno.test("resolve says in Deno's words that a name has no address", async () => {
  const error = await assertRejects(
    () => resolve(""),
    Error,
    'Cannot resolve "": failed to lookup address information',
  );
  assertEquals("code" in error && error.code, "ENOTFOUND");
});

Deno.test("resolve hands on that the permission is missing", async () => {
  const error = await assertRejects(() => resolve("nowhere.invalid"), Error);
  assertEquals("code" in error && error.code, "EPERM");
});
