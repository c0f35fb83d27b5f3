import { delay } from "@std/async/delay";

/** Below the ephemeral ports of Linux, and with as many digits as 9999. */
const FIRST = 5_000;
const LAST = 9_000;

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST));

/**
 * A port of four digits that is free on 127.0.0.1, over TCP and UDP; another one each
 * time.
 *
 * It has as many digits as the port in the chapters, so that messages have the same
 * length.
 *
 * @throws {Error} If none is free.
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

/**
 * Waits until a server has freed its port; fails after 10 seconds.
 *
 * A server of this process may end a little earlier than that. A program that another
 * test starts at that moment has a copy of its socket, until execve(2) closes it.
 */
export async function untilFree(port: number): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isFree(port)) {
    if (performance.now() > end) throw new Error(`Port ${port} is in use`);
    await delay(5);
  }
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
