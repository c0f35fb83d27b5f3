import { load } from "./load.ts";
import type { Rival } from "./rivals.ts";
import { onCores, residentMemory, run, serve } from "./run.ts";
import type { Setting } from "./setting.ts";

/** One round of everything that a TCP server is asked. */
export async function measureTcp(
  setting: Setting,
  rival: Rival,
): Promise<void> {
  const { connections, seconds, many } = setting;
  for (
    const [cores, where] of [["0", "one core"], ["1", "two cores"]] as const
  ) {
    await using server = await serve(onCores("0", rival.command));
    for (const n of connections) {
      const command = ["tcp", String(n), String(seconds)];
      await load(setting, rival, cores, `${where} ${n}`, server.port, command);
    }
  }
  await using server = await serve(onCores("0", rival.command));
  const ask = (label: string, ...command: string[]) =>
    load(setting, rival, "1", label, server.port, command);
  await ask("two", "two", "200");
  await ask("connect", "connect", String(seconds));
  await ask("burst", "burst", String(many));
  await measureMemory(setting, rival);
}

/** What an idle connection costs in memory, in KiB. */
async function measureMemory(
  { built, figures, many }: Setting,
  { name, command }: Rival,
): Promise<void> {
  await using server = await serve(command);
  const load = [`${built}/load`];
  const at = ["127.0.0.1", String(server.port)];
  // The first connections load what all of them need.
  await run([...load, "burst", ...at, "100"]);
  const before = await residentMemory(server.pid);
  await using holder = new Deno.Command(`${built}/load`, {
    args: ["idle", ...at, String(many)],
    stdin: "piped",
    stdout: "piped",
    stderr: "null", // The table says who has not let all in.
  }).spawn();
  const reader = holder.stdout.getReader();
  // It says when it holds all of them; if they are not all let in it ends.
  const { done } = await reader.read();
  if (!done) {
    const after = await residentMemory(server.pid);
    figures.add(name, "memory", (after - before) / many);
  }
  await holder.stdin.close().catch(() => {}); // It has ended and hears nothing.
  await reader.cancel();
}
