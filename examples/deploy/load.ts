/**
 * Clients for the experiments of chapter 8, which count what they have asked and what
 * was answered.
 */
import { EXIT, greeting, WELCOME } from "../../lib/greeting.ts";
import { equals, readExactly } from "../../lib/io/mod.ts";
import { Connection } from "../../lib/tcp/mod.ts";

/** How many names a client sends before it says exit and connects again. */
const NAMES = 5;

/** How often a name is sent if connections end before its response. */
const TRIES = 6;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Clients that keep sending requests, in one session after the other. */
export class Load {
  /** How many names the clients send. */
  readonly total: number;
  /** Names that got a response, were sent again on a new connection, or were given up. */
  answered = 0;
  resent = 0;
  lost = 0;
  /** Settles when all clients have ended. */
  readonly finished: Promise<unknown>;
  readonly #port: number;
  readonly #pause: number;
  #share = 0;
  #reached = () => {};

  /**
   * Starts them: each holds this many sessions with the server on a port, and
   * waits for a pause, in milliseconds, after each response.
   */
  constructor(
    port: number,
    { clients, sessions, pause }: {
      clients: number;
      sessions: number;
      pause: number;
    },
  ) {
    this.#port = port;
    this.#pause = pause;
    this.total = clients * sessions * NAMES;
    this.finished = Promise.all(Array.from({ length: clients }, async () => {
      for (let i = 0; i < sessions; i++) await this.#converse();
    }));
  }

  /** Waits until a share of the names, from 0 to 1, has been dealt with. */
  async until(share: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#share, this.#reached] = [share, resolve];
    this.#report();
    await promise;
  }

  #report(): void {
    const done = this.answered + this.lost;
    if (done >= this.#share * this.total) this.#reached();
  }

  async #converse(): Promise<void> {
    let server = await connect(this.#port);
    for (let i = 0; i < NAMES; i++) {
      const name = new TextEncoder().encode(`Michael ${i}`);
      let isAnswered = await ask(server, name);
      for (let tries = 1; !isAnswered && tries < TRIES; tries++) {
        // A greeting changes nothing at the server: a name may be sent twice.
        server?.abort();
        await sleep(25 * 2 ** tries); // Back-off: 50 ms, 100, 200, …
        server = await connect(this.#port);
        isAnswered = await ask(server, name);
        this.resent++;
      }
      if (isAnswered) this.answered++;
      else this.lost++;
      this.#report();
      await sleep(this.#pause);
    }
    await server?.write(EXIT).catch(() => {}); // The server may have ended it.
    await server?.close();
  }
}

/** Connects and reads the welcome; `null` if that fails. */
async function connect(port: number): Promise<Connection | null> {
  let server: Connection | null = null;
  try {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    server = new Connection(conn, { idleTimeout: 10_000 });
    const welcome = await readExactly(server, WELCOME.length);
    if (equals(welcome, WELCOME)) return server;
  } catch {
    // Refused, reset or ended: the caller tries again.
  }
  server?.abort();
  return null;
}

async function ask(server: Connection | null, name: Uint8Array) {
  const expected = greeting(name);
  try {
    await server?.write(name);
    const answer = server && await readExactly(server, expected.length);
    return answer !== null && equals(answer, expected);
  } catch {
    return false; // The connection has ended: the caller tries again.
  }
}
