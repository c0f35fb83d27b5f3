/**
 * A download breaks off after four bytes.
 *
 *     deno run "--allow-read=page.html,page.html.part" "--allow-write=page.html,page.html.part" book/6-from-a-lesson-to-a-server/half_file.ts
 *
 * You see the content of page.html after each of two broken downloads. Both files are
 * removed at the end.
 */
async function* download() {
  yield new TextEncoder().encode("<h1>");
  await Promise.reject(new Error("The connection is lost"));
}

for (const path of ["page.html.part", "page.html"]) {
  await Deno.writeTextFile("page.html", "the old page");
  try {
    using file = await Deno.create(path);
    for await (const part of download()) await file.write(part);
    if (path !== "page.html") await Deno.rename(path, "page.html");
  } catch {
    const content = await Deno.readTextFile("page.html");
    console.log(`written to ${path}: page.html is "${content}"`);
  }
}
await Deno.remove("page.html.part");
await Deno.remove("page.html");
