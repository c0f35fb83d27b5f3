/**
 * What stop_and_wait_receive.ts and receive_file.ts have in common: all but how the data
 * are received.
 */
import {
  AtomicFile,
  type Command,
  CommandError,
  type Context,
  fileName,
  flag,
  operand,
  type OptionsOf,
  seconds,
  udpServerCommand,
  value,
} from "../../lib/cli/mod.ts";
import { printable } from "../../lib/text/mod.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import { accept } from "./accept.ts";
import type { Channel } from "./channel.ts";
import type { Packet } from "./packet.ts";

const { hostname, port, trace } = udpServerCommand.options;
const time = { placeholder: "SECONDS", parse: seconds("above 0") };
// deno-fmt-ignore
const options = {
  file: operand({ placeholder: "FILE", parse: fileName, help: "File to write" }),
  hostname, port,
  force: flag({ short: "f", help: "Replace FILE if it exists" }),
  wait: value({ ...time, default: "300", help: "Longest wait for a sender" }),
  timeout: value({ ...time, default: "10", help: "Longest silence of the sender" }),
  trace,
};
type Options = OptionsOf<typeof options>;

/** The command line of a receiver. */
export function receiverCommand(script: string, how: string): Command<Options> {
  return {
    script,
    summary: `Receives a file over UDP, ${how}.`,
    options,
    attempt: ({ hostname, port }) => (
      { action: "listen on", transport: "UDP", hostname, port }
    ),
  };
}

/** Where the content goes. */
export type Sink = Pick<AtomicFile, "write">;

/**
 * Receives a file: `receiveData` writes its content, beginning with the first packet,
 * and returns the number of packets.
 */
export async function receiveFile(
  options: Options,
  context: Context,
  receiveData: (channel: Channel, file: Sink, first: Packet) => Promise<number>,
): Promise<void> {
  const { hostname, port, wait, timeout } = options;
  const { print, signal, trace } = context;
  if (!options.force) await refuseExisting(options.file);
  await using file = await AtomicFile.create(options.file, context);
  const s = Deno.listenDatagram({ transport: "udp", hostname, port });
  using socket = new UdpSocket(s, { signal, trace });
  print(`Bind UDP on ${socket.addr.port}...`);
  const sink: Sink = {
    async write(data) {
      await file.write(data);
      context.progress(data.length);
    },
  };
  let channel: Channel | undefined;
  try {
    const accepted = await accept(socket, wait, timeout);
    channel = accepted[0];
    const packets = await receiveData(channel, sink, accepted[1]);
    await file.commit();
    await channel.send("A", packets + 1);
    print(`Received ${packets} packets from ${channel.peer}.`);
    await linger(channel, packets);
  } catch (error) {
    await channel?.abort(error);
    // Otherwise the words would be that it cannot listen.
    throw signal.aborted ? new CommandError(signal.reason.message) : error;
  }
}

/** Nobody wants to lose a file of that name. A device is no file. */
async function refuseExisting(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => null);
  if (info === null || !info.isFile) return;
  throw new CommandError(`"${printable(path)}" exists; --force replaces it`);
}

/** Acknowledges the end again until the sender says goodbye. The file is complete. */
async function linger(channel: Channel, packets: number): Promise<void> {
  try {
    while ((await channel.receive())?.kind !== "B") {
      await channel.send("A", packets + 1);
    }
  } catch { /* The file is complete, whatever has ended the wait. */ }
}
