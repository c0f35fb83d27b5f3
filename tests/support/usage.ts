/** The memory, descriptors and CPU time of a process, from /proc (Linux only). */

const LINUX = Deno.build.os === "linux";

/** Why they cannot be read here; `false` if they can. */
export const noProc: string | false = LINUX ? false : "no /proc";

/** The number of open file descriptors. */
export function descriptors(pid: number): number {
  return run("ls", `/proc/${pid}/fd`).trimEnd().split("\n").length;
}

/** The resident memory, in bytes. */
export function residentMemory(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(
    run("cat", `/proc/${pid}/status`),
  );
  return Number(kilobytes?.[1]) * 1024;
}

/** The CPU time used so far, in milliseconds. */
export function cpuTime(pid: number): number {
  // The fields after the program's name, which may contain anything: proc_pid_stat(5).
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
