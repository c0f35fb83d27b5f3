import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ipVersion } from "../../../lib/net/address.ts";
import { resolve } from "../../../lib/net/resolve.ts";
import { deno } from "../../support/scripts.ts";

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

Deno.test("resolve gives an address of the family, or none", async () => {
  assertEquals(ipVersion(await resolve("localhost", { family: 4 })), 4);
  // Whether "localhost" has one of IPv6 is for the machine to say.
  const six = await resolve("localhost", { family: 6 }).then(
    ipVersion,
    (error) => error.code,
  );
  assertEquals(six === 6 || six === "ENOTFOUND", true, `${six}`);
});

// Neither can be a name: the resolver knows without asking anyone.
for (
  const [name, shown] of [["a b", "a b"], ["\x1b[2J", "\\x1b[2J"]] as const
) {
  Deno.test(`resolve says that "${shown}" has no address, and why`, async () => {
    const error = await assertRejects(() => resolve(name), Error);
    assertEquals(
      error.message,
      `Cannot resolve "${shown}": failed to lookup address information`,
    );
    assertEquals("code" in error && error.code, "ENOTFOUND");
    assertInstanceOf(error.cause, Error);
  });
}

Deno.test("resolve needs the permission for the name, without a port", async () => {
  const code = `
    const { resolve } = await import(Deno.args[0]);
    const show = (error) => error.code ?? error.name;
    console.log(await resolve("127.0.0.1").catch(show));
    console.log(await resolve("localhost", { family: 4 }).catch(show));
    console.log(await resolve("x".repeat(64)).catch(show));
  `;
  const lib = new URL("../../../lib/net/resolve.ts", import.meta.url).href;
  const cases: [net: string[], answers: string[]][] = [
    [[], ["127.0.0.1", "EPERM", "EPERM"]],
    [["net=localhost:80"], ["127.0.0.1", "EPERM", "EPERM"]],
    [["net=localhost"], ["127.0.0.1", "127.0.0.1", "EPERM"]],
    // No name has a part of 64 characters: nobody is asked for it.
    [["net"], ["127.0.0.1", "127.0.0.1", "ENOTFOUND"]],
  ];
  for (const [net, answers] of cases) {
    await using process = deno(
      `data:application/typescript,${encodeURIComponent(code)}`,
      [lib],
      { allow: ["read", ...net] },
    );
    const { stdout, stderr } = await process.ended();
    assertEquals({ stderr, answers: stdout.trimEnd().split("\n") }, {
      stderr: "",
      answers,
    });
  }
});
