/** Tests that cannot run on every machine: their names say why they are skipped. */

import { hasIPv6 } from "./ipv6.ts";
import { python } from "./python.ts";

const { os } = Deno.build;

/** Why a test is skipped here; `false` if it runs. */
export type Reason = string | false;

/** Windows ends a program at once where others send a signal. */
export const noSignals: Reason = os === "windows" && "no signals";

/** It has no `sh`, no `ulimit`, no modes of files and no named pipes either. */
export const noUnix: Reason = os === "windows" && "needs Unix";

export const noLinux: Reason = os !== "linux" && "needs Linux";

export const noIPv6: Reason = !hasIPv6 && "no IPv6";

export const noPython: Reason = python === null && "no Python";

/** Its terminals are those of Unix. */
export const noTerminal: Reason = noUnix || noPython;

/** A name with the reason behind it. */
export function named(name: string, reason: Reason): string {
  return reason ? `${name} (skipped: ${reason})` : name;
}

/** Registers a test that is skipped if there is a reason. */
export function testUnless(
  reason: Reason,
  name: string,
  fn: () => Promise<void>,
): void {
  Deno.test({ name: named(name, reason), ignore: reason !== false, fn });
}
