import { quotePath, shellWord } from "./atomic_file.ts";
import { CommandError, systemMessage } from "./errors.ts";

/**
 * Opens a file that a person has named, to read it.
 *
 * @throws {CommandError} If it cannot be read; the message says what to do.
 * @param path The file.
 * @returns The open file, which is no directory.
 */
export async function openFile(path: string): Promise<Deno.FsFile> {
  const file = await attempt(path, Deno.open);
  if (!(await file.stat()).isDirectory) return file;
  file.close();
  throw new CommandError(`Cannot read ${quotePath(path)}: it is a directory`);
}

/**
 * Reads a file that a person has named.
 *
 * @throws {CommandError} If it cannot be read; the message says what to do.
 * @param path The file.
 * @returns Its text.
 */
export async function readTextFile(path: string): Promise<string> {
  return await attempt(path, Deno.readTextFile);
}

async function attempt<T>(path: string, read: (path: string) => Promise<T>) {
  try {
    return await read(path);
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
