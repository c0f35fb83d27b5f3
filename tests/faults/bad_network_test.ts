import { assert, assertEquals } from "@std/assert";
import { Process } from "../support/process.ts";
import { boundPort, ROOT } from "../support/scripts.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import { counted } from "../support/hostile_server.ts";
import { hello, WELCOME_TEXT } from "../support/wire.ts";

/** A network, and what `tc qdisc add dev DEVICE root` takes to make it a bad one. */
interface Link {
  name: string;
  qdisc: string[];
}

const LINKS: Link[] = [
  {
    name: "a network that loses a tenth, takes 20 ms and confuses the order",
    qdisc: "netem loss 10% delay 20ms reorder 25% 50%".split(" "),
  },
  {
    // The loopback interface of a new namespace is down: packets to an own address
    // are dropped silently, as behind a firewall.
    name: "a network in which the server does not reach itself",
    qdisc: [],
  },
];

const SERVER = "10.77.0.1";
const CLIENT = "10.77.0.2";

/** Runs a program to its end; its name and what it says are an error's words. */
function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args })
    .outputSync();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return decode(stdout);
  throw new Error(`${command} ${args.join(" ")}: ${decode(stderr).trim()}`);
}

/** Two network namespaces, which stand for two machines, and the link between them. */
class Network implements Disposable {
  // The process number, so that two runs of the tests share nothing.
  readonly server = `faults-${Deno.pid}-server`;
  readonly client = `faults-${Deno.pid}-client`;
  /** Whether packets are to be lost. */
  readonly isLossy: boolean;
  readonly #undo = new DisposableStack();

  /** Creates them; after a failure it removes what it has created so far. */
  constructor({ qdisc }: Link) {
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
      `--allow-net=${SERVER},${CLIENT},0.0.0.0:0`,
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

/** Why there cannot be such a network here; `false` if there can. */
function obstacle(link: Link): string | false {
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
    using _network = new Network(link);
    return false;
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("qdisc kind is unknown")) {
      return `no ${link.qdisc[0]} in this kernel`;
    }
    if (message.startsWith("ip ")) return "no network namespaces";
    throw error;
  }
}

/** The number of clients at once. */
const CLIENTS = 8;

/** Has many clients at once ask for many names each. */
async function askAll(
  tally: Tally,
  network: Network,
  script: string,
  args: string[],
  welcome: string[],
): Promise<void> {
  const ask = async (client: number) => {
    const names = Array.from(
      { length: size(15, 100) },
      (_, i) => `${client}.${i} ${"a".repeat(300)}`,
    );
    await using process = network.start(
      network.client,
      script,
      ...args,
      ...names,
    );
    // Lost packets are sent again, which takes time.
    process.limit = 300_000;
    const { code, stdout, stderr } = await process.ended();
    const lines = [...welcome, ...names.map(hello)];
    assertEquals({ code, stderr, stdout }, {
      code: 0,
      stderr: "",
      stdout: lines.map((line) => `${line}\n`).join(""),
    });
  };
  const clients = Array.from(
    { length: CLIENTS },
    (_, i) => counted(tally, () => ask(i)),
  );
  // The network stays until all of them have ended.
  await Promise.allSettled(clients);
  await Promise.all(clients);
  assert(!network.isLossy || network.dropped > 0, "Nothing has been lost");
}

for (const link of LINKS) {
  const skip = obstacle(link);

  fault({
    target: "tcp_server.ts, tcp_client.ts",
    fault: link.name,
    skip,
    async fn(tally) {
      using network = new Network(link);
      await using server = network.start(
        network.server,
        "tcp_server.ts",
        ...["--port=0", "--delay=0"],
      );
      const args = [`--port=${await boundPort(server)}`, "--timeout=120"];
      await askAll(tally, network, "tcp_client.ts", args, [WELCOME_TEXT]);
    },
  });

  fault({
    target: "udp_server.ts, udp_client.ts",
    fault: link.name,
    skip,
    async fn(tally) {
      using network = new Network(link);
      await using server = network.start(
        network.server,
        "udp_server.ts",
        "--port=0",
      );
      const port = await boundPort(server);
      const args = [`--port=${port}`, "--retries=20", "--timeout=0.2"];
      await askAll(tally, network, "udp_client.ts", args, []);
    },
  });
}
