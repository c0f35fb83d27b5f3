import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  CommandError,
  explainFileError,
  quotePath,
} from "../../../lib/cli/errors.ts";
import { AtomicFile, openFile } from "../../../lib/cli/files.ts";
import { encode } from "../../support/bytes.ts";
import { Process, run } from "../../support/process.ts";
import { ROOT } from "../../support/scripts.ts";
import { named, noUnix, type Reason } from "../../support/skip.ts";
import { inTempDir, namesIn } from "../../support/temp_dir.ts";

async function replace(path: string, ...parts: string[]): Promise<void> {
  await using file = await AtomicFile.create(path);
  for (const part of parts) await file.write(encode(part));
  await file.commit();
}

/** A test in a folder of its own; on Unix alone if it needs modes, links or pipes. */
function test(
  name: string,
  fn: (dir: string) => Promise<void>,
  reason: Reason = false,
  sanitizeOps = true,
): void {
  Deno.test({
    name: named(name, reason),
    ignore: reason !== false,
    sanitizeOps,
    fn: () => inTempDir(fn),
  });
}

test("the old file, or none, is there until commit, and the new one afterwards", async (dir) => {
  const path = `${dir}/file`;
  for (const [parts, before] of [[["one", "", " two"]], [[], "old"]] as const) {
    if (before !== undefined) await Deno.writeTextFile(path, before);
    await using file = await AtomicFile.create(path);
    for (const part of parts) await file.write(encode(part));
    if (before !== undefined) {
      assertEquals(await Deno.readTextFile(path), before);
    }
    assertEquals(namesIn(dir), [...before ? ["file"] : [], "file.part"]);
    await file.commit();
    assertEquals(await Deno.readTextFile(path), parts.join(""));
    assertEquals(namesIn(dir), ["file"]);
  }
});

test("after a failure the old file is untouched and nothing else is left", async (dir) => {
  const path = `${dir}/file`;
  await Deno.writeTextFile(path, "old");
  await assertRejects(async () => {
    await using file = await AtomicFile.create(path);
    await file.write(encode("half"));
    throw new Deno.errors.ConnectionReset("reset");
  }, Deno.errors.ConnectionReset);
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(namesIn(dir), ["file"]);
});

test("a commit that fails leaves nothing behind", async (dir) => {
  const path = `${dir}/file`;
  await assertRejects(async () => {
    await using file = await AtomicFile.create(path);
    await Deno.mkdir(`${path}/inside`, { recursive: true });
    await file.commit();
  }, CommandError);
  assertEquals(namesIn(dir), ["file"]);
  assertEquals(namesIn(path), ["inside"]);
});

test("a file is used up by commit and by disposal", async (dir) => {
  const file = await AtomicFile.create(`${dir}/a`);
  await file.commit();
  await assertRejects(() => file.commit(), Deno.errors.BadResource, "closed");
  await assertRejects(() => file.write(encode("x")), Deno.errors.BadResource);
  await file[Symbol.asyncDispose]();

  const dropped = await AtomicFile.create(`${dir}/b`);
  await dropped[Symbol.asyncDispose]();
  // Another program's by now, and not to be removed by a second disposal.
  await Deno.writeTextFile(`${dir}/b.part`, "");
  await dropped[Symbol.asyncDispose]();
  await assertRejects(() => dropped.commit(), Deno.errors.BadResource);
  assertEquals(namesIn(dir), ["a", "b.part"]);

  const removed = await AtomicFile.create(`${dir}/c`);
  await Deno.remove(`${dir}/c.part`);
  await removed[Symbol.asyncDispose]();
});

test(
  "the old file's mode is kept without what the umask takes",
  async (dir) => {
    const path = `${dir}/file`;
    const taken = Deno.umask();
    for (const mode of [0o600, 0o644, 0o666, 0o755, 0o6755]) {
      await Deno.writeTextFile(path, "old");
      await Deno.chmod(path, mode);
      // The part is never wider than the file that it is to replace.
      await using file = await AtomicFile.create(path);
      const expected = 0o100000 | mode & 0o777 & ~taken;
      assertEquals((await Deno.stat(`${path}.part`)).mode, expected);
      await file.commit();
      assertEquals((await Deno.stat(path)).mode, expected);
    }
  },
  noUnix,
);

