import { type Address, ipVersion, isLoopback } from "../net/address.ts";
import {
  allowNetOf,
  isNetAllowed,
  NetAccessError,
  resolve,
  type ResolveOptions,
} from "../net/resolve.ts";

/** One address of a server, and the address to send to it from. */
export interface Peer {
  readonly remote: Deno.NetAddr;
  /** Any port, of the same version of IP. */
  readonly local: Address;
}

/**
 * Finds the addresses of a server that Deno allows, in the system's order, and the others.
 *
 * Deno would prompt for each permission by itself, or name one of those that are missing.
 * The error of this names them all: the name, the client's own ports, the addresses.
 *
 * @throws {NetAccessError} If Deno does not allow the lookup or any of the addresses.
 */
export async function findPeers(
  { hostname, port }: Address,
  options: ResolveOptions,
): Promise<{ allowed: Peer[]; refused: Peer[] }> {
  const peerAt = (ip: string): Peer => ({
    remote: { transport: "udp", hostname: ip, port },
    local: { hostname: localHostnameFor(ip), port: 0 },
  });
  const missing = (peers: Peer[]) => {
    const all = peers.flatMap(({ local, remote }) => [local, remote]);
    const name = ipVersion(hostname) === null ? [hostname] : [];
    return new NetAccessError([...name, ...allowNetOf(all)]);
  };
  const found = await resolve(hostname, options).catch((error) => {
    if (!(error instanceof NetAccessError)) throw error;
    // This name needs no lookup to be known (RFC 6761, 6.3).
    if (hostname === "localhost") {
      throw missing(["127.0.0.1", "::1"].map(peerAt));
    }
    const more = " (and its addresses, which the next run names)";
    throw new NetAccessError([hostname], more);
  });
  const peers = found.map(peerAt);
  const isUsable = ({ remote, local }: Peer) =>
    allowNetOf([local, remote]).every(isNetAllowed);
  const allowed = peers.filter(isUsable);
  if (allowed.length === 0) throw missing(peers);
  return { allowed, refused: peers.filter((peer) => !isUsable(peer)) };
}

/**
 * The address to open a socket on: of the peer's version of IP, and on the loopback
 * interface alone if the peer is there, so that no other machine can send to it.
 */
function localHostnameFor(hostname: string): string {
  if (ipVersion(hostname) === 6) return isLoopback(hostname) ? "::1" : "::";
  return isLoopback(hostname) ? "127.0.0.1" : "0.0.0.0";
}
