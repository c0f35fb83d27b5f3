import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { deno, startServer } from "./scripts.ts";

function script(code: string): string {
  return `data:application/typescript,${encodeURIComponent(code)}`;
}

const SERVER = script(`
  using listener = Deno.listen({
    hostname: "127.0.0.1",
    port: Number(Deno.args[0]?.replace("--port=", "")),
  });
  console.log("Starting");
  console.log("Bind TCP on %d...", listener.addr.port);
  const conn = await listener.accept();
  await conn.write(new TextEncoder().encode(Deno.args[1]));
  conn.close();
`);

Deno.test("startServer returns the port at which the server listens", async () => {
  await using server = await startServer(SERVER, ["hello"]);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const bytes = new Uint8Array(5);
  await conn.read(bytes);
  assertEquals(new TextDecoder().decode(bytes), "hello");
  const { code, stdout } = await server.process.ended();
  assertEquals(code, 0);
  assertEquals(stdout, `Starting\nBind TCP on ${server.port}...\n`);
});

Deno.test("startServer ends the server with the block", async () => {
  let ended;
  {
    await using server = await startServer(SERVER);
    ended = server.process.ended();
  }
  assertEquals((await ended).code === 0, false);
});

Deno.test("startServer fails with the output of a server that does not listen", async () => {
  const { message } = await assertRejects(
    () => startServer(script(`console.error("No port"); Deno.exit(1);`)),
    Error,
    "the program ended with status 1",
  );
  assertStringIncludes(message, "No port");
});

Deno.test("a script starts in the project's directory and may do nothing but loopback", async () => {
  const code = `
    for (const name of ["net", "read", "write", "env", "run", "sys", "ffi"]) {
      console.log(name, Deno.permissions.querySync({ name }).state);
    }
    for (const host of ["127.0.0.1", "[::1]", "localhost", "192.0.2.1"]) {
      console.log(host, Deno.permissions.querySync({ name: "net", host }).state);
    }
    Deno.readTextFileSync("deno.json");
  `;
  await using process = deno(script(code));
  const { code: status, stdout, stderr } = await process.ended();
  assertEquals(status, 1);
  assertEquals(stdout.split("\n"), [
    ...["net", "read", "write", "env", "run", "sys", "ffi"]
      .map((name) => `${name} prompt`),
    "127.0.0.1 granted",
    "[::1] granted",
    "localhost granted",
    "192.0.2.1 prompt",
    "",
  ]);
  // Refused without a question, and not in colour.
  assertMatch(stderr, /^error: Uncaught .*NotCapable: Requires read access/);
});

Deno.test("a script may do what it is allowed, and has its environment", async () => {
  await using process = deno(
    script(`
      console.log(Deno.readTextFileSync("deno.json").slice(0, 1));
      console.log(Deno.env.get("ADDED"), ...Deno.args);
      console.log(Deno.permissions.querySync({ name: "net" }).state);
    `),
    ["a", "--b"],
    { allow: ["read=.", "env=ADDED"], env: { ADDED: "yes" } },
  );
  const { code, stdout, stderr } = await process.ended();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout, "{\nyes a --b\nprompt\n");
});
