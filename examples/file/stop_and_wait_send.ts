/**
 * Sends a file over UDP, a packet at a time (stop-and-wait). Start
 * stop_and_wait_receive.ts first, in another terminal.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" --allow-read=tcp_server.ts examples/file/stop_and_wait_send.ts tcp_server.ts
 *
 * Each packet is sent until its acknowledgement comes. Then, and only then, the next.
 */
import {
  type Command,
  type Context,
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
import { MAX_DATA, randomId, toBytes, toNumber } from "./packet.ts";

const { hostname, port, trace } = udpClientCommand.options;
const options = {
  file: operand({ placeholder: "FILE", parse: fileName, help: "File to send" }),
  hostname,
  port,
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
  script: "stop_and_wait_send.ts",
  summary: "Sends a file over UDP, a packet at a time.",
  options,
  attempt: ({ hostname, port }) => ({
    action: "talk to",
    transport: "UDP",
    hostname,
    port,
  }),
};

/** Sends the content of a file, and returns the number of packets. */
async function sendData(channel: Channel, file: BufferedReader) {
  let number = 0;
  for (let data; (data = await file.read(MAX_DATA)) !== null; number++) {
    await channel.deliver("D", number, data);
  }
  return number;
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
