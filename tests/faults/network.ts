/** A network of two machines, made of namespaces of Linux, for bad_network_test.ts. */

import { Process } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";

const [SERVER, CLIENT] = ["10.77.0.1", "10.77.0.2"];

/** Runs a program to its end; its name and what it says are an error's words. */
function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args })
    .outputSync();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(`${command} ${args.join(" ")}: ${decode(stderr).trim()}`);
}

/**
 * Two network namespaces, which stand for two machines, and the link between them.
 *
 * A run that is killed leaves its two namespaces, `faults-PID-*`, until the machine
 * restarts: `ip netns delete` removes them.
 */
export class Network implements Disposable {
  // The process number, so that two runs of the tests share nothing.
  readonly server = `faults-${Deno.pid}-server`;
  readonly client = `faults-${Deno.pid}-client`;
  readonly #undo = new DisposableStack();

  /**
   * Creates them; after a failure it removes what it has created so far.
   *
   * @param qdisc What `tc qdisc add dev DEVICE root` takes; empty: the link is good.
   */
  constructor(qdisc: string[]) {
    using undo = new DisposableStack();
    for (const namespace of [this.server, this.client]) {
      run("ip", "netns", "add", namespace);
      // A namespace takes its devices with it.
      undo.defer(() => void run("ip", "netns", "delete", namespace));
    }
    // Made inside: nothing of it is seen outside, not for a moment.
    const peer = ["peer", "name", "veth0", "netns", this.client];
    const link = ["link", "add", "veth0", "type", "veth", ...peer];
    run("ip", "-n", this.server, ...link);
    for (
      const [namespace = "", address] of [
        [this.server, SERVER],
        [this.client, CLIENT],
      ]
    ) {
      const to = ["-n", namespace];
      run("ip", ...to, "address", "add", `${address}/24`, "dev", "veth0");
      run("ip", ...to, "link", "set", "veth0", "up");
      if (qdisc.length === 0) continue;
      run("tc", ...to, "qdisc", "add", "dev", "veth0", "root", ...qdisc);
    }
    this.#undo = undo.move();
  }

  /** The number of dropped packets. */
  get dropped(): number {
    const show = ["qdisc", "show", "dev", "veth0"];
    return [this.server, this.client]
      .map((each) => /dropped (\d+)/.exec(run("tc", "-s", "-n", each, ...show)))
      .reduce((sum, found) => sum + Number(found?.[1]), 0);
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

/** Why there cannot be such a network here; `false` if there can. */
export function noNetwork(qdisc: string[]): string | false {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "needs root on Linux";
  }
  try {
    using _network = new Network(qdisc);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no ip/tc";
    const { message } = error as Error;
    if (message.includes("qdisc kind is unknown")) {
      return `no ${qdisc[0]} in this kernel`;
    }
    if (message.startsWith("ip ")) return "no network namespaces";
    throw error;
  }
}
