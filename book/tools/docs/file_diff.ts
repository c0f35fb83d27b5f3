/** Compares two files from a line of each on. */
const COMPARE =
  'diff -u --label "$1" --label "$2" <(tail -n "+$3" "$1") <(tail -n "+$4" "$2")';

/**
 * What `diff -u` says of two programs: how the second has become the first. The comment
 * at their beginning, which names the file and how to run it, is left out.
 *
 * @throws {RangeError} If a file is not there, or no part of the difference has the
 * words.
 *
 * @param newer The file as it has become, as a path from the root.
 * @param older The file as it was.
 * @param words Chooses the parts (*hunks*) that have a line with these words, empty
 * for all.
 * @param root The folder of the project.
 * @returns The lines.
 */
export async function fileDiff(
  newer: string,
  older: string,
  words: string,
  root: URL,
): Promise<string[]> {
  const headers = [older, newer].map((path) => headerOf(path, root));
  const { stdout } = await new Deno.Command("bash", {
    args: [
      ...["-c", COMPARE, "bash", older, newer],
      ...headers.map((lines) => String(lines + 1)),
    ],
    cwd: root,
  }).output();
  const text = new TextDecoder().decode(stdout).trimEnd();
  const [head = "", ...hunks] = text.split(/\n(?=@@ )/);
  const chosen = hunks.filter((hunk) => hunk.includes(words));
  if (chosen.length === 0) throw new RangeError(`No part has ${words}`);
  return [head, ...chosen.map((hunk) => moved(hunk, headers))].join("\n")
    .split("\n");
}

/** How many lines the comment at the beginning of a program has. */
function headerOf(path: string, root: URL): number {
  try {
    const text = Deno.readTextFileSync(new URL(path, root));
    const header = /^\/\*\*\n(?: \*.*\n)*? \*\/\n/.exec(text)?.[0] ?? "";
    return header.split("\n").length - 1;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RangeError(`${path}: No such file`);
  }
}

/** A part of the difference, with the numbers that its lines have in the files. */
function moved(hunk: string, headers: number[]): string {
  return hunk.replace(
    /^@@ -(\d+)(\S*) \+(\d+)/,
    (_, was, length, is) =>
      `@@ -${Number(was) + (headers[0] ?? 0)}${length} +${
        Number(is) + (headers[1] ?? 0)
      }`,
  );
}