test("what is not a regular file is refused, and left as it is", async (dir) => {
  await Deno.mkdir(`${dir}/dir`);
  await Deno.mkdir(`${dir}/file.part`);
  const cases = [
    ["dir", `Cannot replace "${dir}/dir": it is a directory`],
    [
      "file",
      `"${dir}/file.part" exists and is not a regular file; remove it`,
    ],
  ];
  if (!noUnix) {
    await Deno.symlink("old", `${dir}/link`);
    const what = "it is a symbolic link; name the file it points to";
    cases.push(["link", `Cannot replace "${dir}/link": ${what}`]);
    await Deno.symlink(`${dir}/old`, `${dir}/page.part`);
    cases.push(["page", "is not a regular file"]);
  }
  await Deno.writeTextFile(`${dir}/old`, "old");
  const before = namesIn(dir);
  for (const [name, message] of cases) {
    await assertRejects(
      () => AtomicFile.create(`${dir}/${name}`),
      CommandError,
      message,
    );
  }
  assertEquals(namesIn(dir), before);
  assertEquals(await Deno.readTextFile(`${dir}/old`), "old");
});

test("a part that another run is writing is refused, and left as it is", async (dir) => {
  const path = `${dir}/file`;
  await using first = await AtomicFile.create(path);
  await first.write(encode("first"));
  await assertRejects(
    () => AtomicFile.create(path),
    CommandError,
    `"${path}.part" is being written by another run; wait until it has ended`,
  );
  assertEquals(await Deno.readTextFile(`${path}.part`), "first");
});

test("a part that a killed run has left behind is taken over", async (dir) => {
  const path = `${dir}/file`;
  const code = `
    const { AtomicFile } = await import("${ROOT}lib/cli/files.ts");
    const file = await AtomicFile.create(Deno.args[0]);
    await file.write(new TextEncoder().encode("a long part of an old page"));
    console.log("half");
    setInterval(() => {}, 1_000_000);`;
  const module = `data:text/javascript,${encodeURIComponent(code)}`;
  const args = ["run", "--quiet", "--allow-all", module, path];
  await using killed = Process.start(Deno.execPath(), args);
  await killed.line("half");
  killed.kill("SIGKILL");
  await killed.ended();
  assertEquals(namesIn(dir), ["file.part"]);
  await replace(path, "new");
  assertEquals(await Deno.readTextFile(path), "new");
  assertEquals(namesIn(dir), ["file"]);
});

test("of runs at the same time, none disturbs another", async (dir) => {
  const path = `${dir}/file`;
  for (let round = 0; round < 30; round++) {
    // With an old part, and without one.
    if (round % 2 === 0) await Deno.writeTextFile(`${path}.part`, "old");
    const all = Array.from({ length: 8 }, (_, i) => `${round} ${i}`);
    const runs = await Promise.allSettled(
      all.map((text) => replace(path, text)),
    );
    const done = all.filter((_, i) => runs[i]?.status === "fulfilled");
    assert(done.includes(await Deno.readTextFile(path)), `${done}`);
    for (const run of runs) {
      if (run.status === "rejected") {
        assertStringIncludes(run.reason.message, "by another run");
      }
    }
    assertEquals(namesIn(dir), ["file"]);
  }
});

test("the bytes are on the disk before the file has its name", async (dir) => {
  const steps: string[] = [];
  const { sync } = Deno.FsFile.prototype;
  const { rename } = Deno;
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
    Deno.FsFile.prototype.sync = sync;
    Deno.rename = rename;
  }
  assertEquals(steps, ["synced", "rename"]);
});

test(
  "bytes for a named pipe, and for a link to it, are written straight to it",
  async (dir) => {
    await run("mkfifo", [`${dir}/pipe`]);
    await Deno.symlink("pipe", `${dir}/link`);
    for (const name of ["pipe", "link"]) {
      const read = Deno.readTextFile(`${dir}/pipe`);
      await replace(`${dir}/${name}`, "one", " two");
      assertEquals(await read, "one two");
      assertEquals(namesIn(dir), ["link", "pipe"]);
    }
  },
  noUnix,
);

