import { delay } from "@std/async/delay";
import type { Address } from "../net/address.ts";
import type { StreamConn } from "../net/sockets.ts";
import type { Seats } from "./_connection_limit.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import { IdleTimer } from "./_idle_timer.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";

/** What is waited for where there is room, once for all who come. */
const READY = Promise.resolve();

/** How a {@linkcode ConnectionSet} behaves. */
export interface ConnectionSetOptions {
  /** One is taken for each conversation that is under way. */
  seats: Seats;
  /** As for `Connection`: the longest wait for a peer, in milliseconds; 0: any. */
  idleTimeout: number;
  /** Lets each have its turn where many are busy. */
  turns?: FairScheduler;
  /** Takes the error that has ended a conversation, and whose it was. */
  onError: (error: unknown, peer: Address) => void;
}

/**
 * The conversations that a server has under way.
 *
 * What one peer does ends its own conversation and nothing else. None outlives
 * its task, and all of them can be brought to an end together: `listener.close()`
 * alone leaves them open, and they keep the process alive.
 *
 * @example
 * ```ts
 * import { ConnectionSet } from "./server.ts";
 * import { Seats } from "./_connection_limit.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const connections = new ConnectionSet({
 *   seats: new Seats({ most: 100 }),
 *   idleTimeout: 60_000,
 *   onError: (error) => console.error(error),
 * });
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * using peer = await Deno.connect({
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * connections.start(await listener.accept(), async (connection) => {
 *   await connection.write(new TextEncoder().encode("Welcome!"));
 *   await connection.end();
 * });
 * assertEquals(await peer.read(new Uint8Array(1024)), 8);
 * peer.close();
 * assertEquals(await connections.drain(1_000), 0);
 * ```
 */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  /** What all of them share. */
  readonly #shared: ConnectionOptions;
  readonly #open = new Set<Connection>();
  /** Those among them that have no seat yet. */
  readonly #standing = new Set<Connection>();
  readonly #stopping = new AbortController();
  /** Settles when the next conversation ends, where that is waited for. */
  #ended: PromiseWithResolvers<void> | null = null;
  #cutOff = false;

  /** Makes an empty set. */
  constructor(options: ConnectionSetOptions) {
    this.#options = options;
    const { idleTimeout, turns } = options;
    this.#shared = {
      idle: new IdleTimer(idleTimeout),
      stopping: this.#stopping.signal,
      ...(turns && { turns }),
    };
  }

  /** How many conversations are under way. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Waits until one more conversation may start. A server that accepts only then
   * leaves whoever is too many in the kernel's backlog, and turns nobody away.
   *
   * @param signal Endpoints the wait when it is aborted.
   */
  room(signal: AbortSignal): Promise<void> {
    const { seats } = this.#options;
    return seats.isOneFree ? READY : seats.untilOneIsFree(signal);
  }

  /**
   * Starts a conversation and does not wait for it. When the task has ended, in
   * whatever way, the connection is closed.
   *
   * @param conn The connection, which the set takes over.
   * @param task What to do with it.
   */
  start(
    conn: StreamConn,
    task: (connection: Connection) => Promise<void>,
  ): void {
    const connection = new Connection(conn, this.#shared);
    this.#open.add(connection);
    this.#countTurns();
    // No async function, as thousands of these are kept while they wait.
    const { seats } = this.#options;
    const ended = seats.take()
      ? task(connection)
      : this.#whenSeated(connection, task);
    ended.then(
      () => this.#end(connection),
      (error) => {
        const peer = conn.remoteAddr as Deno.NetAddr;
        // Who was cut off is counted by drain; the error says no more than that.
        if (!this.#cutOff) this.#options.onError(error, peer);
        this.#end(connection);
      },
    );
  }

  /**
   * Brings all conversations to an end. What a peer has asked is still answered,
   * at once: pauses are cut short. Then it is told that this is the end.
   *
   * @param timeout How long that may take, in milliseconds. Whoever has not
   * taken its answer by then is cut off.
   * @returns How many were cut off.
   */
  async drain(timeout: number): Promise<number> {
    this.#stopping.abort();
    for (const connection of this.#open) connection.hangUp();
    const left = await this.#emptyWithin(timeout);
    this.#cutOff = true;
    for (const connection of this.#open) connection.close();
    await this.#empty();
    return left;
  }

  /** Another thread has taken the last seat since there was room. */
  async #whenSeated(
    connection: Connection,
    task: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    const { seats } = this.#options;
    const { signal } = this.#stopping;
    this.#standing.add(connection);
    do {
      await seats.untilOneIsFree(signal);
      if (signal.aborted) return;
    } while (!seats.take());
    this.#standing.delete(connection);
    await task(connection);
  }

  #end(connection: Connection): void {
    connection.close();
    this.#open.delete(connection);
    if (!this.#standing.delete(connection)) this.#options.seats.leave();
    this.#countTurns();
    this.#ended?.resolve();
    this.#ended = null;
  }

  #countTurns(): void {
    const { turns } = this.#options;
    if (turns) turns.connections = this.size;
  }

  async #empty(): Promise<void> {
    while (this.size > 0) {
      this.#ended ??= Promise.withResolvers<void>();
      await this.#ended.promise;
    }
  }

  async #emptyWithin(timeout: number): Promise<number> {
    const isEmpty = new AbortController();
    this.#empty().then(() => isEmpty.abort());
    try {
      await delay(timeout, { signal: isEmpty.signal });
    } catch {
      // Cut short: all have ended before the time was up.
    }
    return this.size;
  }
}
