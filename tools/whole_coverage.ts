/**
 * Drops from a folder of coverage what is not whole.
 *
 *     deno run --allow-read --allow-write tools/whole_coverage.ts coverage
 *
 * Each process and each Worker writes its coverage when it ends. Who is ended
 * meanwhile, such as the Workers of a server that exits, leaves half a file, and
 * `deno coverage` fails on it. What it has covered does not count then.
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
    console.warn("Dropped, as it was not whole: %s", path);
  }
}
