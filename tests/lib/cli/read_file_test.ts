import { assertEquals, assertRejects } from "@std/assert";
import { CommandError } from "../../../lib/cli/errors.ts";
import { openFile, readTextFile } from "../../../lib/cli/read_file.ts";
import { run } from "../../support/process.ts";
import { ROOT } from "../../support/scripts.ts";

Deno.test("readTextFile returns the text of a file", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "小明");
  assertEquals(await readTextFile(path), "小明");
  await Deno.remove(path);
});

Deno.test("readTextFile says what is wrong with a file in one line", async () => {
  await assertRejects(
    () => readTextFile("none\x1b.pem"),
    CommandError,
    'Cannot read "none\\x1b.pem": there is no such file',
  );
  const dir = await Deno.makeTempDir();
  await assertRejects(() => readTextFile(dir), CommandError, "Cannot read");
  await Deno.remove(dir);
});

Deno.test("readTextFile names the permission that is missing", async () => {
  const program = `
    const { readTextFile } = await import("./lib/cli/mod.ts");
    await readTextFile("a b.pem").catch((e) => console.log(e.message));`;
  const args = ["run", "--quiet", "--no-prompt", `data:text/javascript,`];
  args[3] += encodeURIComponent(program.replace("./", ROOT.href));
  assertEquals(
    await run(Deno.execPath(), args),
    "Cannot read \"a b.pem\": the permission is missing; grant --allow-read='a b.pem'\n",
  );
});

Deno.test("openFile opens a file, and no directory", async () => {
  using file = await openFile(import.meta.filename ?? "");
  assertEquals((await file.stat()).isFile, true);
  await assertRejects(
    () => openFile("lib"),
    CommandError,
    'Cannot read "lib": it is a directory',
  );
  await assertRejects(
    () => openFile("no-such-file"),
    CommandError,
    'Cannot read "no-such-file": there is no such file',
  );
});
