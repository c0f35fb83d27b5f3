import { deadline } from "@std/async/deadline";
import { readExactly } from "../../lib/read_exactly.ts";
import { sameBytes } from "../../lib/same_bytes.ts";
import { greeting, WELCOME } from "../../lib/greeting.ts";
import type { Tally } from "./fault.ts";

/** How long an answer may take before it counts as lost, in milliseconds. */
const PATIENCE = 30_000;

/** How many names it gives before it says good bye and comes again. */
const NAMES = 20;

/**
 * A client as it should be, that talks to the server all the while that others
 * misbehave, and counts whether it is answered rightly.
 */
export class Neighbour implements AsyncDisposable {
  #stopping = false;
  readonly #talking: Promise<void>;

  /** Begins to talk. */
  constructor(port: number, tally: Tally) {
    this.#talking = this.#talk(port, tally);
  }

  /** Ends its conversation. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#talking;
  }

  async #talk(port: number, tally: Tally): Promise<void> {
    for (let visit = 0; !this.#stopping; visit++) {
      const isRight = await tally.count(this.#visit(port, visit, tally));
      // A server that is gone would be asked as fast as it refuses.
      if (!isRight) return;
    }
  }

  async #visit(port: number, visit: number, tally: Tally): Promise<boolean> {
    using conn = await deadline(
      Deno.connect({ hostname: "127.0.0.1", port }),
      PATIENCE,
    );
    const expect = async (bytes: Uint8Array) =>
      sameBytes(
        await deadline(readExactly(conn, bytes.length), PATIENCE),
        bytes,
      );
    if (!await expect(WELCOME)) return false;
    for (let i = 0; i < NAMES && !this.#stopping; i++) {
      const name = new TextEncoder().encode(`neighbour ${visit}.${i}`);
      await conn.write(name);
      if (!await tally.count(expect(greeting(name)))) return false;
    }
    await conn.write(new TextEncoder().encode("exit"));
    return true;
  }
}
