/**
 * Whether two byte arrays hold the same bytes.
 *
 * @param a The one.
 * @param b The other.
 * @returns `true` if they are of one length and equal at each place.
 *
 * @example
 * ```ts
 * import { sameBytes } from "./same_bytes.ts";
 * import { assert } from "@std/assert";
 *
 * assert(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2])));
 * assert(!sameBytes(new Uint8Array([1, 2]), new Uint8Array([1])));
 * ```
 */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
