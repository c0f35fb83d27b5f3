/** What a program uses of the machine, as Linux tells it in /proc. */

const LINUX = Deno.build.os === "linux";

/** Why there is nothing to be told; `false` if there is. */
export const noProc: string | false = LINUX ? false : "no /proc";

/** How many file descriptors it has open. */
export function descriptors(pid: number): number {
  return run("ls", `/proc/${pid}/fd`).trimEnd().split("\n").length;
}

/** How much memory it has, in bytes. */
export function residentMemory(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(
    run("cat", `/proc/${pid}/status`),
  );
  return Number(kilobytes?.[1]) * 1024;
}

/** How long it has had a core, in milliseconds. */
export function cpuTime(pid: number): number {
  // Behind the program's name, which may have anything in it: proc_pid_stat(5).
  const stat = run("cat", `/proc/${pid}/stat`).replace(/^.*\) /s, "").split(
    " ",
  );
  const ticks = Number(stat[11]) + Number(stat[12]);
  return ticks * 10; // A tick is a hundredth of a second on every Linux.
}

// Deno itself would need every permission for /proc.
function run(command: string, path: string): string {
  const { success, stdout, stderr } = new Deno.Command(command, {
    args: [path],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
