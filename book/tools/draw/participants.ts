import type { TraceEvent } from "./trace_events.ts";

/** The addresses that have a line of their own in a picture. */
export interface Participants {
  /** All of them, from left to right: the clients, and then the server. */
  sides: string[];
  /** The servers among them. */
  servers: string[];
}

/**
 * Finds the participants of a trace.
 *
 * A trace does not tell client and server apart. The client's port is ephemeral,
 * and those ports are high: so the server is the side with the lower port.
 *
 * @param events The events, at least one.
 * @returns The participants.
 *
 * @example
 * ```ts
 * import { participantsOf } from "./participants.ts";
 * import { parseTrace } from "./trace_events.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const seen = "0.000 UDP 127.0.0.1:9999 <- 127.0.0.1:51234 0 bytes";
 * assertEquals(participantsOf(parseTrace(seen)), {
 *   sides: ["127.0.0.1:51234", "127.0.0.1:9999"],
 *   servers: ["127.0.0.1:9999"],
 * });
 * ```
 */
export function participantsOf(events: TraceEvent[]): Participants {
  const locals = new Set(events.map(({ local }) => local));
  const remotes = new Set(events.map(({ remote }) => remote));
  const [local = ""] = locals;
  const [remote = ""] = remotes;
  const isServer = portOf(local) < portOf(remote);
  // Each connection is a client of its own, whichever side wrote the trace.
  const [servers, clients] = isServer ? [locals, remotes] : [remotes, locals];
  return { sides: [...clients, ...servers], servers: [...servers] };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
