/**
 * Sends a file over UDP (sliding window). Start receive_file.ts first, in another
 * terminal.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" --allow-read=tcp_server.ts examples/file/send_file.ts tcp_server.ts
 *
 * Each packet is sent until its acknowledgement comes. Up to 64 packets are on their
 * way at a time. FILE may be a pipe, such as /dev/stdin (with --allow-all).
 */
import { run } from "../../lib/cli/mod.ts";
import type { Channel } from "./channel.ts";
import { senderCommand, sendFile } from "./sender.ts";
import type { Source } from "./source.ts";
import { SendWindow } from "./window.ts";

/** Sends the content of a file, and returns the number of packets. */
async function sendData(channel: Channel, file: Source, size: number) {
  const window = new SendWindow(size, channel.timer);
  let isRead = false;
  async function send() {
    for (const [number, data] of window.takeDue(performance.now())) {
      await channel.send("D", number, data);
    }
  }
  /** A pipe may pause for long. The packets that were read are sent meanwhile. */
  async function read() {
    for (let data; (data = await file.read()) !== null;) {
      await window.add(data);
      await send();
    }
    isRead = true;
    // The other function may be waiting for a response: this requests one.
    if (window.isEmpty) await channel.keepAlive();
  }
  async function receive() {
    while (!isRead || !window.isEmpty) {
      await send();
      // No packet that is read meanwhile is due earlier.
      const wait = Math.min(channel.timer.timeout, channel.idle);
      const until = Math.min(window.dueAt, performance.now() + wait);
      const ack = await channel.receive(until);
      if (ack?.kind === "A") window.acknowledge(ack, performance.now());
      if (ack === null && window.isEmpty) await channel.keepAlive();
    }
  }
  await Promise.all([read(), receive()]);
  return window.next;
}

await run(
  senderCommand("send_file.ts", "to receive_file.ts"),
  (options, context) => sendFile(options, context, sendData),
);
