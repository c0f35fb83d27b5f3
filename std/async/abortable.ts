// Stands in for jsr:@std/async/abortable: the same code, from npm (see README.md).
import { abortable as original } from "deno-std/async/abortable.js";

/** Settles as `p` does, or rejects with the signal's reason when that comes first. */
export const abortable: <T>(p: Promise<T>, signal: AbortSignal) => Promise<T> =
  original;
