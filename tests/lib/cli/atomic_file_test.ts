import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CommandError } from "../../../lib/cli/errors.ts";
import { AtomicFile } from "../../../lib/cli/atomic_file.ts";
import { inTempDir, namesIn } from "../../support/temp_dir.ts";

const UNIX = Deno.build.os !== "windows";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function replace(path: string, ...parts: string[]): Promise<void> {
  await using file = await AtomicFile.create(path);
  for (const part of parts) await file.write(bytes(part));
  await file.commit();
}

Deno.test("a new file appears with all that was written", () =>
  inTempDir(async (dir) => {
    await replace(`${dir}/new`, "one", "", " two");
    assertEquals(await Deno.readTextFile(`${dir}/new`), "one two");
    assertEquals(namesIn(dir), ["new"]);
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
    await using file = await AtomicFile.create(path);
    await file.write(bytes("new"));
    assertEquals(await Deno.readTextFile(path), "old, and longer");
    assertEquals(namesIn(dir), ["file", "file.part"]);
    await file.commit();
    assertEquals(await Deno.readTextFile(path), "new");
    assertEquals(namesIn(dir), ["file"]);
  }));

Deno.test("after a failure the old file is untouched and nothing else is left", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await Deno.writeTextFile(path, "old");
    await assertRejects(
      async () => {
        await using file = await AtomicFile.create(path);
        await file.write(bytes("half"));
        throw new Deno.errors.ConnectionReset("reset");
      },
      Deno.errors.ConnectionReset,
      "reset",
    );
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(namesIn(dir), ["file"]);
  }));

Deno.test("a commit that fails leaves nothing behind", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await assertRejects(async () => {
      await using file = await AtomicFile.create(path);
      await Deno.mkdir(`${path}/inside`, { recursive: true });
      await file.commit();
    }, Error);
    assertEquals(namesIn(dir), ["file"]);
    assertEquals(namesIn(path), ["inside"]);
  }));

Deno.test("a replacement is used up by commit and by disposal", () =>
  inTempDir(async (dir) => {
    const file = await AtomicFile.create(`${dir}/a`);
    await file.commit();
    await assertRejects(() => file.commit(), Deno.errors.BadResource, "closed");
    await assertRejects(() => file.write(bytes("x")), Deno.errors.BadResource);
    await file[Symbol.asyncDispose]();
    await file[Symbol.asyncDispose]();

    const dropped = await AtomicFile.create(`${dir}/b`);
    await dropped[Symbol.asyncDispose]();
    // Someone else's by now, and not to be removed by a second disposal.
    await Deno.writeTextFile(`${dir}/b.part`, "");
    await dropped[Symbol.asyncDispose]();
    await assertRejects(() => dropped.commit(), Deno.errors.BadResource);
    assertEquals(namesIn(dir), ["a", "b.part"]);
  }));

Deno.test("disposal does not mind that the part is gone", () =>
  inTempDir(async (dir) => {
    const file = await AtomicFile.create(`${dir}/a`);
    await Deno.remove(`${dir}/a.part`);
    await file[Symbol.asyncDispose]();
    assertEquals(namesIn(dir), []);
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
      const { stat } = Deno.FsFile.prototype;
      Deno.FsFile.prototype.stat = () => {
        Deno.FsFile.prototype.stat = stat;
        return Promise.reject(new Deno.errors.NotSupported("stat"));
      };
      await assertRejects(
        () => AtomicFile.create(`${dir}/file`),
        Deno.errors.NotSupported,
      );
      assertEquals(namesIn(dir), ["file"]);
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
      );
    }
    const before = namesIn(dir);
    for (const [path = "", reason = ""] of cases) {
      await assertRejects(
        () => AtomicFile.create(path),
        CommandError,
        `Cannot replace "${path}": ${reason}`,
      );
    }
    assertEquals(namesIn(dir), before);
  }));

Deno.test("an empty path is refused", async () => {
  await assertRejects(() => AtomicFile.create(""), CommandError, "empty");
});

