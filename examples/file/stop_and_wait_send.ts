/**
 * Sends a file over UDP, a packet at a time (stop-and-wait). Start
 * stop_and_wait_receive.ts first, in another terminal.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" --allow-read=tcp_server.ts examples/file/stop_and_wait_send.ts tcp_server.ts
 *
 * Each packet is sent until its acknowledgement comes. Then, and only then, the next.
 * It says nothing while it reads: a pipe that pauses for longer than --timeout ends it.
 */
import { run } from "../../lib/cli/mod.ts";
import type { Channel } from "./channel.ts";
import { senderCommand, sendFile } from "./sender.ts";
import type { Source } from "./source.ts";

/** Sends the content of a file, and returns the number of packets. */
async function sendData(channel: Channel, file: Source) {
  let number = 0;
  for (let data; (data = await file.read()) !== null; number++) {
    await channel.deliver("D", number, data);
  }
  return number;
}

await run(
  senderCommand("stop_and_wait_send.ts", "a packet at a time"),
  (options, context) => sendFile(options, context, sendData),
);
