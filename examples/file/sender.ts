/**
 * What stop_and_wait_send.ts and send_file.ts have in common: all but how the data are
 * sent.
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
  seconds,
  udpClientCommand,
  value,
} from "../../lib/cli/mod.ts";
import { formatAddress } from "../../lib/net/mod.ts";
import { UdpClient } from "../../lib/udp/mod.ts";
import { Channel } from "./channel.ts";
import { MAX_WINDOW, randomId, toBytes, toNumber } from "./packet.ts";
import { Source } from "./source.ts";

const { hostname, port, trace } = udpClientCommand.options;
// deno-fmt-ignore
const options = {
  file: operand({ placeholder: "FILE", parse: fileName, help: "File to send" }),
  hostname, port,
  window: value({ placeholder: "COUNT", default: String(MAX_WINDOW), parse: count(1, MAX_WINDOW), help: "Most packets on their way" }),
  timeout: value({ placeholder: "SECONDS", default: "10", parse: seconds("above 0"), help: "Longest silence of the receiver" }),
  quiet: flag({ short: "q", help: "Print nothing" }),
  trace,
};
type Options = OptionsOf<typeof options>;

/** The command line of a sender. */
export function senderCommand(script: string, how: string): Command<Options> {
  return {
    script,
    summary: `Sends a file over UDP, ${how}.`,
    options,
    attempt: ({ hostname, port }) => (
      { action: "talk to", transport: "UDP", hostname, port }
    ),
  };
}

/** Sends a file: `sendData` sends its content, and returns the number of packets. */
export async function sendFile(
  options: Options,
  context: Context,
  sendData: (
    channel: Channel,
    source: Source,
    window: number,
  ) => Promise<number>,
): Promise<void> {
  const { hostname, port, timeout } = options;
  const { signal, trace } = context;
  using file = await openFile(options.file);
  const info = await file.stat();
  const size = info.isFile ? info.size : null;
  let hint = "is the other program running?";
  using s = new UdpClient(
    { hostname, port },
    (local) => Deno.listenDatagram({ transport: "udp", ...local }),
    { signal, trace, warn: (line) => hint = line },
  );
  const peer = formatAddress({ hostname, port });
  const channel = new Channel(s, peer, randomId(), timeout, () => hint);
  try {
    // The response has the id of all further packets.
    const { data } = await channel.deliver("S", 0, toBytes(0n));
    channel.id = toNumber(data);
    const source = new Source(options.file, file, size, context.progress);
    const packets = await sendData(channel, source, options.window);
    await channel.deliver("E", packets);
    await channel.sendCopies("B");
    const { datagrams } = channel;
    context.log(`Sent ${packets} packets in ${datagrams} datagrams.`);
  } catch (error) {
    await channel.abort(error);
    throw error;
  }
}
