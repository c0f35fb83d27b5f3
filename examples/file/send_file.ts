/**
 * Sends a file over UDP (sliding window). Start receive_file.ts first, in another
 * terminal.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" --allow-read=tcp_server.ts examples/file/send_file.ts tcp_server.ts
 *
 * Each packet is sent until its acknowledgement comes. Up to 64 packets are on their
 * way at a time.
 */
import {
  type Command,
  type Context,
  count,
  fileName,
  flag,
  openFile,
  operand,
  type OptionsOf,
  run,
  seconds,
  udpClientCommand,
  value,
} from "../../lib/cli/mod.ts";
import { BufferedReader } from "../../lib/io/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { UdpClient } from "../../lib/udp/mod.ts";
import { Channel } from "./channel.ts";
import { MAX_DATA, MAX_WINDOW, randomId, toBytes, toNumber } from "./packet.ts";
import { SendWindow } from "./window.ts";

const { hostname, port, trace } = udpClientCommand.options;
const options = {
  file: operand({ placeholder: "FILE", parse: fileName, help: "File to send" }),
  hostname,
  port,
  window: value({
    placeholder: "COUNT",
    default: "64",
    parse: count(1, MAX_WINDOW),
    help: "Most packets on their way",
  }),
  timeout: value({
    placeholder: "SECONDS",
    default: "10",
    parse: seconds("above 0"),
    help: "Longest silence of the receiver",
  }),
  quiet: flag({ short: "q", help: "Print nothing" }),
  trace,
};
type Options = OptionsOf<typeof options>;

const command: Command<Options> = {
  script: "send_file.ts",
  summary: "Sends a file over UDP to receive_file.ts.",
  options,
  attempt: ({ hostname, port }) => ({
    action: "talk to",
    transport: "UDP",
    hostname,
    port,
  }),
};

/** Sends the content of a file, and returns the number of packets. */
async function sendData(channel: Channel, file: BufferedReader, size: number) {
  const window = new SendWindow(size, channel.timer);
  for (let isRead = false;;) {
    while (!isRead && !window.isFull) {
      const data = await file.read(MAX_DATA);
      if (data === null) isRead = true;
      else window.add(data.slice());
    }
    if (window.isEmpty) return window.next;
    for (const [number, data] of window.takeDue(performance.now())) {
      await channel.send("D", number, data);
    }
    const ack = await channel.receive(window.dueAt);
    if (ack?.kind === "A") window.acknowledge(ack, performance.now());
  }
}

async function main(options: Options, context: Context): Promise<void> {
  const { hostname, port, timeout } = options;
  const { signal, trace } = context;
  using file = await openFile(options.file);
  const addr = { hostname, port };
  const peer = formatAddress(addr);
  let hint = "is the other program running?";
  using s = new UdpClient(
    addr,
    (local) => Deno.listenDatagram({ transport: "udp", ...local }),
    { signal, trace, warn: (line) => hint = line },
  );
  let channel = new Channel(s, peer, randomId(), timeout, () => hint);
  try {
    // The answer brings the id of all that follows.
    const { data } = await channel.deliver("S", 0, toBytes(0n));
    channel = new Channel(s, peer, toNumber(data), timeout);
    const packets = await sendData(
      channel,
      new BufferedReader(file),
      options.window,
    );
    await channel.deliver("E", packets);
    await channel.sendCopies("B");
    const { datagrams } = channel;
    context.log(`Sent ${packets} packets in ${datagrams} datagrams.`);
  } catch (error) {
    await channel.abort(error);
    throw error;
  }
}

if (import.meta.main) await run(command, main);
