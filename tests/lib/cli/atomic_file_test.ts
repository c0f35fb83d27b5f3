import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../../lib/cli/errors.ts";
import { openReplacement } from "../../../lib/cli/atomic_file.ts";

const UNIX = Deno.build.os !== "windows";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function inTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function names(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), (entry) => entry.name).sort();
}

async function replace(path: string, ...parts: string[]): Promise<void> {
  await using file = await openReplacement(path);
  for (const part of parts) await file.write(bytes(part));
  await file.commit();
}

Deno.test("a new file appears with all that was written", () =>
  inTempDir(async (dir) => {
    await replace(`${dir}/new`, "one", "", " two");
    assertEquals(await Deno.readTextFile(`${dir}/new`), "one two");
    assertEquals(names(dir), ["new"]);
  }));

Deno.test("an empty file may be written", () =>
  inTempDir(async (dir) => {
    await replace(`${dir}/new`);
    assertEquals(await Deno.readTextFile(`${dir}/new`), "");
  }));

Deno.test("the old file stays until commit, and is whole afterwards", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await Deno.writeTextFile(path, "old, and longer");
    await using file = await openReplacement(path);
    await file.write(bytes("new"));
    assertEquals(await Deno.readTextFile(path), "old, and longer");
    assertEquals(names(dir), ["file", "file.part"]);
    await file.commit();
    assertEquals(await Deno.readTextFile(path), "new");
    assertEquals(names(dir), ["file"]);
  }));

Deno.test("after a failure the old file is untouched and nothing else is left", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await Deno.writeTextFile(path, "old");
    await assertRejects(
      async () => {
        await using file = await openReplacement(path);
        await file.write(bytes("half"));
        throw new Deno.errors.ConnectionReset("reset");
      },
      Deno.errors.ConnectionReset,
      "reset",
    );
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(names(dir), ["file"]);
  }));

Deno.test("a commit that fails leaves nothing behind", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await assertRejects(async () => {
      await using file = await openReplacement(path);
      await Deno.mkdir(`${path}/inside`, { recursive: true });
      await file.commit();
    }, Error);
    assertEquals(names(dir), ["file"]);
    assertEquals(names(path), ["inside"]);
  }));

Deno.test("a replacement is used up by commit and by disposal", () =>
  inTempDir(async (dir) => {
    const file = await openReplacement(`${dir}/a`);
    await file.commit();
    await assertRejects(() => file.commit(), Deno.errors.BadResource, "closed");
    await assertRejects(() => file.write(bytes("x")), Deno.errors.BadResource);
    await file[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();

    const dropped = await openReplacement(`${dir}/b`);
    await dropped[Symbol.asyncDispose]();
    // Someone else's by now, and not to be removed by a second disposal.
    await Deno.writeTextFile(`${dir}/b.part`, "");
    await dropped[Symbol.asyncDispose]();
    await assertRejects(() => dropped.commit(), Deno.errors.BadResource);
    assertEquals(names(dir), ["a", "b.part"]);
  }));

Deno.test("disposal does not mind that the part is gone", () =>
  inTempDir(async (dir) => {
    const file = await openReplacement(`${dir}/a`);
    await Deno.remove(`${dir}/a.part`);
    await file[Symbol.asyncDispose]();
    assertEquals(names(dir), []);
  }));

Deno.test("a write is completed, however little the system takes at once", () =>
  inTempDir(async (dir) => {
    const { write } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.write = function (p) {
      return write.call(this, p.subarray(0, 3));
    };
    try {
      await replace(`${dir}/new`, "more than three bytes");
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    assertEquals(
      await Deno.readTextFile(`${dir}/new`),
      "more than three bytes",
    );
  }));

Deno.test({
  name: "the old file's mode is kept, wider or narrower than the umask",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/file`;
      for (const mode of [0o600, 0o644, 0o666, 0o755]) {
        await Deno.writeTextFile(path, "old");
        await Deno.chmod(path, mode);
        await replace(path, "new");
        assertEquals((await Deno.stat(path)).mode ?? 0, 0o100000 | mode);
      }
    }),
});

Deno.test({
  name: "a part is removed again if its mode cannot be set",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/file`, "old");
      const { chmod } = Deno;
      Deno.chmod = () => Promise.reject(new Deno.errors.NotSupported("chmod"));
      try {
        await assertRejects(
          () => openReplacement(`${dir}/file`),
          Deno.errors.NotSupported,
        );
      } finally {
        Deno.chmod = chmod;
      }
      assertEquals(names(dir), ["file"]);
    }),
});

