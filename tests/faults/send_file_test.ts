import { assert, assertEquals } from "@std/assert";
import { countedOften, fault, size } from "../support/fault.ts";
import { below } from "../support/hostile_bytes.ts";
import { TransferFolder } from "../support/file_transfer.ts";
import { lossy, UdpRelay } from "../support/udp_relay.ts";

/** The programs, and the sizes of the file in a test run and in a full one. */
const PAIRS = [
  ["stop_and_wait_send.ts", "stop_and_wait_receive.ts", 3_000, 100_000],
  ["send_file.ts", "receive_file.ts", 100_000, 10_000_000],
] as const;

/** At this loss ten tries in a row may fail, which takes as many seconds. */
const PATIENT = ["--timeout=60"];

/** How long a transfer may take, in milliseconds. */
const LIMIT = 600_000;

for (const [sender, receiver, small, full] of PAIRS) {
  fault({
    target: `${sender}, ${receiver}`,
    fault: "a network that loses 30 % each way, doubles, delays and reorders",
    fn: (tally) =>
      countedOften(tally, 1, async () => {
        await using folder = new TransferFolder(size(small, full));
        const [receiving, port] = await folder.receive(PATIENT, receiver);
        await using _receiving = receiving;
        const seed = below(2 ** 32);
        try {
          const { way, delay, did } = lossy(seed);
          await using relay = new UdpRelay(port, way, delay);
          await using sending = folder.send(relay.port, PATIENT, sender);
          sending.limit = receiving.limit = LIMIT;
          const { code, stderr } = await sending.ended();
          assertEquals([code, stderr], [0, ""]);
          await receiving.line(/^Received /);
          await folder.assertArrived();
          const received = await receiving.ended();
          assertEquals([received.code, received.stderr], [0, ""]);
          const { lost, doubled } = did;
          const { overtaken } = relay;
          // The few packets of the smallest file may have met only one of them.
          assert(lost + doubled + overtaken > 0);
          if (sender === "send_file.ts") assert(lost * doubled * overtaken > 0);
        } catch (cause) {
          throw new Error(`With the seed ${seed}`, { cause });
        }
      }),
  });
}
