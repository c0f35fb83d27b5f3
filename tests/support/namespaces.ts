/** Namespaces of Linux: mounts and networks that a test may spoil. */

import { works } from "./process.ts";

/**
 * Why a test cannot have namespaces of its own here; `false` if it can.
 *
 * @param options What `unshare` takes: `-m` for mounts, `-n` for a network.
 * @param probe A command of the shell that must succeed in them.
 */
export function noNamespaces(
  options: string[],
  probe: string,
): string | false {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return "needs root on Linux";
  }
  return !works("unshare", ...options, "sh", "-c", probe) &&
    "no unshare, or no namespaces";
}
