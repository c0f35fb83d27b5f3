/**
 * How the receiver of a file finds a sender that is where it says it is.
 */
import { CommandError } from "../../lib/cli/mod.ts";
import { formatAddress, sameAddress } from "../../lib/net/mod.ts";
import type { UdpSocket } from "../../lib/udp/mod.ts";
import { Channel, type Link } from "./channel.ts";
import { decode, encode, type Packet, toBytes } from "./packet.ts";

/**
 * Waits for a sender, and returns its first packet too.
 *
 * The address on a datagram may be forged, so a sender has to show that it receives
 * there: it is sent an id, made of its address and a secret, and its packets must
 * have it. Before that, nothing is remembered of it, and no response is longer than
 * its question (as in QUIC's Retry, and in TCP's SYN cookies).
 */
export async function accept(
  socket: UdpSocket,
  wait: number,
  limit: number,
): Promise<[Channel, Packet]> {
  const secret = crypto.randomUUID();
  const end = performance.now() + wait;
  while (true) {
    const received = await socket.receive(end - performance.now());
    if (received === undefined) {
      throw new CommandError(`No sender has come within ${wait / 1_000} s`);
    }
    const [bytes, sender] = received;
    const packet = decode(bytes);
    if (packet === null) continue;
    const id = await idOf(sender, secret);
    if (packet.kind === "S") {
      if (packet.data.length < 8) continue;
      await answer(socket, encode("A", packet.id, 1, toBytes(id)), sender);
    } else if (packet.id === id && ["D", "E"].includes(packet.kind)) {
      const link = linkTo(socket, sender);
      return [new Channel(link, formatAddress(sender), id, limit), packet];
    }
  }
}

async function idOf(sender: Deno.NetAddr, secret: string): Promise<bigint> {
  const text = new TextEncoder().encode(secret + formatAddress(sender));
  const digest = await crypto.subtle.digest("SHA-256", text);
  return new DataView(digest).getBigUint64(0);
}

/** The socket as one transfer uses it. Other senders are told that there is one. */
function linkTo(socket: UdpSocket, peer: Deno.NetAddr): Link {
  return {
    send: (bytes) => socket.send(bytes, peer),
    async receive(timeout) {
      const received = await socket.receive(timeout);
      if (received === undefined) return undefined;
      const [bytes, sender] = received;
      const packet = decode(bytes);
      if (packet?.kind === "S") await refuse(socket, packet, sender);
      return sameAddress(sender, peer) ? bytes : undefined;
    },
  };
}

/** Tells the sender of an S that there is a transfer already. */
async function refuse(
  socket: UdpSocket,
  { id, data }: Packet,
  to: Deno.NetAddr,
) {
  const reason = new TextEncoder().encode("busy");
  if (data.length < reason.length) return;
  await answer(socket, encode("X", id, 0, reason), to);
}

/** Responds to any sender. A failure must not end the transfer: the port may be 0. */
async function answer(socket: UdpSocket, bytes: Uint8Array, to: Deno.NetAddr) {
  await socket.send(bytes, to).catch(() => {});
}
