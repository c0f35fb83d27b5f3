import { Failure } from "./failure.ts";
import { printable } from "./printable.ts";
import { quote } from "./quote.ts";

/**
 * Words an error of the file system for a person.
 *
 * @param error What was thrown while the file was written.
 * @param path The file.
 * @returns A {@linkcode Failure} that says what to do, or the error itself if it
 * is one already or is no error of the system, but of the program.
 *
 * @example
 * ```ts
 * import { fileFailure } from "./file_failure.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new Deno.errors.NotFound("No such file or directory");
 * assertEquals(
 *   fileFailure(error, "pages/index.html").message,
 *   'Cannot write "pages/index.html": its directory is not there; make it first',
 * );
 * ```
 */
export function fileFailure(error: unknown, path: string): Error {
  if (!(error instanceof Error)) throw error;
  const reason = reasonOf(error, path);
  if (reason === null) return error;
  return new Failure(`Cannot write ${quote(path)}: ${reason}`, {
    cause: error,
  });
}

function reasonOf(error: Error, path: string): string | null {
  if (error instanceof Failure) return null;
  if (error instanceof Deno.errors.NotFound) {
    return "its directory is not there; make it first";
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return "part of its path is a file, not a directory";
  }
  if (error instanceof Deno.errors.NotCapable) {
    const paths = `${path},${path}.part`;
    return `Deno may not; grant --allow-read=${paths} --allow-write=${paths}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the file or its directory is not yours to write; take another path";
  }
  // What the system says, "No space left on device" among it, has a code.
  return "code" in error ? printable(error.message) : null;
}
