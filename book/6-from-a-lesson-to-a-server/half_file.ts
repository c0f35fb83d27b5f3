/**
 * A download breaks off.
 *
 *     deno run "--allow-read=page.html,page.html.part" "--allow-write=page.html,page.html.part" book/6-from-a-lesson-to-a-server/half_file.ts
 *
 * You see what is in page.html after each of two broken downloads. The file is
 * removed at the end.
 */
import { AtomicFile } from "../../lib/cli/mod.ts";

const path = "page.html";
const part = new TextEncoder().encode("<h1>");
await Deno.writeTextFile(path, "the old page");
{
  await using file = await AtomicFile.create(path);
  await file.write(part);
  // It breaks off here: nothing calls file.commit().
}
console.log("AtomicFile:", await Deno.readTextFile(path));
{
  using file = await Deno.create(path);
  await file.write(part);
}
console.log("Deno.create:", await Deno.readTextFile(path));
await Deno.remove(path);
