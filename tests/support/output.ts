interface Wait {
  matches(line: string): boolean;
  /** Ends the wait: with the line, or without one. */
  settle(line?: string): void;
}

/** One output stream of a program: its bytes, and its lines one after the other. */
export class Output {
  /** Settles when the stream has ended and everything of it is here. */
  readonly ended: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  /** Lines that no call of `next` has looked at. */
  readonly #lines: string[] = [];
  /** The calls of `next` that wait for a line; the first one looks at lines first. */
  readonly #waits: Wait[] = [];
  readonly #onLine: ((line: string) => void) | undefined;
  #hasEnded = false;

  /**
   * Reads the stream to its end, whether or not any line is asked for: a program
   * whose output is not read stops when the pipe is full.
   *
   * @param stream The stream.
   * @param onLine Called with each line as soon as it is complete.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    onLine?: (line: string) => void,
  ) {
    this.#onLine = onLine;
    this.#reader = stream.getReader();
    this.ended = this.#gather();
  }

  /** Whether the stream has ended. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * The next line that matches, without its line end, and `undefined` if there is
   * none by the end of the stream or within `limit` milliseconds.
   *
   * Each line is compared once, so calls find lines in the order of the output; of
   * calls that wait at the same time, the earlier call finds the earlier line.
   */
  next(pattern: string | RegExp, limit: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const wait = {
        matches: (line: string) =>
          // Unlike test(), search() starts at the front, flag g or not.
          typeof pattern === "string"
            ? line === pattern
            : line.search(pattern) >= 0,
        settle: (line?: string) => {
          clearTimeout(timer);
          this.#waits.splice(this.#waits.indexOf(wait), 1);
          resolve(line);
        },
      };
      const timer = setTimeout(() => wait.settle(), limit);
      this.#waits.push(wait);
      this.#deliver();
    });
  }

  /** Everything so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    const length = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** Everything so far, as text. */
  text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes());
  }

  /** Stops reading; the rest of the stream is discarded. */
  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.ended;
  }

  async #gather(): Promise<void> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let rest = "";
    for (;;) {
      const { value } = await this.#reader.read();
      if (value === undefined) break;
      this.#chunks.push(value);
      const text = rest + decoder.decode(value, { stream: true });
      const lines = text.split("\n");
      rest = lines.pop() ?? "";
      // Python ends a line with CRLF on Windows.
      for (const line of lines) this.#add(line.replace(/\r$/, ""));
      this.#deliver();
    }
    rest += decoder.decode();
    if (rest !== "") this.#add(rest);
    this.#hasEnded = true;
    this.#deliver();
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#onLine?.(line);
  }

  #deliver(): void {
    for (let wait; (wait = this.#waits[0]) !== undefined;) {
      const line = this.#lines.shift();
      if (line === undefined) {
        if (!this.#hasEnded) return;
        wait.settle();
      } else if (wait.matches(line)) {
        wait.settle(line);
      }
    }
  }
}
