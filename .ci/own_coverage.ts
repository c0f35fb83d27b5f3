/**
 * Leaves in a folder of coverage what counts: the files of lib and the scripts.
 *
 *     deno run --allow-read=coverage --allow-write=coverage .ci/own_coverage.ts coverage
 *
 * The patterns of `deno coverage` match a whole address, so the name of a folder above
 * the project would count too. A process that is killed while it writes its coverage
 * leaves a truncated file, on which `deno coverage` fails. That is removed as well.
 */
const [folder = "coverage"] = Deno.args;
const root = new URL("..", import.meta.url).href;

/** A path from the root of the project that counts. */
const OWN = /^(?:lib\/.*|[^/]*)\.ts$/;

for await (const { name } of Deno.readDir(folder)) {
  if (!name.endsWith(".json")) continue;
  const path = `${folder}/${name}`;
  try {
    const { url } = JSON.parse(await Deno.readTextFile(path));
    if (url.startsWith(root) && OWN.test(url.slice(root.length))) continue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    console.warn("Removed a truncated file: %s", path);
  }
  await Deno.remove(path);
}