Deno.test("a part that another run is writing is refused, and left as it is", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await using first = await AtomicFile.create(path);
    await first.write(bytes("first"));
    await assertRejects(
      () => AtomicFile.create(path),
      CommandError,
      `"${path}.part" is being written by another run; wait until it has ended`,
    );
    assertEquals(await Deno.readTextFile(`${path}.part`), "first");
  }));

Deno.test("a part that a killed run has left behind is replaced", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    await Deno.writeTextFile(`${path}.part`, "a long part of an old page");
    // As wide as it may be: the new part does not take its mode over.
    if (UNIX) await Deno.chmod(`${path}.part`, 0o666);
    await Deno.writeTextFile(path, "old", { mode: 0o600 });
    await replace(path, "new");
    assertEquals(await Deno.readTextFile(path), "new");
    if (UNIX) assertEquals((await Deno.stat(path)).mode ?? 0, 0o100600);
    assertEquals(namesIn(dir), ["file"]);
  }));

Deno.test("of runs that find an old part at the same time, one at most goes on", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/file`;
    for (let round = 0; round < 200; round++) {
      await Deno.writeTextFile(`${path}.part`, "old");
      const runs = await Promise.allSettled(
        Array.from({ length: 5 }, () => AtomicFile.create(path)),
      );
      const open = runs.flatMap((run) =>
        run.status === "fulfilled" ? [run.value] : []
      );
      assert(open.length <= 1);
      for (const run of runs) {
        if (run.status === "rejected") {
          assertMatch(
            run.reason.message,
            /is being written by another run|was replaced by another program/,
          );
        }
      }
      for (const file of open) {
        await file.write(bytes(`${round}`));
        await file.commit();
        assertEquals(await Deno.readTextFile(path), `${round}`);
      }
      await Deno.remove(`${path}.part`).catch(() => {});
    }
  }));

Deno.test("a part that is no regular file is refused, and left as it is", () =>
  inTempDir(async (dir) => {
    await Deno.mkdir(`${dir}/file.part`);
    await assertRejects(
      () => AtomicFile.create(`${dir}/file`),
      CommandError,
      `"${dir}/file.part" exists and is not a regular file; remove it`,
    );
    assertEquals(namesIn(dir), ["file.part"]);
  }));

Deno.test({
  name:
    "a link in the place of the part changes no other file, and does not become the page",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/page`;
      const part = `${path}.part`;
      const victim = `${dir}/victim`;
      await Deno.writeTextFile(path, "old");
      // Wider than the umask leaves it, so that it has to be set.
      await Deno.chmod(path, 0o777);
      await Deno.writeTextFile(victim, "secret");
      await Deno.chmod(victim, 0o600);
      const said = `"${part}" was replaced by another program`;
      const swap = async () => {
        await Deno.remove(part);
        await Deno.symlink(victim, part);
      };
      // At each moment while it is opened and gets its mode.
      const { stat } = Deno.FsFile.prototype;
      for (let calls = 1; calls <= 2; calls++) {
        let left = calls;
        Deno.FsFile.prototype.stat = async function () {
          const info = await stat.call(this);
          if (--left === 0) await swap();
          return info;
        };
        try {
          await assertRejects(
            () => AtomicFile.create(path),
            CommandError,
            said,
          );
        } finally {
          Deno.FsFile.prototype.stat = stat;
        }
        assertEquals(left <= 0, true);
        assertEquals((await Deno.stat(victim)).mode, 0o100600);
        await Deno.remove(part);
      }

      await using file = await AtomicFile.create(path);
      await file.write(bytes("new"));
      await swap();
      await assertRejects(
        () => file.commit(),
        CommandError,
        said,
      );
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(await Deno.readTextFile(victim), "secret");
      assertEquals((await Deno.stat(victim)).mode, 0o100600);
    }),
});

