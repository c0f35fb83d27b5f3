/** A place for a program's text: `Deno.stdout`, `Deno.stderr`, or a test's. */
export interface TextSink {
  /** Writes some of `p`, at least 1 byte, and says how many. */
  writeSync(p: Uint8Array): number;
}

/** How long to wait for room in a pipe that would block, in milliseconds. */
const RETRY = 5;

/**
 * Writes lines, each whole and in its turn.
 *
 * `console.log` would do for a text of one's own, but its first argument is a
 * format (`%s`), and when nobody reads it fails without a word.
 *
 * @example
 * ```ts
 * import { LineOutput } from "./_output.ts";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const output = new LineOutput({
 *   writeSync(p) {
 *     text += new TextDecoder().decode(p);
 *     return p.length;
 *   },
 * });
 * output.line("100 %s");
 * assertEquals(text, "100 %s\n");
 * ```
 */
export class LineOutput {
  readonly #sink: TextSink;
  readonly #encoder = new TextEncoder();
  #hasReader = true;

  /**
   * Writes nothing yet.
   *
   * @param sink Where the lines go.
   */
  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  /**
   * Writes one line, and waits until it is written. Once the reader has gone,
   * as with `| head -1`, lines go nowhere: the program has other work to finish.
   *
   * @param text The line, without its end.
   */
  line(text: string): void {
    if (!this.#hasReader) return;
    let rest: Uint8Array = this.#encoder.encode(text + "\n");
    while (this.#hasReader && rest.length > 0) {
      rest = rest.subarray(this.#writeSome(rest));
    }
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return this.#sink.writeSync(bytes);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) {
        this.#hasReader = false; // Not a failure: see above.
      } else if (error instanceof Deno.errors.WouldBlock) {
        // Another program has set the terminal or pipe that both share to be
        // non-blocking. Its reader makes room soon.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY);
      } else {
        throw error;
      }
      return 0;
    }
  }
}
