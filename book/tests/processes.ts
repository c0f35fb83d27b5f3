import { assert } from "@std/assert";
import { delay } from "@std/async/delay";
import { Process, ROOT } from "./support.ts";

const LIMIT = 20_000;

/** Waits until something holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + LIMIT;
  while (!await holds()) {
    assert(Date.now() < deadline, `Not yet: ${holds}`);
    await delay(20);
  }
}

/** Starts a task of the project. */
export function startTask(
  words: string[],
  env: Record<string, string> = {},
): Process {
  const all = ["task", "--quiet", ...words];
  return Process.start(Deno.execPath(), all, { cwd: ROOT, env });
}

/** Whether there is a process that has not ended. */
export async function isRunning(pid: number): Promise<boolean> {
  await using ps = Process.start("ps", ["-o", "stat=", "-p", String(pid)]);
  const { stdout } = await ps.ended();
  return stdout !== "" && !stdout.startsWith("Z");
}