test(
  "a signal ends the wait for the reader of a named pipe",
  async (dir) => {
    const path = `${dir}/pipe`;
    await run("mkfifo", [path]);
    const signal = AbortSignal.timeout(50);
    const late = await assertRejects(
      () => AtomicFile.create(path, { signal }),
      DOMException,
    );
    assertEquals(late, signal.reason);
    // Opens it, so that the attempt ends; and keeps it open, but does not read.
    using reader = await Deno.open(path, { read: true, write: true });
    const full = AbortSignal.timeout(50);
    await using file = await AtomicFile.create(path, { signal: full });
    const error = await assertRejects(
      () => file.write(new Uint8Array(1e6)),
      DOMException,
    );
    assertEquals(error, full.reason);
    // Reads what the write still has, so that it ends.
    const buffer = new Uint8Array(65_536);
    for (let total = 0; total < 1e6;) total += await reader.read(buffer) ?? 0;
  },
  noUnix,
  /* the write may end a moment after its bytes were read */ false,
);

test("files are opened and read, and what is wrong with them is said", async (dir) => {
  const path = `${dir}/a`;
  await Deno.writeTextFile(path, "小明");
  using file = await openFile(path);
  assertEquals((await file.stat()).size, 6);
  for (
    const [read, message] of [
      [() => openFile(dir), `Cannot read "${dir}": it is a directory`],
      [() => openFile(`${dir}/b`), "there is no such file"],
      [() => openFile("b\x1b"), 'Cannot read "b\\x1b": there is no such'],
      [
        () => AtomicFile.create(`${dir}/b/c`),
        `Cannot write "${dir}/b/c": its directory does not exist; create it first`,
      ],
      [
        () => AtomicFile.create(`${path}/c`),
        "part of its path is a file, not a directory",
      ],
    ] as const
  ) {
    await assertRejects(read, CommandError, noUnix ? "" : message);
  }
});

const missing = (what: string) =>
  new Deno.errors.NotCapable(`Requires ${what}`);

/** An error, the path, and what is said of it. */
const WORDED: [Error, string, string][] = [
  [
    new Deno.errors.PermissionDenied("Denied (os error 13): open 'a'"),
    "a",
    "the system does not let you write the file or its directory; choose another path",
  ],
  [
    Object.assign(new Error("Read-only (os error 30)"), { code: "EROFS" }),
    "a",
    "the file system is read-only",
  ],
  [
    new Error("Too many links\x1b[2J (os error 31): open 'a'"),
    "a",
    "Too many links\\x1b[2J: open 'a'",
  ],
  [
    missing('write access to "/dev/x", run again with the --allow-all flag'),
    "/dev/x",
    "the permission is missing; grant --allow-all",
  ],
  // A shell takes them as they are; Deno's lists have no way to write a comma.
  [
    missing("write access"),
    "a,b",
    "the permission is missing; grant --allow-read --allow-write",
  ],
  [
    missing("write access"),
    "my page's\x1b.html",
    "the permission is missing; grant " +
    (!noUnix
      ? `'--allow-read=my page'\\''s\\x1b.html,my page'\\''s\\x1b.html.part' ` +
        `'--allow-write=my page'\\''s\\x1b.html,my page'\\''s\\x1b.html.part'`
      : `"--allow-read=my page's\\x1b.html,my page's\\x1b.html.part" ` +
        `"--allow-write=my page's\\x1b.html,my page's\\x1b.html.part"`),
  ],
];

for (const [error, path, reason] of WORDED) {
  Deno.test(`explainFileError says: ${reason}`, () => {
    const failure = explainFileError(error, "write", path);
    assertInstanceOf(failure, CommandError);
    assertEquals(
      failure.message,
      `Cannot write ${quotePath(path)}: ${reason}`,
    );
    assertEquals(failure.cause, error);
  });
}

Deno.test("explainFileError leaves alone what is no error of the file system", () => {
  for (
    const error of [
      new CommandError("Cannot replace it"),
      new TypeError("undefined is not a function"),
      new Deno.errors.ConnectionReset("Connection reset (os error 104)"),
      missing('net access to "127.0.0.1:80"'),
    ]
  ) {
    assertEquals(explainFileError(error, "write", "a"), error);
  }
});

Deno.test("a path in a message can be copied, and moves no cursor", () => {
  assertEquals(quotePath("C:\\Users\\小明"), '"C:\\Users\\小明"');
  assertEquals(quotePath('\x1b"\n'), '"\\x1b\\"\\x0a"');
});
