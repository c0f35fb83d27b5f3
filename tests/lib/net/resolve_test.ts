import { assert, assertEquals, assertRejects } from "@std/assert";
import { NetAccessError, resolve } from "../../../lib/net/mod.ts";
import { deno } from "../../support/scripts.ts";

const codeOf = (error: Error) => "code" in error ? error.code : undefined;

Deno.test("resolve gives all addresses in their order, each once", async () => {
  for (const address of ["127.0.0.1", "::1", "2001:DB8::1"]) {
    assertEquals(await resolve(address), [address]);
  }
  const lookup = () => Promise.resolve(["::1", "127.0.0.1", "::1"]);
  assertEquals(await resolve("db", { lookup }), ["::1", "127.0.0.1"]);
  assert((await resolve("localhost")).includes("127.0.0.1"));
});

Deno.test("resolve says in Deno's words that a name has no address", async () => {
  for (const name of ["", "db"]) {
    const error = await assertRejects(
      () => resolve(name, { lookup: () => Promise.resolve([]) }),
      Error,
      `Cannot resolve "${name}": failed to lookup address information`,
    );
    assertEquals(codeOf(error), "ENOTFOUND");
  }
});

Deno.test("resolve names the permission that is missing", {
  permissions: { net: ["127.0.0.1"] },
}, async () => {
  await assertRejects(
    () => resolve("nowhere.invalid"),
    NetAccessError,
    "Deno does not allow it; grant --allow-net=nowhere.invalid",
  );
});

Deno.test("resolve does not wait for the name servers longer than its time-out", async () => {
  const error = await assertRejects(
    () => resolve("db", { timeout: 10, lookup: () => new Promise(() => {}) }),
    Error,
  );
  assertEquals(
    error.message,
    'No name server has answered for "db" within 0.01 s; ' +
      "check the network, or use an IP address",
  );
  assertEquals(codeOf(error), "EAI_AGAIN");
});

Deno.test("resolve ends with the reason of its signal, or with what the lookup throws", async () => {
  const mistake = new DOMException("Mistaken", "AbortError");
  const lookup = () => Promise.reject(mistake);
  const thrown = await resolve("db", { lookup }).catch((error) => error);
  assert(thrown === mistake);
  const stop = new AbortController();
  // A reason that looks like resolve's own time-out.
  const reason = new DOMException("Enough", "TimeoutError");
  const stopped = await resolve("db", {
    lookup: () => {
      stop.abort(reason);
      return new Promise(() => {});
    },
    signal: stop.signal,
  }).catch((error) => error);
  assert(stopped === reason);
});

/** What a program prints that gets `resolve`, with the permissions for some hosts. */
async function outputOf(code: string, ...net: string[]): Promise<string[]> {
  const { href } = new URL("../../../lib/net/resolve.ts", import.meta.url);
  const program = `const { resolve } = await import("${href}");${code}`;
  await using process = deno(
    `data:application/typescript,${encodeURIComponent(program)}`,
    [],
    { allow: ["read", ...net] },
  );
  const { stdout, stderr } = await process.ended();
  assertEquals(stderr, "");
  return stdout.trimEnd().split("\n");
}

Deno.test("resolve says in plain words what the system's resolver reports", async () => {
  // Neither can be a name: the resolver knows without a name server.
  const code = `for (const name of ["a b", "\\x1b[2J"]) {
    const error = await resolve(name).catch((error) => error);
    console.log(error.code, error.message, error.cause instanceof Error);
  }`;
  assertEquals(
    await outputOf(code, "net"),
    ["a b", "\\x1b[2J"].map((name) =>
      `ENOTFOUND Cannot resolve "${name}": failed to lookup address information true`
    ),
  );
});

Deno.test("resolve needs the permission for the name, without a port", async () => {
  const code = `const show = (error) => error.code ?? error.name;
    console.log((await resolve("127.0.0.1").catch(show)).join());
    const found = await resolve("localhost").catch(show);
    console.log(found.includes("127.0.0.1") ? "127.0.0.1" : found);
    console.log(await resolve("x".repeat(64)).catch(show));`;
  const cases: [net: string[], answers: string[]][] = [
    [[], ["127.0.0.1", "NetAccessError", "NetAccessError"]],
    [["net=localhost:80"], ["127.0.0.1", "NetAccessError", "NetAccessError"]],
    [["net=localhost"], ["127.0.0.1", "127.0.0.1", "NetAccessError"]],
    // No name has a part of 64 characters: no name server is asked.
    [["net"], ["127.0.0.1", "127.0.0.1", "ENOTFOUND"]],
  ];
  for (const [net, answers] of cases) {
    assertEquals(await outputOf(code, ...net), answers);
  }
});
