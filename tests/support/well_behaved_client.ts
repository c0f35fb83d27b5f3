import type { Tally } from "./fault.ts";
import { comes, connect, isGreeted } from "./peers.ts";
import { encode } from "./wire.ts";
import { EXIT, WELCOME } from "../../lib/greeting.ts";

/** How many names it sends on one connection. */
const NAMES = 20;

/**
 * A client that keeps talking to the server while other peers misbehave, and counts
 * whether each of its answers is right.
 */
export class WellBehavedClient implements AsyncDisposable {
  #isStopping = false;
  readonly #talking: Promise<void>;

  /** Begins to talk. */
  constructor(port: number, tally: Tally) {
    this.#talking = this.#talk(port, tally);
  }

  /** Ends its conversation. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#talking;
  }

  async #talk(port: number, tally: Tally): Promise<void> {
    let isRight = true;
    // After a loss it stops: a server that is gone would refuse thousands a second.
    for (let visit = 0; isRight && !this.#isStopping; visit++) {
      isRight = await this.#visit(port, visit, tally);
    }
  }

  async #visit(port: number, visit: number, tally: Tally): Promise<boolean> {
    let conn: Deno.TcpConn | undefined;
    try {
      const welcome = async () => comes(conn = await connect(port), WELCOME);
      if (!await tally.count(welcome()) || conn === undefined) return false;
      for (let i = 0; i < NAMES && !this.#isStopping; i++) {
        const answer = isGreeted(conn, encode(`visit ${visit}, name ${i}`));
        if (!await tally.count(answer)) return false;
      }
      const leaving = conn.write(EXIT.slice());
      return await tally.count(leaving.then((n) => n === EXIT.length));
    } finally {
      conn?.close();
    }
  }
}
