import { residentMemory } from "../../tests/support/mod.ts";
import { load } from "../load/load.ts";
import type { Rival } from "../rivals.ts";
import { onCores, run, serve, start } from "../load/run.ts";
import type { Setting } from "../setting.ts";

/** One round of all measurements of a TCP server. */
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

/** The memory of an idle connection, in KiB. */
async function measureMemory(
  { built, figures, many }: Setting,
  { name, command }: Rival,
): Promise<void> {
  await using server = await serve(command);
  const { pid } = server.process;
  const load = `${built}/load`;
  const at = ["127.0.0.1", String(server.port)];
  // The first connections load what all of them need.
  await run([load, "burst", ...at, "100"]);
  const before = residentMemory(pid);
  await using holder = start([load, "idle", ...at, String(many)]);
  // It prints a line once it holds all connections, and ends if one is refused:
  // the table shows the servers that do.
  const isHeld = await holder.line(/ready/).then(() => true, () => false);
  if (!isHeld) return;
  const grown = residentMemory(pid) - before;
  figures.add(name, "memory", grown / 1_024 / many);
}
