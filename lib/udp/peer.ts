import {
  type Address,
  allowNetOf,
  ipVersion,
  isNetAllowed,
  localHostnameFor,
  type Lookup,
  NetAccessError,
  resolve,
} from "../net/mod.ts";

/** One address of a UDP peer, and the address to send to it from. */
export interface Peer {
  /** Where to send to. */
  readonly remote: Deno.NetAddr;
  /** What to open a socket on: any port, of the same version of IP. */
  readonly local: Address;
}

/** Options of {@linkcode findPeers}; times are in milliseconds. */
export interface FindPeersOptions {
  /**
   * Limits the lookup of a name.
   *
   * @default {undefined} No limit.
   */
  timeout?: number | undefined;
  /** Ends the wait when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Looks up the addresses of a name.
   *
   * @default {undefined} The system's lookup.
   */
  lookup?: Lookup | undefined;
  /**
   * Tells whether a host, such as `127.0.0.1:9999`, is allowed.
   *
   * @default {undefined} Deno's permissions tell, without a prompt.
   */
  isAllowed?: ((host: string) => boolean) | undefined;
}

/**
 * Finds the addresses of a UDP peer that Deno allows, in the system's order.
 *
 * Deno would prompt for each permission by itself, or name one of those that are
 * missing. This needs none of them, and its error names them all: the name, if it is
 * one, the client's own ports, and the peer's address.
 *
 * @throws {NetAccessError} If Deno allows the lookup or none of the addresses.
 * @throws {unknown} An error of the lookup; the reason of the signal.
 * @param peer The peer's host, a name or an IP address, and its port.
 * @param options How long to look up a name.
 * @returns The allowed addresses, at least one, and the others.
 *
 * @example
 * ```ts
 * import { findPeers } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { allowed: [peer] } = await findPeers({ hostname: "::1", port: 9999 });
 * assertEquals(peer.remote.port, 9999);
 * assertEquals(peer.local, { hostname: "::1", port: 0 });
 * ```
 */
export async function findPeers(
  { hostname, port }: Address,
  options: FindPeersOptions = {},
): Promise<{ allowed: [Peer, ...Peer[]]; refused: Peer[] }> {
  const { isAllowed = isNetAllowed, ...lookup } = options;
  const found = await resolve(hostname, lookup).catch((error) => {
    throw error instanceof NetAccessError
      ? lookupNotAllowed(hostname, port)
      : error;
  });
  const peers = found.map((address) => peerAt(address, port));
  const isUsable = ({ remote, local }: Peer) =>
    allowNetOf([local, remote]).every(isAllowed);
  const [first, ...others] = peers.filter(isUsable);
  if (first === undefined) throw new NetAccessError(needed(hostname, peers));
  return {
    allowed: [first, ...others],
    refused: peers.filter((peer) => !isUsable(peer)),
  };
}

function peerAt(hostname: string, port: number): Peer {
  return {
    remote: { transport: "udp", hostname, port },
    local: { hostname: localHostnameFor(hostname), port: 0 },
  };
}

/** All that Deno has to allow: the lookup, the client's ports and the peer's. */
function needed(hostname: string, peers: Peer[]): string[] {
  const addresses = peers.flatMap(({ local, remote }) => [local, remote]);
  const name = ipVersion(hostname) === null ? [hostname] : [];
  return [...name, ...allowNetOf(addresses)];
}

function lookupNotAllowed(hostname: string, port: number): NetAccessError {
  // This name needs no lookup to be known (RFC 6761, 6.3).
  if (hostname === "localhost") {
    const peers = ["127.0.0.1", "::1"].map((ip) => peerAt(ip, port));
    return new NetAccessError(needed(hostname, peers));
  }
  return new NetAccessError(
    [hostname],
    " (and its addresses, which the next run names)",
  );
}
