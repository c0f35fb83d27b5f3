/**
 * Shows on a terminal how far a transfer is: how much, how fast, and the part of the
 * whole, if that is known. Nothing is shown in the first second, nor where standard error
 * is no terminal.
 */

/** How often it changes at most, in milliseconds. */
const INTERVAL = 200;

/** One transfer. At the end of the block (`using`) its line is gone. */
export class Progress implements Disposable {
  readonly #isShown = Deno.stderr.isTerminal();
  readonly #start = performance.now();
  #next = this.#start + 1_000;
  #hasLine = false;
  #bytes = 0;

  /** `total` is the size of the file, where it is known. */
  constructor(private readonly total: number | null = null) {}

  /** Counts bytes. */
  add(bytes: number): void {
    this.#bytes += bytes;
    const now = performance.now();
    if (!this.#isShown || now < this.#next) return;
    this.#next = now + INTERVAL;
    this.#hasLine = true;
    const part = this.total === null
      ? ""
      : ` of ${megabytes(this.total)} (${
        Math.floor(100 * this.#bytes / this.total)
      } %)`;
    const speed = megabytes(this.#bytes / (now - this.#start) * 1_000);
    this.#write(`${megabytes(this.#bytes)}${part}, ${speed}/s`);
  }

  /** Removes the line. */
  [Symbol.dispose](): void {
    if (this.#hasLine) this.#write("");
    this.#hasLine = false;
  }

  /** Writes in place of the last line: back to its start, and erase to its end. */
  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(`\r${text}\x1b[K`));
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
