import { works } from "../../tests/support/mod.ts";
import { isPinned, run } from "../load/run.ts";

/** What was measured on, with what, and when: a sentence. */
export async function machine(): Promise<string> {
  const first = async (command: string, ...args: string[]) =>
    works(command, ...args)
      ? (await run([command, ...args])).split("\n")[0] ?? ""
      : "";
  // Deno itself would need every permission for /proc.
  const info = await run(["cat", "/proc/cpuinfo"]);
  const model = /^model name\s*: (.*)$/m.exec(info)?.[1] ?? "unknown processor";
  const cores = `${navigator.hardwareConcurrency} cores`;
  const versions = [
    `Linux ${await first("uname", "-r")}`,
    `Deno ${Deno.version.deno}`,
    `Node ${await first("node", "--version")}`,
    await first("python3", "--version"),
    await first("gcc", "--version"),
  ];
  const date = new Date().toISOString().slice(0, 10);
  const pinning = isPinned ? "" : ", nothing pinned to a core";
  return `${date}; ${model}, ${cores}${pinning}; ${versions.join("; ")}.`;
}
