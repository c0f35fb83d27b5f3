import type { TraceEvent } from "./trace_events.ts";

/** Who has a line of their own in a picture. */
export interface Cast {
  /** Every side, from left to right: the clients, and then the server. */
  sides: string[];
  /** Those that are a server. */
  servers: string[];
}

/**
 * Who takes part in a trace.
 *
 * A trace does not say who is the client. Its port was picked by the system, and
 * those ports are the high ones: so the server is the side of the lower port.
 *
 * @param events What has happened, at least one thing.
 * @returns Who takes part.
 *
 * @example
 * ```ts
 * import { castOf } from "./cast.ts";
 * import { parseTrace } from "./trace_events.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const seen = "0.000 UDP 127.0.0.1:9999 <- 127.0.0.1:51234 0 bytes";
 * assertEquals(castOf(parseTrace(seen)), {
 *   sides: ["127.0.0.1:51234", "127.0.0.1:9999"],
 *   servers: ["127.0.0.1:9999"],
 * });
 * ```
 */
export function castOf(events: TraceEvent[]): Cast {
  const locals = new Set(events.map(({ local }) => local));
  const remotes = new Set(events.map(({ remote }) => remote));
  const [local = ""] = locals;
  const [remote = ""] = remotes;
  const isServer = portOf(local) < portOf(remote);
  // Each connection of a server is another client; so is each of a client's own.
  const [servers, clients] = isServer ? [locals, remotes] : [remotes, locals];
  return { sides: [...clients, ...servers], servers: [...servers] };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
