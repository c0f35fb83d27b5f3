import type { Reader, Writer } from "../io/mod.ts";
import {
  type Address,
  formatAddress,
  isNetAllowed,
  sameAddress,
} from "../net/mod.ts";

/** Deno completes at most this many socket operations in one turn of its loop. */
export const BATCH = 128;

/** With this few completed in a turn, no ready socket was left over. */
export const FEW = BATCH / 8;

/** From this many connections on, the connection to itself is opened. */
const MANY = BATCH / 2;

/** The longest that connecting to itself may take, in milliseconds. */
const CONNECT_LIMIT = 1_000;

/** The longest that the connection may take to be accepted, in milliseconds. */
const ACCEPT_LIMIT = 10_000;

/** The longest that one byte may take to cross the connection, in milliseconds. */
const CROSSING_LIMIT = 1_000;

/** One end of the connection of a server to itself. */
export interface End extends Reader, Writer, Disposable {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
}

/** What the scheduler needs of the system; a test injects its own. */
export interface SchedulerSystem {
  /** Connects to an address that {@linkcode SchedulerSystem.isGranted}. */
  connect(address: Address, signal: AbortSignal): Promise<End>;
  /** Whether Deno allows a connection to an address, without asking a person. */
  isGranted(address: Address): boolean;
}

const DENO: SchedulerSystem = {
  connect: (address, signal) => Deno.connect({ ...address, signal }),
  isGranted: (address) => isNetAllowed(formatAddress(address)),
};

/**
 * Keeps connections from starving when more than 128 of them are busy.
 *
 * Deno completes at most 128 socket operations in one turn of its event loop (the
 * budget of a Tokio task). If more sockets are ready, some are left over, and
 * sockets that become ready meanwhile come before them. The connections served
 * last, whose peers ask again at once, are always among those: of 500 clients that
 * never paused, some were answered twice in three seconds, others 1,800 times.
 *
 * So after a full batch, connections that want to read wait until the others have
 * been served. The sign for that is a byte that crosses a connection of the server
 * to itself: each crossing means that the system was asked once which sockets are
 * ready. When few operations completed during a crossing, no socket is left over.
 * A timer does not pass through the sockets, and so tells nothing.
 *
 * Fairness is an aid. It is used only where Deno grants the connection without a
 * question, every wait on it has a limit, and after the first failure the server
 * goes on without it.
 */
export class FairScheduler implements Disposable {
  readonly #system: SchedulerSystem;
  readonly #byte = new Uint8Array(1);
  #state: "idle" | "connecting" | "connected" | "ready" | "off" = "idle";
  #connecting: Promise<void> | null = null;
  #client: End | null = null;
  #server: End | null = null;
  /** The client end's address, also after it was closed: it may yet be accepted. */
  #own: Address | null = null;
  #acceptTimer: ReturnType<typeof setTimeout> | undefined;
  #connections = 0;
  #completed = 0;
  #turn: Promise<void> | null = null;

  constructor(system: SchedulerSystem = DENO) {
    this.#system = system;
  }

  /**
   * How many connections there are: up to 128, none of them starves. With few of
   * them the connection to itself is closed, until there are many again.
   */
  set connections(count: number) {
    this.#connections = count;
    if (count < MANY / 2 && this.#state === "ready") this.#close("idle");
  }

  /** What a connection waits for before it reads; `null`: for nothing. */
  get turn(): Promise<void> | null {
    return this.#turn;
  }

  /** Whether an accepted connection may be the server's own: ask {@linkcode claim}. */
  get expectsConnection(): boolean {
    return this.#connecting !== null || this.#own !== null;
  }

  /**
   * Opens the connection to itself, where there are many connections and that was
   * not done yet. Nothing waits for it.
   */
  start(listening: Address): void {
    if (this.#state !== "idle" || this.#connections < MANY) return;
    const address = candidates(listening).find(this.#system.isGranted);
    if (address === undefined) this.#state = "off";
    else this.#connecting = this.#connect(address);
  }

  /**
   * Takes over an accepted connection if it is the server's own.
   *
   * While the connection is being made its address is not known yet, so this waits
   * for it, a second at most.
   */
  async claim(conn: End): Promise<boolean> {
    await this.#connecting;
    if (this.#own === null || !sameAddress(conn.remoteAddr, this.#own)) {
      return false;
    }
    this.#own = null;
    clearTimeout(this.#acceptTimer);
    if (this.#state === "connected") {
      this.#server = conn;
      this.#state = "ready";
    } else {
      conn[Symbol.dispose]();
    }
    return true;
  }

  /** Counts a completed read. */
  completed(): void {
    if (this.#connections <= BATCH || this.#state !== "ready") return;
    if (++this.#completed < BATCH || this.#turn !== null) return;
    this.#turn = this.#untilNoneIsLeftOver();
  }

  /** Goes on without fairness: no connection waits any more. */
  [Symbol.dispose](): void {
    if (!this.#isOff()) this.#close("off");
  }

  #close(state: "idle" | "off"): void {
    this.#state = state;
    clearTimeout(this.#acceptTimer);
    this.#client?.[Symbol.dispose]();
    this.#server?.[Symbol.dispose]();
    this.#client = this.#server = null;
  }

  async #connect(address: Address): Promise<void> {
    this.#state = "connecting";
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), CONNECT_LIMIT);
    try {
      const client = await this.#system.connect(address, late.signal);
      this.#own = client.localAddr;
      this.#client = client;
      if (this.#isOff()) return client[Symbol.dispose]();
      this.#state = "connected";
      // With address translation on the loopback interface it is accepted under
      // another address, and never recognized.
      this.#acceptTimer = setTimeout(
        () => this.#close("off"),
        ACCEPT_LIMIT,
      );
    } catch {
      // The server does without it: accepting reports what keeps clients out.
      this.#state = "off";
    } finally {
      clearTimeout(timer);
      this.#connecting = null;
    }
  }

  /** A method, because TypeScript would narrow a field across the await. */
  #isOff(): boolean {
    return this.#state === "off";
  }

  async #untilNoneIsLeftOver(): Promise<void> {
    // After a stop of the whole process a timer fires before the byte is read, so
    // it takes two in a row to give up.
    let limit = setTimeout(() => {
      limit = setTimeout(() => this.#close("off"), CROSSING_LIMIT / 2);
    }, CROSSING_LIMIT / 2);
    try {
      do {
        this.#completed = 0;
        // The read comes first: a byte that is already there is read at once,
        // without asking the system anything.
        const crossed = this.#server?.read(this.#byte);
        await Promise.all([this.#client?.write(this.#byte), crossed]);
      } while (this.#completed > FEW);
    } catch {
      // Closed, by the limit or by a tool such as `ss -K`: connections read
      // without waiting from now on.
      if (this.#state === "ready") this.#close("off");
    }
    clearTimeout(limit);
    this.#completed = 0;
    this.#turn = null;
  }
}

/** Ways to write the address, of which `--allow-net` may name any. */
function candidates({ hostname, port }: Address): Address[] {
  const names = {
    "0.0.0.0": ["127.0.0.1", "localhost", "0.0.0.0"],
    "::": ["::1", "127.0.0.1", "localhost", "::"],
    "127.0.0.1": ["127.0.0.1", "localhost"],
    "::1": ["::1", "localhost"],
  }[hostname] ?? [hostname];
  return names.map((hostname) => ({ hostname, port }));
}
