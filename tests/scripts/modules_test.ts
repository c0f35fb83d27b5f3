import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../support/scripts.ts";

/** The parts of `deno info --json` that count. */
interface Info {
  modules: { specifier: string; size?: number }[];
}

// Each module is read and compiled at each start.
for (const script of ["tcp_server.ts", "udp_server.ts", "udp_client.ts"]) {
  Deno.test(`${script} loads at most 30 modules with 150 KiB, and only its own table`, async () => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", script],
      cwd: ROOT,
    });
    const { stdout } = await command.output();
    const { modules }: Info = JSON.parse(new TextDecoder().decode(stdout));
    const size = modules.reduce((sum, { size = 0 }) => sum + size, 0);
    assert(modules.length > 10 && modules.length <= 30, `${modules.length}`);
    assert(size > 0 && size <= 150 * 1024, `${size}`);
    const [, role] = /_(\w+)\.ts$/.exec(script) ?? [];
    const tables = modules.map(({ specifier }) => specifier)
      .filter((specifier) => specifier.endsWith("_commands.ts"));
    assertEquals(tables, [new URL(`lib/cli/${role}_commands.ts`, ROOT).href]);
  });
}

Deno.test("each example fits into 120 lines", async () => {
  const folders = ["", "dns/", "file/", "deploy/"];
  for (const folder of folders.map((name) => `examples/${name}`)) {
    for await (const { name } of Deno.readDir(new URL(folder, ROOT))) {
      if (!name.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(new URL(folder + name, ROOT));
      assert(text.trimEnd().split("\n").length <= 120, folder + name);
    }
  }
});
