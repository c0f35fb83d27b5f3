/** Networks of two machines, made of namespaces of Linux. */

import { Process } from "./process.ts";
import { ROOT } from "./scripts.ts";

/** The address of the server. */
export const SERVER = "10.77.0.1";

/** The address of the clients. */
export const CLIENT = "10.77.0.2";

/** Runs a program to its end; its name and what it says are an error's words. */
function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args })
    .outputSync();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(`${command} ${args.join(" ")}: ${decode(stderr).trim()}`);
}

/** Two network namespaces, which stand for two machines, and the link between them. */
export class Network implements Disposable {
  // The process number, so that two runs of the tests share nothing.
  readonly server = `faults-${Deno.pid}-server`;
  readonly client = `faults-${Deno.pid}-client`;
  /** Whether packets are to be lost. */
  readonly isLossy: boolean;
  readonly #undo = new DisposableStack();

  /**
   * Creates them; after a failure it removes what it has created so far.
   *
   * @param qdisc What `tc qdisc add dev DEVICE root` takes; empty: the link is good.
   */
  constructor(qdisc: string[] = []) {
    this.isLossy = qdisc.length > 0;
    using undo = new DisposableStack();
    for (const namespace of [this.server, this.client]) {
      run("ip", "netns", "add", namespace);
      // A namespace takes its devices with it.
      undo.defer(() => void run("ip", "netns", "delete", namespace));
    }
    // Made inside: nothing of it is seen outside, not for a moment.
    run(
      ...["ip", "-n", this.server, "link", "add", "veth0", "type", "veth"],
      ...["peer", "name", "veth0", "netns", this.client],
    );
    for (
      const [namespace, address] of [
        [this.server, SERVER],
        [this.client, CLIENT],
      ] as const
    ) {
      const ip = (...args: string[]) => run("ip", "-n", namespace, ...args);
      ip("address", "add", `${address}/24`, "dev", "veth0");
      ip("link", "set", "veth0", "up");
      if (!this.isLossy) continue;
      run(
        ...["tc", "-n", namespace, "qdisc", "add", "dev", "veth0", "root"],
        ...qdisc,
      );
    }
    this.#undo = undo.move();
  }

  /** The number of dropped packets. */
  get dropped(): number {
    return [this.server, this.client].map((namespace) => {
      const statistics = run(
        ...["tc", "-s", "-n", namespace, "qdisc", "show", "dev", "veth0"],
      );
      return Number(/dropped (\d+)/.exec(statistics)?.[1]);
    }).reduce((sum, n) => sum + n);
  }

  /** Starts a script in one of the namespaces. */
  start(namespace: string, script: string, ...args: string[]): Process {
    return Process.start("ip", [
      ...["netns", "exec", namespace, Deno.execPath(), "run", "--no-prompt"],
      `--allow-net=${SERVER},${CLIENT},0.0.0.0,127.0.0.1`,
      // A further --hostname counts instead.
      ...[script, `--hostname=${SERVER}`, ...args],
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  }

  [Symbol.dispose](): void {
    this.#undo[Symbol.dispose]();
  }
}

/** Removes the namespaces of earlier runs that were killed. */
function removeLeftovers(): void {
  for (const line of run("ip", "netns", "list").split("\n")) {
    const [name = "", pid] = /^faults-(\d+)-\w+/.exec(line) ?? [];
    if (pid === undefined) continue;
    const { success: isRunning } = new Deno.Command("kill", {
      args: ["-0", pid],
      stderr: "null",
    }).outputSync();
    if (!isRunning) run("ip", "netns", "delete", name);
  }
}

/**
 * Why there cannot be such a network here; `false` if there can.
 *
 * @param qdisc What its links do to packets, as for the constructor.
 */
export function noNetwork(qdisc: string[]): string | false {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "needs root on Linux";
  }
  try {
    run("ip", "-V");
    run("tc", "-V");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no ip/tc";
    throw error;
  }
  removeLeftovers();
  try {
    using _network = new Network(qdisc);
    return false;
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("qdisc kind is unknown")) {
      return `no ${qdisc[0]} in this kernel`;
    }
    if (message.startsWith("ip ")) return "no network namespaces";
    throw error;
  }
}
