import { asks, comes, connect, encode } from "./peers.ts";
import type { Tally } from "./fault.ts";
import { WELCOME } from "../../lib/greeting.ts";

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

  /** Endpoints its conversation. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#talking;
  }

  async #talk(port: number, tally: Tally): Promise<void> {
    let isWell = true;
    // A server that is gone would be asked as fast as it refuses.
    for (let visit = 0; isWell && !this.#stopping; visit++) {
      isWell = await this.#visit(port, visit, tally);
    }
  }

  async #visit(port: number, visit: number, tally: Tally): Promise<boolean> {
    let conn: Deno.TcpConn | undefined;
    try {
      const welcome = async () => comes(conn = await connect(port), WELCOME);
      if (!await tally.count(welcome()) || conn === undefined) return false;
      for (let i = 0; i < NAMES && !this.#stopping; i++) {
        const answer = asks(conn, encode(`neighbour ${visit}.${i}`));
        if (!await tally.count(answer)) return false;
      }
      return await tally.count(conn.write(encode("exit")).then((n) => n === 4));
    } finally {
      conn?.close();
    }
  }
}
