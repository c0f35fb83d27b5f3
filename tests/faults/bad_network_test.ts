import { assert, assertEquals } from "@std/assert";
import { counted, fault, size } from "../support/fault.ts";
import { boundPort } from "../support/scripts.ts";
import { hello, WELCOME_TEXT } from "../support/wire.ts";
import { Network, noNetwork } from "./network.ts";

/** A network's name, and what `tc qdisc add dev DEVICE root` takes to make it bad. */
const LINKS: [name: string, qdisc: string[]][] = [
  [
    "a network that loses a tenth, takes 20 ms and confuses the order",
    "netem loss 10% delay 20ms reorder 25% 50%".split(" "),
  ],
  // The loopback interface of a new namespace is down: packets to an own address
  // are dropped silently, as behind a firewall.
  ["a network in which the server does not reach itself", []],
];

/** A protocol, the options of its two scripts, and what its server says first. */
const SCRIPTS: [name: string, server: string[], client: string[], string[]][] =
  [
    ["tcp", ["--delay=0"], ["--timeout=120"], [WELCOME_TEXT]],
    ["udp", [], ["--retries=20", "--timeout=0.2"], []],
  ];

/** The number of clients at once. */
const CLIENTS = 8;

for (const [name, qdisc] of LINKS) {
  const skip = noNetwork(qdisc);
  for (const [protocol, options, clientOptions, welcome] of SCRIPTS) {
    const script = `${protocol}_client.ts`;
    fault({
      target: `${protocol}_server.ts, ${script}`,
      fault: name,
      skip,
      async fn(tally) {
        using network = new Network(qdisc);
        await using server = network.start(
          network.server,
          `${protocol}_server.ts`,
          ...["--port=0", ...options],
        );
        const args = [`--port=${await boundPort(server)}`, ...clientOptions];
        const ask = async (client: number) => {
          const names = Array.from(
            { length: size(15, 100) },
            (_, i) => `${client}.${i} ${"a".repeat(300)}`,
          );
          const words = [...args, ...names];
          await using process = network.start(network.client, script, ...words);
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
        const isLossy = qdisc.length > 0;
        assert(!isLossy || network.dropped > 0, "Nothing has been lost");
      },
    });
  }
}
