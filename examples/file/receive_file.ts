/**
 * Receives a file over UDP, from send_file.ts.
 *
 *     deno run --allow-net=127.0.0.1 "--allow-read=copy.txt,copy.txt.part" "--allow-write=copy.txt,copy.txt.part" examples/file/receive_file.ts copy.txt
 *
 * Then start send_file.ts in another terminal. The file
 * appears when all of it has arrived, and not before.
 */
import { run } from "../../lib/cli/mod.ts";
import type { Channel } from "./channel.ts";
import { MAX_WINDOW, type Packet, toBytes } from "./packet.ts";
import { receiveFile, receiverCommand, type Sink } from "./receiver.ts";

/** Writes what comes, and returns the number of packets once the end has come. */
async function receiveData(
  channel: Channel,
  file: Sink,
  first: Packet,
): Promise<number> {
  let next = 0;
  // What has overtaken the packet that is next.
  const early = new Map<number, Uint8Array>();
  for (let packet: Packet | null = first;; packet = await channel.receive()) {
    if (packet?.kind === "E" && packet.number === next) return next;
    if (packet?.kind !== "D") continue;
    const { number, data } = packet;
    if (number >= next && number < next + MAX_WINDOW) early.set(number, data);
    for (let data; (data = early.get(next)) !== undefined; next++) {
      await file.write(data);
      early.delete(next);
    }
    let bitmap = 0n;
    for (const number of early.keys()) bitmap |= 1n << BigInt(number - next);
    // A packet that has come again too: its acknowledgement may have been lost.
    await channel.send("A", next, toBytes(bitmap));
  }
}

await run(
  receiverCommand("receive_file.ts", "from send_file.ts"),
  (options, context) => receiveFile(options, context, receiveData),
);
