/** Frames of the runtimes and of the recorder, which are not the program's. */
const FOREIGN =
  /\(?ext:|<frozen|[\\/]tools[\\/]record[\\/](?:deno_calls\.ts|python_calls\.py)|[\\/]lib[\\/]python3[.\d]*[\\/]|[\\/]Lib[\\/]/;

/**
 * What a program prints, with the tracebacks that a reader needs: those frames that are
 * its own, by their paths from the folder.
 *
 * @param text What is printed.
 * @param folder The folder that paths are relative to, with a `/` at its end.
 * @returns The text without foreign frames.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ownTraceback } from "./traceback.ts";
 *
 * const text = `error: Uncaught (in promise) BrokenPipe: Broken pipe (os error 32)
 *     at write (ext:deno_net/01_net.js:1:1319)
 *     at tcplink (file:///home/ann/a/b.ts:20:16)
 * `;
 * assertEquals(
 *   ownTraceback(text, "/home/ann/a/"),
 *   `error: Uncaught (in promise) BrokenPipe: Broken pipe (os error 32)
 *     at tcplink (b.ts:20:16)
 * `,
 * );
 * ```
 */
export function ownTraceback(text: string, folder: string): string {
  if (!/^error: |^Traceback \(/m.test(text)) return text;
  const isOwn = (frame: string) =>
    FOREIGN.test(frame) ? "" : frame.replace(`file://${folder}`, "")
      .replace(folder, "");
  return text
    // The code at the first frame, which is the recorder's.
    .replace(/^(error: .*\n)(?: {4,}(?!at ).*\n)+(?= {4}at .*ext:)/gm, "$1")
    .replace(/^ {4}at .*\n/gm, isOwn)
    .replace(/^ {2}File ".*\n(?: {4}.*\n)*/gm, isOwn);
}
