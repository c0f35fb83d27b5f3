import { assertEquals, assertMatch } from "@std/assert";
import { deno } from "../../support/scripts.ts";

async function run(...args: string[]) {
  await using process = deno("tests/support/greet.ts", args, { allow: [] });
  const { code, stdout, stderr } = await process.ended();
  return { code, stdout, stderr };
}

Deno.test("run gives main its options and the places for its output", async () => {
  assertEquals(await run("-l", "--trace"), {
    code: 0,
    stdout: "HELLO %s\n\ufffd\n",
    stderr: "greet.ts: a warning\na line\n",
  });
});

Deno.test("run says in one line what has failed, and exits with 1", async () => {
  assertEquals(await run("failure"), {
    code: 1,
    stdout: "hello %s\n\ufffd\n",
    stderr: "greet.ts: a warning\ngreet.ts: Cannot greet: who?\n",
  });
});

Deno.test("run does not wait for what a failure has left behind", async () => {
  assertEquals((await run("failure", "busy")).code, 1);
});

Deno.test("run says what the command line may hold, and exits with 2", async () => {
  assertEquals(await run("--quiet"), {
    code: 2,
    stdout: "",
    stderr:
      "greet.ts: Unknown option --quiet: allowed are --trace, --loud, --help\n",
  });
});

Deno.test("run prints the help instead of running main", async () => {
  const { code, stdout, stderr } = await run("--help", "mistake");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^Usage: greet\.ts .*\n[^]*this help and exit\n$/);
});

Deno.test("run hides no mistake of the program", async () => {
  const { code, stderr } = await run("mistake");
  assertEquals(code, 1);
  assertMatch(stderr, /TypeError: who is undefined[^]*\n +at /);
});
