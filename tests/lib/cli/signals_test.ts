import { assertEquals, assertMatch } from "@std/assert";
import { deno } from "../../support/scripts.ts";

const MODULE = JSON.stringify(
  new URL("../../../lib/cli/_signals.ts", import.meta.url).href,
);

function script(code: string): string {
  const text = `import { Shutdown } from ${MODULE};\n${code}`;
  return `data:application/typescript,${encodeURIComponent(text)}`;
}

const UNTIL_FORCED = script(`
  const shutdown = new Shutdown({ force: () => Deno.exit(130) });
  shutdown.signal.onabort = () => console.log(shutdown.signal.reason.message);
  setInterval(() => {}, 1_000_000);
  console.log("ready");
`);

function test(name: string, fn: () => Promise<void>): void {
  // There are no such signals to send on Windows.
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

for (
  const [first, second] of [
    ["SIGINT", "SIGINT"],
    ["SIGTERM", "SIGTERM"],
    ["SIGTERM", "SIGINT"],
  ] as const
) {
  test(`Shutdown asks with ${first}, and forces with ${second} after it`, async () => {
    await using process = deno(UNTIL_FORCED, [], { allow: ["import"] });
    await process.line("ready");
    process.kill(first);
    await process.line(`Interrupted by ${first}`);
    process.kill(second);
    assertEquals((await process.ended()).code, 130);
  });
}

test("Shutdown keeps no program alive", async () => {
  await using process = deno(script(`
    new Shutdown({ force: () => {} });
    console.log("done");
  `));
  assertEquals((await process.ended()).stdout, "done\n");
});

test("Shutdown that is disposed leaves the signals to the system again", async () => {
  await using process = deno(script(`
    const shutdown = new Shutdown({ force: () => {} });
    shutdown[Symbol.dispose]();
    shutdown[Symbol.dispose]();
    setInterval(() => {}, 1_000_000);
    console.log("ready");
  `));
  await process.line("ready");
  process.kill("SIGTERM");
  const { signal, code } = await process.ended();
  assertEquals(signal, "SIGTERM");
  assertEquals(code, 143);
});

test("Shutdown listens to the signals that it is given alone", async () => {
  await using process = deno(script(`
    const shutdown = new Shutdown({ force: () => {}, signals: ["SIGUSR1"] });
    shutdown.signal.onabort = () => console.log(shutdown.signal.reason.message);
    setInterval(() => {}, 1_000_000);
    console.log("ready");
  `));
  await process.line("ready");
  process.kill("SIGUSR1");
  assertMatch(await process.line(/./), /^Interrupted by SIGUSR1$/);
  process.kill("SIGINT");
  assertEquals((await process.ended()).signal, "SIGINT");
});

test("Shutdown that cannot listen to one signal listens to none", async () => {
  await using process = deno(script(`
    try {
      new Shutdown({ force: () => {}, signals: ["SIGTERM", "SIGKILL"] });
    } catch (error) {
      console.log(error.message);
    }
    setInterval(() => {}, 1_000_000);
  `));
  await process.line(/SIGKILL/);
  process.kill("SIGTERM");
  assertEquals((await process.ended()).signal, "SIGTERM");
});
