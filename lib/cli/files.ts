import { writeAll } from "../io/streams.ts";
import { deadline } from "../net/clock.ts";
import { CommandError, explainFileError, quotePath } from "./errors.ts";

/**
 * Opens a file that a person has named, to read it.
 *
 * @throws {CommandError} If it cannot be read; the message says what to do.
 * @param path The file.
 * @returns The open file, which is no directory.
 */
export async function openFile(path: string): Promise<Deno.FsFile> {
  const file = await worded(path, "read", () => Deno.open(path));
  if (!(await file.stat()).isDirectory) return file;
  file.close();
  throw new CommandError(`Cannot read ${quotePath(path)}: it is a directory`);
}

/** Options of {@linkcode AtomicFile}. */
export interface AtomicFileOptions {
  /** Ends a wait for the system at once, for example for a reader of a named pipe. */
  signal?: AbortSignal | undefined;
}

/**
 * A file that appears whole or not at all (an *atomic* write).
 *
 * The bytes go into `PATH.part`, which `commit` renames over `PATH`: until then, and
 * after any failure, the old file is what it was. Most that can go wrong is found out
 * by `create`, before a program connects to anything. A path that exists must be a
 * regular file; a symbolic link would be replaced by the file and not followed, so it
 * is refused. To a device or a named pipe, such as `/dev/null`, the bytes go straight.
 *
 * A run holds a lock on its `PATH.part`, and the system drops the lock of a run that
 * is killed: the next run takes the file over.
 *
 * Needs `--allow-read` and `--allow-write` for `PATH` and `PATH.part`, no more.
 *
 * @example
 * ```ts
 * import { AtomicFile } from "./files.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const dir = await Deno.makeTempDir();
 * const path = `${dir}/page.html`;
 * {
 *   await using file = await AtomicFile.create(path);
 *   await file.write(new TextEncoder().encode("<h1>Hi</h1>"));
 *   await file.commit();
 * }
 * assertEquals(await Deno.readTextFile(path), "<h1>Hi</h1>");
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export class AtomicFile implements AsyncDisposable {
  readonly #path: string;
  /** What is to be renamed; null: the path is a device and is written itself. */
  readonly #part: string | null;
  readonly #signal: AbortSignal | undefined;
  #file: Deno.FsFile | null;

  private constructor(
    path: string,
    part: string | null,
    file: Deno.FsFile,
    signal: AbortSignal | undefined,
  ) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
    this.#signal = signal;
  }

  /**
   * Begins to write a file, or to replace one.
   *
   * @throws {CommandError} If that is not possible, with the reason.
   * @throws {unknown} The reason of the signal, if that ends the wait for a pipe's reader.
   * @param path The file.
   * @param options What ends a wait.
   */
  static create(
    path: string,
    { signal }: AtomicFileOptions = {},
  ): Promise<AtomicFile> {
    return worded(path, "write", async () => {
      const info = await ifFound(Deno.lstat(path));
      // /dev/stdout is a link.
      const target = info?.isSymlink ? await ifFound(Deno.stat(path)) : info;
      if (target?.isCharDevice || target?.isFifo) {
        const device = await openDevice(path, signal);
        return new AtomicFile(path, null, device, signal);
      }
      refuseOthers(path, info);
      // Changes nothing, and shows now whether the file may be written at all.
      (await ifFound(Deno.open(path, { write: true })))?.close();
      const part = `${path}.part`;
      const file = await openPart(part, info?.mode ?? null);
      return new AtomicFile(path, part, file, signal);
    });
  }

  /**
   * Appends all of `bytes`, which may be used again when the promise is settled.
   *
   * @throws {CommandError} If the file system takes no more.
   * @throws {Deno.errors.BadResource} After `commit` or disposal.
   * @throws {unknown} The reason of the signal, once that is aborted.
   * @param bytes What to append.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#opened();
    await worded(
      this.#path,
      "write",
      () => deadline(writeAll(file, bytes), Infinity, { signal: this.#signal }),
    );
  }

  /**
   * Puts the file in its place.
   *
   * @throws {CommandError} If the file system does not let it.
   * @throws {Deno.errors.BadResource} After an earlier `commit` or disposal.
   */
  async commit(): Promise<void> {
    const file = this.#opened();
    const part = this.#part;
    await worded(this.#path, "write", async () => {
      if (part !== null) {
        // Else a power cut after the rename could leave the name and not the bytes.
        await file.sync();
        await Deno.rename(part, this.#path);
      }
      this.#file = null;
      file.close();
    });
  }

  /** Closes and removes what was not committed; may be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    using file = this.#file;
    this.#file = null;
    // Removed before the lock goes with the file.
    if (file !== null && this.#part !== null) {
      await ifFound(Deno.remove(this.#part));
    }
  }

  #opened(): Deno.FsFile {
    if (this.#file !== null) return this.#file;
    throw new Deno.errors.BadResource(`${quotePath(this.#path)} is closed`);
  }
}

/** Opening a named pipe waits for its reader. */
async function openDevice(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Deno.FsFile> {
  const opening = Deno.open(path, { write: true });
  try {
    return await deadline(opening, Infinity, { signal });
  } catch (error) {
    opening.then((file) => file.close(), () => {});
    throw error;
  }
}

function refuseOthers(path: string, info: Deno.FileInfo | null): void {
  if (info === null || info.isFile) return;
  const reason = info.isSymlink
    ? "a symbolic link; name the file it points to"
    : info.isDirectory
    ? "a directory"
    : "not a regular file";
  throw new CommandError(`Cannot replace ${quotePath(path)}: it is ${reason}`);
}

/** Opens and locks the part: a new file, or one that a killed run has left. */
async function openPart(
  part: string,
  mode: number | null,
): Promise<Deno.FsFile> {
  const old = await ifFound(Deno.lstat(part));
  if (old?.isFile === false) {
    const what = "exists and is not a regular file; remove it";
    throw new CommandError(`${quotePath(part)} ${what}`);
  }
  // A download does not inherit set-user-ID and its like.
  const access = mode === null ? {} : { mode: mode & 0o777 };
  const file = await Deno.open(part, { write: true, create: true, ...access });
  try {
    // A file system without locks has none to respect.
    const isLocked = await file.tryLock(true).catch(() => true);
    // Another run may have renamed or removed it before it was locked. Windows has no
    // number of a file.
    const there = await ifFound(Deno.lstat(part));
    const { ino } = await file.stat();
    const isThere = there !== null && (ino === null || there.ino === ino);
    if (!isLocked || !isThere) {
      const what = "is being written by another run; wait until it has ended";
      throw new CommandError(`${quotePath(part)} ${what}`);
    }
    await file.truncate();
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

async function ifFound<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function worded<T>(
  path: string,
  action: "read" | "write",
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw explainFileError(error, action, path);
  }
}
