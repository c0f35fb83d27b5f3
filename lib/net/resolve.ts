import { quote } from "../text/printable.ts";
import { ipVersion } from "./address.ts";

/** Node's code for every failure of the resolver, a broken network included. */
const NOT_FOUND = "ENOTFOUND";

/** What {@linkcode resolve} may answer. */
export interface ResolveOptions {
  /**
   * The version of IP that a name's address must be of.
   *
   * @default {undefined} Either.
   */
  family?: 4 | 6;
}

/**
 * Finds the IP address of a host: the first that the system's resolver gives.
 *
 * `DatagramConn.send` takes a name and tells nobody where it went. A UDP client
 * has to know its server's address, though, to see who has answered.
 *
 * Deno has no call for the system's resolver (`Deno.resolveDns` asks DNS alone,
 * which does not know what is in `/etc/hosts`), but Node has, and that module is
 * loaded once a name asks for it. It needs `--allow-net=NAME`, without a port.
 *
 * @throws {Error} If the name has no address, or none of the family: the words
 * are those of `Deno.connect`, and `code` is `"ENOTFOUND"`.
 * @throws {Error} If the permission is missing: `code` is `"EPERM"`.
 *
 * @param hostname A name, or an IP address without brackets.
 * @param options What it may be.
 * @returns The first address, in the system's order; an IP address as it is.
 *
 * @example
 * ```ts
 * import { resolve } from "./resolve.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await resolve("::1"), "::1");
 * assertEquals(await resolve("localhost", { family: 4 }), "127.0.0.1");
 * ```
 */
export async function resolve(
  hostname: string,
  options: ResolveOptions = {},
): Promise<string> {
  if (ipVersion(hostname) !== null) return hostname;
  // Node's answer to the empty name is `null`, and not an error.
  if (hostname === "") throw notFound(hostname);
  const { family = 0 } = options;
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(hostname, { family, order: "verbatim" })).address;
  } catch (error) {
    throw isNotFound(error) ? notFound(hostname, { cause: error }) : error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === NOT_FOUND;
}

function notFound(hostname: string, options?: ErrorOptions): Error {
  const error = new Error(
    `Cannot resolve ${quote(hostname)}: failed to lookup address information`,
    options,
  );
  return Object.assign(error, { code: NOT_FOUND });
}
