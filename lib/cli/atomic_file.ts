import { writeAll } from "../io/streams.ts";
import { printable, quote } from "../text/printable.ts";
import { CommandError } from "./errors.ts";

/** The access rights: a download does not inherit set-user-ID and its like. */
const ACCESS_BITS = 0o777;

/**
 * Begins to write a file that appears whole or not at all.
 *
 * The bytes go into `PATH.part`, and `commit` renames that over `PATH`: until
 * then, and after any failure, the old file is what it was. All that can be
 * known beforehand is checked here, so that a program may find out before it
 * connects to anything. A path that is there must be a regular file; a symbolic
 * link would be replaced by the file and not followed, so it is refused too.
 *
 * Needs `--allow-read` and `--allow-write` for `PATH` and `PATH.part`, no more.
 *
 * @throws {CommandError} If the path is there and is not a regular file, or
 * `PATH.part` is there, or the path is empty; if the directory is not there, or
 * the file system or the permissions do not allow the file.
 * @param path The file to write or to replace.
 * @returns The replacement; `await using` cleans it up.
 *
 * @example
 * ```ts
 * import { openReplacement } from "./atomic_file.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const dir = await Deno.makeTempDir();
 * const path = `${dir}/page.html`;
 * {
 *   await using file = await openReplacement(path);
 *   await file.write(new TextEncoder().encode("<h1>Hi</h1>"));
 *   await file.commit();
 * }
 * assertEquals(await Deno.readTextFile(path), "<h1>Hi</h1>");
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function openReplacement(path: string): Promise<AtomicFile> {
  try {
    return await open(path, `${path}.part`);
  } catch (error) {
    throw explainFileError(error, path);
  }
}

async function open(path: string, part: string): Promise<AtomicFile> {
  const mode = await checkTarget(path);
  // The rename needs --allow-read for it: that too is found out now.
  await ifThere(() => Deno.lstat(part));
  let file: Deno.FsFile;
  try {
    // Never wider than the old file's mode, not even until chmod.
    file = await Deno.open(part, {
      write: true,
      createNew: true,
      ...(mode === null ? {} : { mode }),
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new CommandError(
      `"${part}" exists: another run is writing it, or was killed; if none is running, remove it`,
    );
  }
  const replacement = new AtomicFile(path, part, file);
  try {
    // What open was given went through the umask.
    if (mode !== null) await Deno.chmod(part, mode);
    return replacement;
  } catch (error) {
    await replacement[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A file being written beside the one that it is to replace.
 *
 * Made by `openReplacement`, where there is an example.
 */
export class AtomicFile implements AsyncDisposable {
  #path: string;
  #part: string;
  #file: Deno.FsFile | null;
  #settled = false;

  /**
   * Takes over an open file.
   *
   * @param path The file to replace.
   * @param part The file being written.
   * @param file The open `part`.
   */
  constructor(path: string, part: string, file: Deno.FsFile) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /**
   * Appends bytes, all of them.
   *
   * @throws {CommandError} If the file system takes no more.
   * @throws {Deno.errors.BadResource} After `commit` or disposal.
   * @param bytes What to write; may be reused once the promise is settled.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#opened();
    try {
      await writeAll(file, bytes);
    } catch (error) {
      throw explainFileError(error, this.#path);
    }
  }

  /**
   * Puts the file in its place.
   *
   * @throws {CommandError} If the file system does not let it.
   * @throws {Deno.errors.BadResource} After an earlier `commit` or disposal.
   */
  async commit(): Promise<void> {
    const file = this.#opened();
    try {
      // Else a power cut after the rename could leave the name and not the bytes.
      await file.sync();
      this.#close();
      await Deno.rename(this.#part, this.#path);
    } catch (error) {
      throw explainFileError(error, this.#path);
    }
    this.#settled = true;
  }

  /** Closes and removes what was not committed; may be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    if (this.#settled) return;
    this.#settled = true;
    await ifThere(() => Deno.remove(this.#part));
  }

  #opened(): Deno.FsFile {
    if (this.#file !== null) return this.#file;
    throw new Deno.errors.BadResource(`"${this.#part}" is closed`);
  }

  #close(): void {
    this.#file?.close();
    this.#file = null;
  }
}

/** Refuses what cannot be replaced; returns the mode to keep, if there is one. */
async function checkTarget(path: string): Promise<number | null> {
  if (path === "") throw new CommandError("The path of the file is empty");
  const info = await ifThere(() => Deno.lstat(path));
  if (info?.isSymlink) {
    throw refusal(path, "a symbolic link; name the file it points to");
  }
  if (info?.isDirectory) throw refusal(path, "a directory");
  if (info?.isFile === false) throw refusal(path, "not a regular file");
  // Changes nothing, and finds out now, not at the rename, that the file is
  // read-only or that --allow-write does not name it.
  (await ifThere(() => Deno.open(path, { write: true })))?.close();
  const mode = info?.mode ?? null;
  return mode === null ? null : mode & ACCESS_BITS;
}

function refusal(path: string, reason: string): CommandError {
  return new CommandError(`Cannot replace "${path}": it is ${reason}`);
}

async function ifThere<T>(operation: () => Promise<T>): Promise<T | null> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/**
 * Words an error of the file system for a person.
 *
 * @param error What was thrown while the file was written.
 * @param path The file.
 * @returns A {@linkcode CommandError} that says what to do, or the error itself if it
 * is one already or is no error of the system, but of the program.
 *
 * @example
 * ```ts
 * import { explainFileError } from "./atomic_file.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new Deno.errors.NotFound("No such file or directory");
 * assertEquals(
 *   explainFileError(error, "pages/index.html").message,
 *   'Cannot write "pages/index.html": its directory is not there; make it first',
 * );
 * ```
 */
export function explainFileError(error: unknown, path: string): Error {
  if (!(error instanceof Error)) throw error;
  const reason = reasonOf(error, path);
  if (reason === null) return error;
  return new CommandError(`Cannot write ${quote(path)}: ${reason}`, {
    cause: error,
  });
}

function reasonOf(error: Error, path: string): string | null {
  if (error instanceof CommandError) return null;
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
