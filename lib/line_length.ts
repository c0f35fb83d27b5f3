const LF = 0x0a;
const CR = 0x0d;

/**
 * How long a chunk is without one line ending, LF or CRLF, at its end.
 *
 * A person at `nc` or `telnet` cannot send a name without pressing Enter; this
 * is how a server leaves that Enter out.
 *
 * @param chunk What one read returned.
 * @returns The length in bytes, without the line ending.
 *
 * @example
 * ```ts
 * import { lineLength } from "./line_length.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const length = (text: string) => lineLength(new TextEncoder().encode(text));
 * assertEquals(length("Sarah"), 5);
 * assertEquals(length("Sarah\n"), 5);
 * assertEquals(length("Sarah\r\n"), 5);
 * assertEquals(length("Sarah\n\n"), 6);
 * ```
 */
export function lineLength(chunk: Uint8Array): number {
  const { length } = chunk;
  if (chunk[length - 1] !== LF) return length;
  return chunk[length - 2] === CR ? length - 2 : length - 1;
}
