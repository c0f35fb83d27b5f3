import { formatAddress } from "./address.ts";
import type { Address } from "./address.ts";

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

  /** The hosts that are needed, as `--allow-net` has them. */
  readonly hosts: readonly string[];

  /**
   * Makes the error.
   *
   * @param hosts The hosts that are needed; none: every host.
   * @param more What to say behind them.
   */
  constructor(hosts: readonly string[], more: string = "") {
    const value = hosts.length === 0 ? "" : `=${hosts.join()}`;
    super(`Deno does not allow it; grant --allow-net${value}${more}`);
    this.hosts = hosts;
  }
}

/** The hosts of these addresses as `--allow-net` has them, each once. */
export function allowNetOf(addresses: readonly Address[]): string[] {
  return [...new Set(addresses.map(formatAddress))];
}
