import { systemClock } from "../net/clock.ts";

/** The least time between two notes of one kind, in milliseconds. */
const INTERVAL = 1_000;

/**
 * Writes notes such as errors of connections, and keeps those of one kind from
 * filling a log: any client could cause them as fast as it connects.
 *
 * The first of a kind is written at once. Those that come within a second of it
 * are counted, and the last of them is written at its end with their number. Notes
 * that differ in addresses, numbers and quoted values alone are of one kind.
 */
export class RateLimitedNotes {
  readonly #write: (line: string) => void;
  readonly #kinds = new Map<
    string,
    { count: number; line: string; cancel: () => void }
  >();

  /** Notes go to `write`. */
  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Writes the note, or counts it. */
  note(line: string): void {
    const kind = kindOf(line);
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.count++;
      known.line = line;
    } else {
      this.#write(line);
      this.#remember(kind);
    }
  }

  /** Writes now what was counted. */
  flush(): void {
    for (const kind of [...this.#kinds.keys()]) this.#forget(kind);
  }

  #remember(kind: string): void {
    const cancel = systemClock.later(() => {
      if (this.#forget(kind)) this.#remember(kind);
    }, INTERVAL);
    this.#kinds.set(kind, { count: 0, line: "", cancel });
  }

  /** Writes what was counted of a kind; returns whether there was anything. */
  #forget(kind: string): boolean {
    const { count = 0, line = "", cancel } = this.#kinds.get(kind) ?? {};
    cancel?.();
    this.#kinds.delete(kind);
    if (count === 1) this.#write(line);
    if (count > 1) {
      const more = (count - 1).toLocaleString("en");
      this.#write(`${line} (and ${more} more like it)`);
    }
    return count > 0;
  }
}

/** A line without what differs from peer to peer: addresses, numbers, values. */
function kindOf(line: string): string {
  return line
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[\da-f:.]*\]|\d+(?:\.\d+)*/gi, "0");
}
