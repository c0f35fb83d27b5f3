/** What scripts do on a device that takes nothing. */

import { assertEquals } from "@std/assert";
import { Process } from "../../support/process.ts";
import { ROOT } from "../../support/scripts.ts";

async function run(redirection: string, script: string, ...args: string[]) {
  await using process = Process.start("sh", [
    "-c",
    `exec "$@" ${redirection}`,
    "sh",
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    script,
    ...args,
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  const { code, stdout, stderr } = await process.ended();
  return { code, stdout, stderr };
}

function test(name: string, fn: () => Promise<void>): void {
  const isLinux = Deno.build.os === "linux";
  const because = isLinux ? "" : " (skipped: needs /dev/full)";
  Deno.test({ name: name + because, ignore: !isLinux, fn });
}

for (const name of ["tcp_server", "tcp_client", "udp_server", "udp_client"]) {
  const script = `${name}.ts`;

  test(`${script} exits with 2 for a usage error that it cannot write`, async () => {
    const { code } = await run("2> /dev/full", script, "--wrong");
    assertEquals(code, 2);
  });

  test(`${script} exits with 1 if it cannot write its help`, async () => {
    assertEquals(await run("> /dev/full", script, "--help"), {
      code: 1,
      stdout: "",
      stderr:
        `${script}: Cannot write to standard output: no space left on device\n`,
    });
  });
}

test("a client exits with 1 for an error that it cannot write", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  listener.close();
  const { code } = await run("2> /dev/full", "tcp_client.ts", `--port=${port}`);
  assertEquals(code, 1);
});
