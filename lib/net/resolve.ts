import { quote, shellWord } from "../text/printable.ts";
import { type Address, formatAddress, ipVersion } from "./address.ts";
import { deadline } from "./clock.ts";

/** Finds the IP addresses of a name, in the order in which to try them. */
export type Lookup = (name: string) => Promise<string[]>;

/** Options of {@linkcode resolve}. */
export interface ResolveOptions {
  /**
   * The longest wait for the name servers, in milliseconds.
   *
   * @default {undefined} As long as the system waits: 10 s and more.
   */
  timeout?: number | undefined;
  /** Ends the wait. */
  signal?: AbortSignal | undefined;
  /**
   * Looks a name up.
   *
   * @default {undefined} The system's resolver does.
   */
  lookup?: Lookup | undefined;
}

/**
 * Finds the IP addresses of a host, in the order of the system's resolver.
 *
 * `DatagramConn.send` takes a name too, and sends to the first of its addresses
 * without a word. A UDP client has to know them all: the server may have only one
 * of them, and a response shows no name.
 *
 * Deno has no call for the system's resolver (`Deno.resolveDns` asks DNS alone,
 * which does not know what is in `/etc/hosts`), but Node has, and that module is
 * loaded only when a name is looked up. It needs `--allow-net=NAME`, without a port.
 *
 * @throws {Error} If the name has no address: `code` is `"ENOTFOUND"`.
 * @throws {Error} If no name server responds, or not in time: `code` is `"EAI_AGAIN"`.
 * @throws {NetAccessError} If Deno does not allow the lookup.
 * @throws {unknown} The reason of the signal, if that is aborted.
 * @param hostname A name, or an IP address without brackets.
 * @param options How long it may take.
 * @returns All addresses, each once; an IP address as it is.
 *
 * @example
 * ```ts
 * import { resolve } from "./mod.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * assertEquals(await resolve("::1"), ["::1"]);
 * assert((await resolve("localhost")).includes("127.0.0.1"));
 * ```
 */
export async function resolve(
  hostname: string,
  options: ResolveOptions = {},
): Promise<string[]> {
  if (ipVersion(hostname) !== null) return [hostname];
  // Node returns `null` for the empty name, and no error.
  if (hostname === "") throw notFound(hostname);
  const { lookup = systemLookup, timeout, signal } = options;
  signal?.throwIfAborted();
  const addresses = await inTime(lookup(hostname), timeout, signal);
  if (addresses === null) throw noNameServer(hostname, timeout);
  // The hosts file may have an address twice.
  const unique = [...new Set(addresses)];
  if (unique.length === 0) throw notFound(hostname);
  return unique;
}

/** The addresses, or `null` if they do not come in time. */
async function inTime(
  addresses: Promise<string[]>,
  timeout: number | undefined,
  signal: AbortSignal | undefined,
): Promise<string[] | null> {
  try {
    return await deadline(addresses, timeout ?? Infinity, { signal });
  } catch (error) {
    const isLate = error instanceof DOMException &&
      error.name === "TimeoutError" && !signal?.aborted;
    if (isLate) return null;
    throw error;
  }
}

async function systemLookup(hostname: string): Promise<string[]> {
  if (!isNetAllowed(hostname)) throw new NetAccessError([hostname]);
  const { lookup } = await import("node:dns/promises");
  try {
    const found = await lookup(hostname, { all: true, order: "verbatim" });
    return found.map(({ address }) => address);
  } catch (error) {
    switch (error instanceof Error && "code" in error ? error.code : null) {
      case "ENOTFOUND":
        throw notFound(hostname, error);
      case "EAI_AGAIN":
        throw noNameServer(hostname, undefined, error);
    }
    throw error;
  }
}

function notFound(hostname: string, cause?: unknown): Error {
  const error = new Error(
    `Cannot resolve ${quote(hostname)}: failed to lookup address information`,
    cause === undefined ? {} : { cause },
  );
  return Object.assign(error, { code: "ENOTFOUND" });
}

function noNameServer(
  hostname: string,
  timeout?: number,
  cause?: unknown,
): Error {
  const within = timeout === undefined ? "" : ` within ${timeout / 1_000} s`;
  const error = new Error(
    `No name server has answered for ${quote(hostname)}${within}; ` +
      "check the network, or use an IP address",
    cause === undefined ? {} : { cause },
  );
  return Object.assign(error, { code: "EAI_AGAIN" });
}

/**
 * Whether Deno allows a network access. It only looks: Deno does not prompt.
 *
 * @param host The host as `--allow-net` has it, IPv6 in brackets, with or without
 * a port; left out: every host.
 * @returns `true` if it is allowed.
 *
 * @example
 * ```ts
 * import { isNetAllowed } from "./mod.ts";
 * import { assert } from "@std/assert";
 *
 * assert(isNetAllowed("127.0.0.1:9999"));
 * ```
 */
export function isNetAllowed(host?: string): boolean {
  const permission = host === undefined
    ? { name: "net" } as const
    : { name: "net", host } as const;
  return Deno.permissions.querySync(permission).state === "granted";
}

/**
 * Thrown instead of an attempt that Deno would not allow, or would stop for with a
 * prompt. The message has all that is missing.
 */
export class NetAccessError extends Deno.errors.NotCapable {
  /** The name that a printed error begins with. */
  override name = "NetAccessError";

  /**
   * Makes the error.
   *
   * @param hosts The hosts that are needed, as `--allow-net` has them; none: every host.
   * @param more What to say behind them.
   */
  constructor(hosts: readonly string[], more: string = "") {
    const value = hosts.length === 0 ? "" : `=${hosts.join()}`;
    const flag = shellWord(`--allow-net${value}`);
    super(`Deno does not allow it; grant ${flag}${more}`);
  }
}

/** The hosts of these addresses as `--allow-net` has them, each once. */
export function allowNetOf(addresses: readonly Address[]): string[] {
  return [...new Set(addresses.map(formatAddress))];
}
