import { ChapterError } from "../chapter_error.ts";
import type { BookFiles } from "./build_book.ts";

/** The list of what was written, by which a later run knows its own folder. */
const LIST = ".book";

/**
 * Writes a book into a folder, in place of the book that was there.
 *
 * Only what an earlier run has written is removed. A folder with anything in it
 * that does not hold a book is somebody else's, and stays as it is.
 *
 * @throws {ChapterError} If the folder is somebody else's, or a file.
 *
 * @param files The book.
 * @param folder The folder, made if there is none.
 */
export async function writeBook(
  files: BookFiles,
  folder: string,
): Promise<void> {
  await removeBook(folder);
  const paths = [...files.keys()].sort();
  await Deno.mkdir(folder, { recursive: true });
  // First, so that a run that is broken off leaves a folder that is known.
  await Deno.writeTextFile(`${folder}/${LIST}`, paths.join("\n") + "\n");
  for (const [path, content] of files) {
    await Deno.mkdir(parent(`${folder}/${path}`), { recursive: true });
    if (typeof content === "string") {
      await Deno.writeTextFile(`${folder}/${path}`, content);
    } else await Deno.writeFile(`${folder}/${path}`, content);
  }
}

async function removeBook(folder: string): Promise<void> {
  for (const path of await listBook(folder)) {
    await removeIfThere(`${folder}/${path}`);
    // From the inside out, as far as the folders are empty.
    for (let at = parent(path); at !== ""; at = parent(at)) {
      await removeIfThere(`${folder}/${at}`);
    }
  }
}

/** The files that an earlier run has written here. */
async function listBook(folder: string): Promise<string[]> {
  try {
    const list = await Deno.readTextFile(`${folder}/${LIST}`);
    // Whatever became of the list: nothing outside the folder is touched.
    return list.split("\n").filter((path) =>
      path !== "" && !path.split("/").includes("..")
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) {
      throw new ChapterError(`Cannot write the book into a file: ${folder}`);
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const { name } of await entries(folder)) {
    throw new ChapterError(
      `Cannot write the book into ${folder}: it was not made by this tool and has ${name} in it`,
    );
  }
  return [];
}

async function entries(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return [];
  }
}

/** Removes a file, or a folder if it is empty. */
async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    // A folder that is not empty has no error class of its own in Deno.
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (!["ENOENT", "ENOTEMPTY"].includes(String(code))) throw error;
  }
}

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
