/**
 * Receives a file over UDP, a packet at a time (stop-and-wait).
 *
 *     deno run --allow-net=127.0.0.1 "--allow-read=copy.txt,copy.txt.part" "--allow-write=copy.txt,copy.txt.part" examples/file/stop_and_wait_receive.ts copy.txt
 *
 * Then start stop_and_wait_send.ts in another terminal. The file
 * appears when all of it has arrived, and not before.
 */
import { run } from "../../lib/cli/mod.ts";
import type { Channel } from "./channel.ts";
import type { Packet } from "./packet.ts";
import { receiveFile, receiverCommand, type Sink } from "./receiver.ts";

/** Writes what comes, and returns the number of packets once the end has come. */
async function receiveData(
  channel: Channel,
  file: Sink,
  first: Packet,
): Promise<number> {
  let next = 0;
  for (let packet: Packet | null = first;; packet = await channel.receive()) {
    if (packet?.kind === "E" && packet.number === next) return next;
    if (packet?.kind !== "D") continue;
    if (packet.number === next) {
      await file.write(packet.data);
      next++;
    }
    // A packet that has come again too: its acknowledgement may have been lost.
    await channel.send("A", next);
  }
}

await run(
  receiverCommand("stop_and_wait_receive.ts", "a packet at a time"),
  (options, context) => receiveFile(options, context, receiveData),
);
