import { writeAll } from "../io/mod.ts";
import { printable } from "../text/mod.ts";
import { CommandError, systemMessage } from "./errors.ts";

/** The access rights: a download does not inherit set-user-ID and its like. */
const ACCESS_BITS = 0o777;

/**
 * A file that appears whole or not at all (an *atomic* write).
 *
 * The bytes go into `PATH.part`, and `commit` renames that over `PATH`: until
 * then, and after any failure, the old file is what it was. Most that can go wrong
 * is found out by `create`, so that a program may know before it connects to
 * anything. A path that exists must be a regular file; a symbolic link would be
 * replaced by the file and not followed, so it is refused. To a device or a named
 * pipe, `/dev/null` for example, the bytes are written straight.
 *
 * A run holds a lock on its `PATH.part`. One that is not locked is left over from
 * a run that was killed, and is replaced.
 *
 * Where others may write to the directory they can put another file in the place
 * of `PATH.part`. Nothing but the open file is ever written or changed then, and
 * `commit` refuses.
 *
 * Needs `--allow-read` and `--allow-write` for `PATH` and `PATH.part`, no more.
 *
 * @example
 * ```ts
 * import { AtomicFile } from "./atomic_file.ts";
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
  #file: Deno.FsFile | null;
  #isSettled = false;

  private constructor(path: string, part: string | null, file: Deno.FsFile) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /**
   * Begins to write a file, or to replace one.
   *
   * @throws {CommandError} If that is not possible, with the reason.
   */
  static async create(path: string): Promise<AtomicFile> {
    try {
      return await AtomicFile.#create(path);
    } catch (error) {
      throw explainFileError(error, path);
    }
  }

  static async #create(path: string): Promise<AtomicFile> {
    if (path === "") throw new CommandError("The path of the file is empty");
    const info = await ignoreNotFound(() => Deno.lstat(path));
    if (await isDevice(path, info)) {
      const device = await Deno.open(path, { write: true });
      return new AtomicFile(path, null, device);
    }
    const mode = await checkTarget(path, info);
    const part = `${path}.part`;
    const file = await openPart(part, mode);
    const atomic = new AtomicFile(path, part, file);
    try {
      // Another run may have removed it as stale before it was locked.
      if (!await isAt(part, file)) throw replaced(part);
      if (mode !== null) await setMode(part, file, mode);
      return atomic;
    } catch (error) {
      await atomic[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Appends all of `bytes`, which may be used again when the promise is settled.
   *
   * @throws {CommandError} If the file system takes no more.
   * @throws {Deno.errors.BadResource} After `commit` or disposal.
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
      if (this.#part !== null) await this.#rename(file, this.#part);
      this.#close();
    } catch (error) {
      throw explainFileError(error, this.#path);
    }
    this.#isSettled = true;
  }

  /** Closes and removes what was not committed; may be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file;
    if (!this.#isSettled && file !== null && this.#part !== null) {
      this.#isSettled = true;
      const part = this.#part;
      if (await isAt(part, file)) {
        await ignoreNotFound(() => Deno.remove(part));
      }
    }
    this.#close();
  }

  async #rename(file: Deno.FsFile, part: string): Promise<void> {
    // Else a power cut after the rename could leave the name and not the bytes.
    await file.sync();
    if (!await isAt(part, file)) throw replaced(part);
    await Deno.rename(part, this.#path);
  }

  #opened(): Deno.FsFile {
    if (this.#file !== null) return this.#file;
    throw new Deno.errors.BadResource(`${quotePath(this.#path)} is closed`);
  }

  #close(): void {
    this.#file?.close();
    this.#file = null;
  }
}

/** Whether bytes go straight to what the path leads to: a device or a pipe. */
async function isDevice(
  path: string,
  info: Deno.FileInfo | null,
): Promise<boolean> {
  // /dev/stdout is a link.
  const target = info?.isSymlink
    ? await ignoreNotFound(() => Deno.stat(path))
    : info;
  return target?.isCharDevice === true || target?.isFifo === true;
}

/** Refuses what cannot be replaced; returns the mode to keep, if there is one. */
async function checkTarget(
  path: string,
  info: Deno.FileInfo | null,
): Promise<number | null> {
  if (info?.isSymlink) {
    throw refusal(path, "a symbolic link; name the file it points to");
  }
  if (info?.isDirectory) throw refusal(path, "a directory");
  if (info?.isFile === false) throw refusal(path, "not a regular file");
  // Changes nothing, and finds out now, not at the rename, that the file is
  // read-only or that --allow-write does not name it.
  (await ignoreNotFound(() => Deno.open(path, { write: true })))?.close();
  const mode = info?.mode ?? null;
  return mode === null ? null : mode & ACCESS_BITS;
}

function refusal(path: string, reason: string): CommandError {
  return new CommandError(`Cannot replace ${quotePath(path)}: it is ${reason}`);
}

/** Creates the part and locks it; removes one that a killed run has left behind. */
async function openPart(
  part: string,
  mode: number | null,
): Promise<Deno.FsFile> {
  using stack = new DisposableStack();
  // The rename needs --allow-read for it: that too is found out now.
  const old = await ignoreNotFound(() => Deno.lstat(part));
  if (old !== null) await removeStale(part, old, stack);
  const options: Deno.OpenOptions = { write: true, createNew: true };
  // Never wider than the old file, not even for a moment.
  if (mode !== null) options.mode = mode;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(part, options);
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? inUse(part) : error;
  }
  if (await tryLock(file) === false) {
    // Another run has taken it for stale before it was locked.
    file.close();
    throw inUse(part);
  }
  return file;
}

/**
 * Removes a part that no run has locked. The lock on it is held until the new part
 * is locked: of two runs that find it, one goes on.
 */
async function removeStale(
  part: string,
  info: Deno.FileInfo,
  stack: DisposableStack,
): Promise<void> {
  if (!info.isFile) {
    throw new CommandError(
      `${quotePath(part)} exists and is not a regular file; remove it`,
    );
  }
  const stale = await ignoreNotFound(() => Deno.open(part, { write: true }));
  if (stale === null) return;
  stack.use(stale);
  switch (await tryLock(stale)) {
    case false:
      throw inUse(part);
    case null:
      throw new CommandError(
        `${
          quotePath(part)
        } exists: another run is writing it, or was killed; if none is running, remove it`,
      );
  }
  if (await isAt(part, stale)) await ignoreNotFound(() => Deno.remove(part));
}

function inUse(part: string): CommandError {
  return new CommandError(
    `${
      quotePath(part)
    } is being written by another run; wait until it has ended`,
  );
}

/** Whether the lock was free; null where the file system has no locks. */
async function tryLock(file: Deno.FsFile): Promise<boolean | null> {
  try {
    return await file.tryLock(true);
  } catch {
    return null;
  }
}

/** Whether the path still leads to the open file, and is no link to it. */
async function isAt(path: string, file: Deno.FsFile): Promise<boolean> {
  const [there, open] = await Promise.all([
    ignoreNotFound(() => Deno.lstat(path)),
    file.stat(),
  ]);
  return there !== null && there.ino === open.ino && there.dev === open.dev;
}

/** Gives the file its mode, where the umask has taken something off it. */
async function setMode(
  part: string,
  file: Deno.FsFile,
  mode: number,
): Promise<void> {
  const open = await file.stat();
  if (((open.mode ?? mode) & ACCESS_BITS) === mode) return;
  // Deno.chmod would follow a link that was put there meanwhile, and
  // Deno.FsFile has no chmod of its own, as Node's file handle has.
  const { open: openHandle } = await import("node:fs/promises");
  const handle = await openHandle(part, "r+");
  try {
    const { ino, dev } = await handle.stat();
    if (ino !== open.ino || dev !== open.dev) throw replaced(part);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

function replaced(part: string): CommandError {
  return new CommandError(
    `${quotePath(part)} was replaced by another program`,
  );
}

async function ignoreNotFound<T>(
  operation: () => Promise<T>,
): Promise<T | null> {
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
 * @returns A {@linkcode CommandError} that says what to do, or the error itself if
 * it is one already or is no error of the system, but of the program.
 */
export function explainFileError(error: unknown, path: string): Error {
  if (!(error instanceof Error)) throw error;
  const reason = reasonOf(error, path);
  if (reason === null) return error;
  return new CommandError(`Cannot write ${quotePath(path)}: ${reason}`, {
    cause: error,
  });
}

function reasonOf(error: Error, path: string): string | null {
  if (error instanceof CommandError) return null;
  if (error instanceof Deno.errors.NotFound) {
    return "its directory does not exist; create it first";
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return "part of its path is a file, not a directory";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `the permission is missing; grant ${neededFor(path, error)}`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the system does not let you write the file or its directory; choose another path";
  }
  // What the system says, "No space left on device" among it, has a code.
  return "code" in error ? systemMessage(error) : null;
}

/** The permissions that writing the file needs, as they would be typed. */
function neededFor(path: string, error: Error): string {
  // Deno guards /dev, /proc and the like: no list of paths opens them.
  if (error.message.includes("--allow-all")) return "--allow-all";
  // And it has no way to write a comma in a list.
  const paths = path.includes(",")
    ? ""
    : `=${shellWord(path)},${shellWord(`${path}.part`)}`;
  return `--allow-read${paths} --allow-write${paths}`;
}

/** A text as a word of a command line, safe to show. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:./-]+$/.test(text)) return text;
  return `'${printable(text).replaceAll("'", `'\\''`)}'`;
}

/** The whole path between quotes, safe to show. */
export function quotePath(path: string): string {
  return `"${printable(path.replace(/["\\]/g, "\\$&"))}"`;
}
