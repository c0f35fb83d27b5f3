import type { Writer } from "./stream_conn.ts";

/**
 * Writes all of `bytes`, however often that takes.
 *
 * One `write()` of a TCP connection takes only what fits the kernel's send
 * buffer: 8 MB to a slow reader were seen to return after 3.9 MB. Python's
 * `send` does the same, and its `sendall` is this function.
 *
 * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
 * @throws {Deno.errors.ConnectionReset} If the peer has reset it.
 * @throws {Deno.errors.WriteZero} If the writer takes nothing.
 *
 * @param writer Where the bytes go.
 * @param bytes What to write; it must not change before the promise settles.
 *
 * @example A writer that takes two bytes at a time
 * ```ts
 * import { writeAll } from "./write_all.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const taken: number[] = [];
 * const slow = {
 *   write(p: Uint8Array) {
 *     const part = p.subarray(0, 2);
 *     taken.push(...part);
 *     return Promise.resolve(part.length);
 *   },
 * };
 * await writeAll(slow, new Uint8Array([1, 2, 3, 4, 5]));
 * assertEquals(taken, [1, 2, 3, 4, 5]);
 * ```
 */
export async function writeAll(
  writer: Writer,
  bytes: Uint8Array,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const n = await writer.write(bytes.subarray(written));
    if (n === 0) {
      throw new Deno.errors.WriteZero(
        `Cannot write: the writer took ${written} of ${bytes.length} bytes`,
      );
    }
    written += n;
  }
}
