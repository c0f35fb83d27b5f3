import { assert } from "@std/assert";
import { countedOften, fault, size } from "../support/fault.ts";
import { transfer } from "../support/file_transfer.ts";
import { lossy } from "../support/udp_relay.ts";

/** The programs, and the sizes of the file in a test run and in a full one. */
const PAIRS = [
  ["stop_and_wait_send.ts", "stop_and_wait_receive.ts", 3_000, 100_000],
  ["send_file.ts", "receive_file.ts", 100_000, 10_000_000],
] as const;

for (const [sender, receiver, small, full] of PAIRS) {
  fault({
    target: `${sender}, ${receiver}`,
    fault: "a network that loses 30 % each way, doubles, delays and reorders",
    fn: (tally) =>
      countedOften(tally, 1, async () => {
        const { did, ...network } = lossy();
        await using sent = await transfer({
          ...network,
          ...{ sender, receiver, size: size(small, full) },
          // At this loss ten tries in a row may fail, which takes as many seconds.
          args: ["--timeout=60"],
        });
        sent.sending.limit = sent.receiving.limit = 600_000;
        await sent.done();
        const { lost, doubled } = did;
        const { overtaken } = sent.relay;
        // The few packets of the smallest file may have met only one of them.
        assert(lost + doubled + overtaken > 0);
        if (sender === "send_file.ts") assert(lost * doubled * overtaken > 0);
      }),
  });
}
