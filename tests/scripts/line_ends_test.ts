import { assertEquals, assertNotEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { run, works } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";
import { inTempDir } from "../support/temp_dir.ts";

Deno.test({
  name: "a clone has LF line ends, also where git writes CRLF (Windows)",
  // A copy of the files alone cannot be cloned.
  ignore: !existsSync(new URL(".git", ROOT)) || !works("git", "--version"),
  fn: () =>
    inTempDir(async (dir) => {
      const config = ["-c", "core.autocrlf=true"];
      await run("git", ["clone", "--quiet", ...config, ".", dir], {
        cwd: ROOT,
      });
      const list = await run("git", ["ls-files", "--eol"], { cwd: dir });
      const files = list.trimEnd().split("\n");
      assertNotEquals(files.length, 1);
      assertEquals(files.filter((file) => /w\/(?:crlf|mixed)/.test(file)), []);
    }),
});
