import { quotePath, shellWord } from "./atomic_file.ts";
import { CommandError, systemMessage } from "./errors.ts";

/**
 * Reads a file that a person has named.
 *
 * @throws {CommandError} If it cannot be read; the message says what to do.
 * @param path The file.
 * @returns Its text.
 */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = reasonOf(error, path);
    const message = `Cannot read ${quotePath(path)}: ${reason}`;
    throw new CommandError(message, { cause: error });
  }
}

function reasonOf(error: Error, path: string): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.NotCapable) {
    return `the permission is missing; grant --allow-read=${shellWord(path)}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the system does not let you read it";
  }
  return systemMessage(error);
}
