import { assertEquals } from "@std/assert";
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
  Deno.addSignalListener("SIGUSR1", () => console.log("SIGUSR1 came after them"));
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
    ["SIGHUP", "SIGINT"],
    ["SIGHUP", "SIGTERM"],
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

test("Shutdown is not forced by SIGHUP, which often comes twice", async () => {
  await using process = deno(UNTIL_FORCED, [], { allow: ["import"] });
  await process.line("ready");
  process.kill("SIGHUP");
  await process.line("Interrupted by SIGHUP");
  for (let i = 0; i < 3; i++) process.kill("SIGHUP");
  process.kill("SIGUSR1");
  await process.line("SIGUSR1 came after them");
  process.kill("SIGTERM");
  assertEquals((await process.ended()).code, 130);
});

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

test("Shutdown that cannot handle one signal handles none", async () => {
  await using process = deno(script(`
    const { addSignalListener } = Deno;
    Deno.addSignalListener = (name, handler) => {
      if (name === "SIGHUP") throw new TypeError("no SIGHUP here");
      addSignalListener(name, handler);
    };
    try {
      new Shutdown({ force: () => {} });
    } catch (error) {
      console.log(error.message);
    }
    setInterval(() => {}, 1_000_000);
  `));
  await process.line("no SIGHUP here");
  process.kill("SIGTERM");
  assertEquals((await process.ended()).signal, "SIGTERM");
});