Deno.test("what is not a regular file is refused, and left as it is", () =>
  inTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/dir`);
    const cases = [[`${dir}/dir`, "it is a directory"]];
    if (UNIX) {
      await Deno.writeTextFile(`${dir}/file`, "old");
      await Deno.symlink(`${dir}/file`, `${dir}/link`);
      await Deno.symlink(`${dir}/nowhere`, `${dir}/dangling`);
      cases.push(
        [`${dir}/link`, "it is a symbolic link; name the file it points to"],
        [`${dir}/dangling`, "it is a symbolic link"],
        ["/dev/null", "it is not a regular file"],
      );
    }
    const before = names(dir);
    for (const [path = "", reason = ""] of cases) {
      await assertRejects(
        () => openReplacement(path),
        CommandError,
        `Cannot replace "${path}": ${reason}`,
      );
    }
    assertEquals(names(dir), before);
  }));

Deno.test("an empty path is refused", async () => {
  await assertRejects(() => openReplacement(""), CommandError, "empty");
});

Deno.test("a part that is there already is refused, and left as it is", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await using _first = await openReplacement(path);
    await assertRejects(
      () => openReplacement(path),
      CommandError,
      `"${path}.part" exists: another run is writing it, or was killed; if none is running, remove it`,
    );
    assertEquals(names(dir), ["file.part"]);
  }));

Deno.test("a directory that is not there is a failure that says so", () =>
  inTempDir(async (dir) => {
    await assertRejects(
      () => openReplacement(`${dir}/none/file`),
      CommandError,
      `Cannot write "${dir}/none/file": its directory is not there`,
    );
  }));

Deno.test("a file system that takes no more is a failure that says so", () =>
  inTempDir(async (dir) => {
    const { write } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.write = () =>
      Promise.reject(
        Object.assign(new Error("No space left on device (os error 28)"), {
          code: "ENOSPC",
        }),
      );
    try {
      await assertRejects(
        () => replace(`${dir}/file`, "new"),
        CommandError,
        `Cannot write "${dir}/file": No space left on device`,
      );
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    assertEquals(names(dir), []);
  }));

const SCRIPT = `
import { openReplacement } from ${
  JSON.stringify(
    new URL("../../../lib/cli/atomic_file.ts", import.meta.url).href,
  )
};
try {
  await using file = await openReplacement(Deno.args[0]);
  await file.write(new Uint8Array([110, 101, 119]));
  await file.commit();
} catch (error) {
  console.log(error.name, error.message);
}`;

/** Runs a replacement with the given permissions; returns what it printed. */
async function runWith(path: string, permissions: string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", ...permissions, "-", path],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(bytes(SCRIPT));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("the path and its part are all the permissions needed", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    const both = `${path},${path}.part`;
    for (const old of [null, "old"]) {
      if (old !== null) await Deno.writeTextFile(path, old);
      const permissions = [`--allow-read=${both}`, `--allow-write=${both}`];
      assertEquals(await runWith(path, permissions), "");
      assertEquals(await Deno.readTextFile(path), "new");
      assertEquals(names(dir), ["file"]);
    }
  }));

Deno.test("each missing permission is found out before anything is written", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    const both = `${path},${path}.part`;
    for (const old of [null, "old"]) {
      if (old !== null) await Deno.writeTextFile(path, old);
      for (
        const permissions of [
          [`--allow-write=${both}`],
          [`--allow-read=${both}`],
          [`--allow-read=${both}`, `--allow-write=${path}`],
          [`--allow-read=${both}`, `--allow-write=${path}.part`],
        ]
      ) {
        assertStringIncludes(
          await runWith(path, permissions),
          `grant --allow-read=${both} --allow-write=${both}`,
        );
        assertEquals(names(dir), old === null ? [] : ["file"]);
      }
    }
    assertEquals(await Deno.readTextFile(path), "old");
  }));
