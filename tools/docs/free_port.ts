/** Below those that Linux picks by itself, and with as many digits as 9999. */
const FIRST = 5_000;
const LAST = 9_000;

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/**
 * A port of four digits that nobody has on 127.0.0.1, over TCP or UDP; another one
 * each time.
 *
 * With as many digits as the port in the chapters: what is said has the same
 * length then.
 *
 * @throws {Error} If all are taken.
 *
 * @example
 * ```ts
 * import { freePort } from "./free_port.ts";
 * import { assertNotEquals } from "@std/assert";
 *
 * assertNotEquals(freePort(), freePort());
 * ```
 */
export function freePort(): number {
  for (let tries = FIRST; tries <= LAST; tries++) {
    const port = next;
    next = next < LAST ? next + 1 : FIRST;
    if (isFree(port)) return port;
  }
  throw new Error(`No port from ${FIRST} to ${LAST} is free`);
}

function isFree(port: number): boolean {
  const local = { hostname: "127.0.0.1", port };
  try {
    Deno.listen(local).close();
    Deno.listenDatagram({ transport: "udp", ...local }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
