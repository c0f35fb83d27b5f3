/**
 * Receives a file over UDP, from send_file.ts.
 *
 *     deno run --allow-net=127.0.0.1 "--allow-read=copy.txt,copy.txt.part" "--allow-write=copy.txt,copy.txt.part" examples/file/receive_file.ts copy.txt
 *
 * Then start send_file.ts in another terminal. The file
 * appears when all of it has arrived, and not before.
 */
import {
  AtomicFile,
  type Command,
  type Context,
  fileName,
  operand,
  type OptionsOf,
  run,
  seconds,
  udpServerCommand,
  udpServerPermission,
  value,
} from "../../lib/cli/mod.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import { accept } from "./accept.ts";
import type { Channel } from "./channel.ts";
import { MAX_WINDOW, type Packet, toBytes } from "./packet.ts";

const { hostname, port, trace } = udpServerCommand.options;
const options = {
  file: operand({
    placeholder: "FILE",
    parse: fileName,
    help: "File to write",
  }),
  hostname,
  port,
  wait: value({
    placeholder: "SECONDS",
    default: "300",
    parse: seconds("above 0"),
    help: "Longest wait for a sender",
  }),
  timeout: value({
    placeholder: "SECONDS",
    default: "10",
    parse: seconds("above 0"),
    help: "Longest silence of the sender",
  }),
  trace,
};
type Options = OptionsOf<typeof options>;

const command: Command<Options> = {
  script: "receive_file.ts",
  summary: "Receives a file over UDP from send_file.ts.",
  options,
  attempt: ({ hostname, port }) => ({
    action: "listen on",
    transport: "UDP",
    hostname,
    port,
    allowNet: udpServerPermission(hostname),
  }),
};

/** Writes what comes, and returns the number of packets once the end has come. */
async function receiveData(
  channel: Channel,
  file: AtomicFile,
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

async function main(options: Options, context: Context): Promise<void> {
  const { hostname, port, wait, timeout } = options;
  const { print, signal, trace } = context;
  await using file = await AtomicFile.create(options.file, context);
  const s = Deno.listenDatagram({ transport: "udp", hostname, port });
  using socket = new UdpSocket(s, { signal, trace });
  print(`Bind UDP on ${socket.addr.port}...`);
  const [channel, first] = await accept(socket, wait, timeout);
  try {
    const packets = await receiveData(channel, file, first);
    await file.commit();
    await channel.send("A", packets + 1);
    print(`Received ${packets} packets from ${channel.peer}.`);
    await linger(channel, packets);
  } catch (error) {
    await channel.abort(error);
    throw error;
  }
}

/** Acknowledges the end again until the sender says goodbye. The file is complete. */
async function linger(channel: Channel, packets: number): Promise<void> {
  try {
    while ((await channel.receive())?.kind !== "B") {
      await channel.send("A", packets + 1);
    }
  } catch { /* The file is complete, whatever has ended the wait. */ }
}

if (import.meta.main) await run(command, main);
