/**
 * What `diff -u` says of two files: how the second has become the first.
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
  const labels = [older, newer].flatMap((path) => ["--label", path]);
  const { code, stdout, stderr } = await new Deno.Command("diff", {
    args: ["-u", ...labels, older, newer],
    cwd: root,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  // 1: they differ.
  if (code > 1) throw new RangeError(decode(stderr).trim());
  const [head = "", ...hunks] = decode(stdout).trimEnd().split(/\n(?=@@ )/);
  const chosen = hunks.filter((hunk) => hunk.includes(words));
  if (chosen.length === 0) throw new RangeError(`No part has ${words}`);
  return [head, ...chosen].join("\n").split("\n");
}
