/** The memory, descriptors, CPU time and ports of a process, from /proc (Linux only). */

import { setTimeout as delay } from "node:timers/promises";

const LINUX = Deno.build.os === "linux";

/** Why they cannot be read here; `false` if they can. */
export const noProc: string | false = LINUX ? false : "no /proc";

/** The number of open file descriptors. */
export function descriptors(pid: number): number {
  return run("ls", `/proc/${pid}/fd`).trimEnd().split("\n").length;
}

/** The processes that a process has started and that run, by their numbers. */
export function childrenOf(pid: number): number[] {
  const list = run("cat", `/proc/${pid}/task/${pid}/children`).trim();
  return list === "" ? [] : list.split(" ").map(Number);
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

/**
 * Waits until a process listens over TCP, or has bound a socket over UDP, and
 * returns the port: for a server whose first line cannot be read.
 */
export async function portOf(
  pid: number,
  transport: "tcp" | "udp",
): Promise<number> {
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    const sockets = output("ls", "-l", `/proc/${pid}/fd`).stdout;
    const all = output("cat", `/proc/${pid}/net/${transport}`).stdout;
    // Only a socket without a peer has the remote port 0.
    const own = all.split("\n").map((line) => line.trim().split(/\s+/)).find(
      (fields) =>
        fields[2]?.endsWith(":0000") &&
        sockets.includes(`socket:[${fields[9]}]`),
    );
    if (own) return parseInt(own[1]?.split(":")[1] ?? "", 16);
    await delay(10);
  }
  throw new Error(`Process ${pid} has no ${transport} port`);
}

/**
 * How many bytes wait in each connection of a TCP port on this machine to be read,
 * those in the listen backlog included.
 */
export function unreadBytes(port: number): number[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return run("cat", "/proc/net/tcp").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(local) && fields[3] === "01")
    .map((fields) => parseInt(fields[4]?.split(":")[1] ?? "", 16));
}

function run(command: string, path: string): string {
  const { success, stdout, stderr } = output(command, path);
  if (!success) throw new Error(stderr);
  return stdout;
}

// Deno itself would need every permission for /proc.
function output(command: string, ...args: string[]) {
  const { success, stdout, stderr } = new Deno.Command(command, { args })
    .outputSync();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // A descriptor or process that is just gone is an error of `ls`.
  return { success, stdout: decode(stdout), stderr: decode(stderr) };
}