Deno.test({
  name: "a part is never wider than the file that it is to replace",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/file`;
      await Deno.writeTextFile(path, "old");
      await Deno.chmod(path, 0o600);
      const modes: number[] = [];
      const { open } = Deno;
      Deno.open = async (name, options) => {
        const file = await open(name, options);
        if (name === `${path}.part`) {
          modes.push(((await file.stat()).mode ?? 0) & 0o777);
        }
        return file;
      };
      try {
        await replace(path, "new");
      } finally {
        Deno.open = open;
      }
      assertEquals(modes, [0o600]);
    }),
});

Deno.test({
  name: "set-user-ID and set-group-ID are not taken over",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/file`;
      await Deno.writeTextFile(path, "old");
      await Deno.chmod(path, 0o6755);
      assertEquals((await Deno.stat(path)).mode, 0o106755);
      await replace(path, "new");
      assertEquals((await Deno.stat(path)).mode, 0o100755);
    }),
});

Deno.test("the bytes are on the disk before the file has its name", () =>
  inTempDir(async (dir) => {
    const steps: string[] = [];
    const { sync, write } = Deno.FsFile.prototype;
    const { rename } = Deno;
    Deno.FsFile.prototype.write = function (p) {
      steps.push("write");
      return write.call(this, p);
    };
    Deno.FsFile.prototype.sync = async function () {
      await sync.call(this);
      steps.push("synced");
    };
    Deno.rename = (from, to) => {
      steps.push("rename");
      return rename(from, to);
    };
    try {
      await replace(`${dir}/file`, "new");
    } finally {
      Object.assign(Deno.FsFile.prototype, { sync, write });
      Deno.rename = rename;
    }
    assertEquals(steps, ["write", "synced", "rename"]);
  }));

Deno.test({
  name: "bytes for a device are written straight to it",
  ignore: !UNIX,
  fn: async () => {
    await using file = await AtomicFile.create("/dev/null");
    await file.write(bytes("nowhere"));
    await file.commit();
    assertEquals((await Deno.lstat("/dev/null")).isCharDevice, true);
  },
});

Deno.test({
  name:
    "bytes for a named pipe, and for a link to it, are written straight to it",
  ignore: !UNIX,
  fn: () =>
    inTempDir(async (dir) => {
      await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output();
      await Deno.symlink("pipe", `${dir}/link`);
      for (const name of ["pipe", "link"]) {
        const read = Deno.readTextFile(`${dir}/pipe`);
        await replace(`${dir}/${name}`, "one", " two");
        assertEquals(await read, "one two");
        assertEquals(namesIn(dir), ["link", "pipe"]);
      }
    }),
});

Deno.test("a path with control characters is shown without them", () =>
  inTempDir(async (dir) => {
    const shown = `${dir}/\\x1b[2J\\x0a${"x".repeat(100)}`;
    const path = `${dir}/\x1b[2J\n${"x".repeat(100)}`;
    await Deno.mkdir(path);
    await Deno.mkdir(`${path}2.part`);
    for (
      const [name, message] of [
        [path, `Cannot replace "${shown}": it is a directory`],
        [
          `${path}2`,
          `"${shown}2.part" exists and is not a regular file; remove it`,
        ],
        [
          `${path}3/a`,
          `Cannot write "${shown}3/a": its directory does not exist; create it first`,
        ],
      ] as const
    ) {
      const error = await assertRejects(
        () => AtomicFile.create(name),
        CommandError,
      );
      assertEquals(error.message, message);
    }
  }));

Deno.test("a directory that is not there is a failure that says so", () =>
  inTempDir(async (dir) => {
    await assertRejects(
      () => AtomicFile.create(`${dir}/none/file`),
      CommandError,
      `Cannot write "${dir}/none/file": its directory does not exist`,
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
        `Cannot write "${dir}/file": no space left on device`,
      );
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    assertEquals(namesIn(dir), []);
  }));

const SCRIPT = `
import { AtomicFile } from ${
  JSON.stringify(
    new URL("../../../lib/cli/atomic_file.ts", import.meta.url).href,
  )
};
try {
  await using file = await AtomicFile.create(Deno.args[0]);
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
      assertEquals(namesIn(dir), ["file"]);
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
        assertEquals(namesIn(dir), old === null ? [] : ["file"]);
      }
    }
    assertEquals(await Deno.readTextFile(path), "old");
  }));
