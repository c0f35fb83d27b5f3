/** The experiments and answers of chapter 8. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  encode,
  ends,
  freePort,
  hasIPv6,
  isGreeted,
  ROOT,
  run,
  runExample,
  runTyped,
  startServer,
  stop,
  typedOutput,
  visit,
  works,
} from "./support.ts";

const FOLDER = "book/8-beyond-one-machine/";
const NAME = encode("Sarah");

/** The words of `unshare` for process numbers of its own, as a container has them. */
const CONTAINER = ["--user", "--map-root-user", "--pid", "--fork"];

const noContainer = Deno.build.os !== "linux"
  ? "needs Linux"
  : !works("unshare", ...CONTAINER, "true") &&
    "no unshare, or no namespaces";

function test(
  name: string,
  obstacle: string | false,
  fn: () => Promise<void>,
): void {
  const skipped = obstacle ? ` (skipped: ${obstacle})` : "";
  Deno.test({ name: name + skipped, ignore: obstacle !== false, fn });
}

/** The processes that a process has started, by their numbers. */
async function childrenOf({ pid }: { pid: number }): Promise<number[]> {
  const list = await run("cat", [`/proc/${pid}/task/${pid}/children`]);
  return list.trim().split(" ").map(Number);
}

test(
  "SIGTERM ends an ordinary process that does not handle it, and has no effect on PID 1",
  noContainer,
  async () => {
    const path = `${FOLDER}terminate.ts`;
    await using ordinary = await runTyped(path);
    assertEquals((await ordinary.ended()).signal, "SIGTERM");
    const args = ["run", "--allow-run", path];
    const asFirst = (...more: string[]) =>
      run("unshare", [...CONTAINER, Deno.execPath(), ...args, ...more], {
        cwd: ROOT,
      });
    assertEquals(await asFirst(), "PID 1 still runs\n");
    assertEquals(await asFirst("--handle"), "SIGTERM arrived\n");
  },
);

test(
  "0.0.0.0 accepts IPv4 alone, and :: accepts both on Linux",
  Deno.build.os !== "linux" ? "needs Linux" : !hasIPv6 && "no IPv6",
  async () => {
    assertEquals(
      await typedOutput(`${FOLDER}dual_stack.ts`),
      "127.0.0.1 sees 127.0.0.1 as 127.0.0.1\n" +
        "127.0.0.1 and ::1: ConnectionRefused\n" +
        "0.0.0.0 sees 127.0.0.1 as 127.0.0.1\n" +
        "0.0.0.0 and ::1: ConnectionRefused\n" +
        ":: sees 127.0.0.1 as ::ffff:127.0.0.1\n:: sees ::1 as ::1\n",
    );
  },
);

test(
  "answers/supervisor.ts starts a server again that was killed, and ends all of them at SIGTERM",
  Deno.build.os !== "linux" && "needs Linux",
  async () => {
    const port = freePort();
    await using supervisor = await runTyped(
      `${FOLDER}answers/supervisor.ts`,
      { args: [`${port}`, "2"] },
    );
    const bind = `Bind TCP on ${port}...`;
    await supervisor.line(bind);
    await supervisor.line(bind);
    const [first = 0] = await childrenOf(supervisor);
    Deno.kill(first, "SIGKILL");
    await supervisor.errorLine(/^Server \d ended with status 137$/);
    await supervisor.line(bind);
    using conn = await visit(port);
    assertEquals(await isGreeted(conn, NAME), true);
    supervisor.kill("SIGTERM");
    assertEquals(await ends(conn), true);
    assertEquals((await supervisor.ended()).code, 0);
  },
);

Deno.test("answers/any_server.ts asks the next server when one is not there", async () => {
  await using server = await startServer("tcp_server.ts", ["--delay=0"]);
  const path = `${FOLDER}answers/any_server.ts`;
  const dead = `127.0.0.1:${freePort()}`;
  await using client = runExample(path, {
    args: [dead, `127.0.0.1:${server.port}`],
  });
  const { code, stdout, stderr } = await client.ended();
  assertEquals([code, stdout], [0, "Hello, Michael!\n"]);
  assertMatch(stderr, new RegExp(`^${dead}: .*refused.*\n$`));
  await using none = runExample(path, { args: [dead] });
  assertEquals((await none.ended()).code, 1);
  await stop(server);
});
