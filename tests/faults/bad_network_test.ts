import { assert, assertEquals } from "@std/assert";
import { Network, noNetwork } from "../support/network.ts";
import { boundPort } from "../support/scripts.ts";
import { counted, fault, size, type Tally } from "../support/fault.ts";
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
  const skip = noNetwork(link.qdisc);

  fault({
    target: "tcp_server.ts, tcp_client.ts",
    fault: link.name,
    skip,
    async fn(tally) {
      using network = new Network(link.qdisc);
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
      using network = new Network(link.qdisc);
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
