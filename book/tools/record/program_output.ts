import { concat, equals } from "../../../lib/io/mod.ts";

/** A write that was recorded, and of which the pipe has not brought all yet. */
interface Expected {
  /** How many bytes are still to come. */
  n: number;
  /** The first of them. */
  data: Uint8Array;
}

/** Of threads that print at once, one may be written down before the other one. */
const NEXT = 64;

const NEWLINE = 10;

/**
 * A pipe that brings what a program prints. Most of that is recorded already, by the
 * program's own calls; the rest is from a child, or from code that is not recorded.
 */
export class OutputPipe {
  readonly #expected = new Set<Expected>();

  /** Notes a write that was recorded: its length, and its first bytes. */
  expect(n: number, data: Uint8Array): void {
    this.#expected.add({ n, data });
  }

  /** What of a chunk no recorded call has written. */
  rest(chunk: Uint8Array): Uint8Array {
    const rest: Uint8Array[] = [];
    for (let at = 0; at < chunk.length;) {
      const next = this.#expected.values().take(NEXT)
        .find(({ data }) => begins(chunk, at, data));
      if (next === undefined) {
        const end = chunk.indexOf(NEWLINE, at);
        const line = chunk.subarray(at, end === -1 ? chunk.length : end + 1);
        rest.push(line);
        at += line.length;
        continue;
      }
      const length = Math.min(next.n, chunk.length - at);
      next.n -= length;
      next.data = next.data.subarray(length);
      if (next.n === 0) this.#expected.delete(next);
      at += length;
    }
    return concat(rest);
  }
}

/** Whether bytes stand at a place of a chunk, which may end before they do. */
function begins(chunk: Uint8Array, at: number, bytes: Uint8Array): boolean {
  const part = chunk.subarray(at, at + bytes.length);
  return equals(part, bytes.subarray(0, part.length));
}

/** The most characters of a line that are shown. */
const LONGEST = 10_000;

/** Cuts what a program prints into lines, as they are shown. */
export class PrintedLines {
  #last = "";

  /** The line that has not ended. */
  get last(): string {
    return shown(this.#last);
  }

  /** Takes more text, and returns the lines that have ended with it. */
  add(text: string): string[] {
    const lines = (this.#last + text).split("\n");
    const last = lines.pop() ?? "";
    // One more character tells that it is cut.
    this.#last = last.slice(0, LONGEST + 1);
    return lines.map(shown);
  }
}

function shown(line: string): string {
  return line.length > LONGEST
    ? `${line.slice(0, LONGEST)}… (cut at ${LONGEST} characters)`
    : line.replace(/\r$/, "");
}
