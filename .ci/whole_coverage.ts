/**
 * Removes the truncated files from a folder of coverage.
 *
 *     deno run --allow-read --allow-write .ci/whole_coverage.ts coverage
 *
 * Each process writes its coverage when it ends. One that is killed meanwhile leaves
 * a truncated file, on which `deno coverage` fails. Its coverage does not count then.
 */
const [folder = "coverage"] = Deno.args;
for await (const { name } of Deno.readDir(folder)) {
  if (!name.endsWith(".json")) continue;
  const path = `${folder}/${name}`;
  try {
    JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    await Deno.remove(path);
    console.warn("Removed a truncated file: %s", path);
  }
}
