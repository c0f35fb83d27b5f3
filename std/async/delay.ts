// Stands in for jsr:@std/async/delay: the same code, from npm (see README.md).
import { delay as original } from "deno-std/async/delay.js";

/** Options for {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Whether the wait keeps the process alive. @default {true} */
  persistent?: boolean;
}

/** Resolves after `ms` milliseconds. */
export const delay: (ms: number, options?: DelayOptions) => Promise<void> =
  original;
