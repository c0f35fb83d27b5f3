import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { Process, ROOT, works } from "./support.ts";
import { programsOf } from "../tools/docs/run_session.ts";
import { sessionsOf } from "../tools/docs/session.ts";

/** What the tool itself needs. The programs of the chapters are samples. */
const SHARED = ["deno.json", "deno.lock", "lib", "std", "tests"]
  .concat(["deno.json", "deno.lock", "tools"].map((name) => `book/${name}`));
const SAMPLES = new URL("samples/", import.meta.url);
const SERVER = "tcp_server.ts";

const CHAPTER = `# 1. One

\`\`\`ts tcp_server.ts serve > for await
\`\`\`

\`\`\`console greet server
$ deno run --allow-net=127.0.0.1:9999 tcp_server.ts
^C
\`\`\`

\`\`\`console greet client
$ deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael
$ deno eval '
> console.log("bye");
> Deno.exit(3);'
(exit status 3)
\`\`\`

![A connection](pictures/handshake.en.svg)

See [the README](../../README.md#read-me).
`;

const CODE = `for await (const conn of listener) {
  const name = new Uint8Array(100);
  const n = await conn.read(name);
  // One write for each client.
  await conn.write(new TextEncoder().encode("Good morning, "));
  await conn.write(name.subarray(0, n ?? 0));
  conn.close();
  console.log(\`Greeted \${conn.remoteAddr.hostname}:\${conn.remoteAddr.port}\`);
}
`;

const FILLED = CHAPTER
  .replace("for await\n", () => `for await\n${CODE}`)
  .replace("client.ts Michael\n", "client.ts Michael\nGood morning, Michael\n")
  .replace("exit(3);'\n", "exit(3);'\nbye\n")
  .replace(
    "tcp_server.ts\n^C",
    "tcp_server.ts\nBind TCP on 9999...\nGreeted 127.0.0.1:51234\n^C",
  );

/** A chapter in the other language. */
const inChinese = (text: string) =>
  text.replace("handshake.en.svg", "handshake.zh.svg");

/** A chapter with these fences, or with other text. */
const chapterOf = (text: string) => ({
  "book/1-one/en.md": `# 1. One\n\n${text}`,
  "book/1-one/zh.md": "# 1. 一\n",
});

/** A fence of a session that has one terminal. */
const consoleFence = (...lines: string[]) =>
  `\`\`\`console session terminal\n${lines.join("\n")}\n\`\`\`\n`;

/** A project with the tool, the samples and chapters of its own. */
class Project implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  static async with(files: Record<string, string> = {}): Promise<Project> {
    const project = new Project();
    await Deno.mkdir(`${project.path}/book`);
    for (const name of SHARED) {
      await Deno.symlink(new URL(name, ROOT), `${project.path}/${name}`);
    }
    for (const name of [SERVER, "tcp_client.ts"]) {
      await Deno.copyFile(new URL(name, SAMPLES), `${project.path}/${name}`);
    }
    const all = {
      "README.md": "# Read me",
      "README.zh-CN.md": "# 说明",
      "book/1-one/en.md": CHAPTER,
      "book/1-one/zh.md": inChinese(CHAPTER),
      "book/README.md": "# Book\n",
      "book/README.zh-CN.md": "# 书\n",
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      await project.write(path, text);
    }
    return project;
  }

  async write(path: string, text: string): Promise<void> {
    const file = `${this.path}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }

  read(path: string): Promise<string> {
    return Deno.readTextFile(`${this.path}/${path}`);
  }

  /** Changes a text that stands once in a file. */
  async change(path: string, from: string, to: string): Promise<void> {
    const parts = (await this.read(path)).split(from);
    assertEquals(parts.length, 2, `${from} in ${path}`);
    await this.write(path, parts.join(to));
  }

  /** Runs the tool: its exit status, and all that it prints. */
  async docs(...args: string[]): Promise<[number, string]> {
    await using process = Process.start(Deno.execPath(), [
      "run",
      "--quiet",
      "--allow-run",
      "--allow-read",
      "--allow-write=book",
      "--allow-net=127.0.0.1",
      "book/tools/docs.ts",
      ...args,
    ], { cwd: this.path, env: { NO_COLOR: "1" } });
    const { code, stdout, stderr } = await process.ended();
    return [code, stdout + stderr];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function linux(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os !== "linux", fn });
}

linux("the tool fills a chapter, and then has nothing to change", async () => {
  await using project = await Project.with();
  assertEquals((await project.docs())[0], 0);
  assertEquals(await project.read("book/1-one/en.md"), FILLED);
  assertEquals(await project.read("book/1-one/zh.md"), inChinese(FILLED));
  const picture = await project.read("book/1-one/pictures/handshake.zh.svg");
  assertMatch(picture, /客户端[^]*connect\(\) 返回/);
  assertEquals(await project.docs("--check"), [0, ""]);
});

linux("what is no longer as a chapter shows it is named", async () => {
  await using project = await Project.with();
  assertEquals((await project.docs())[0], 0);
  const text = await project.read("book/1-one/en.md");
  assertEquals(text, FILLED);
  const line = 1 +
    text.split("\n").findIndex((line) => line.startsWith("  // One write"));
  await project.change(SERVER, "// One write", "// Two writes");
  await project.change(SERVER, "`Greeted", "`Served");
  const [code, printed] = await project.docs("--check");
  assertEquals(code, 1);
  for (const language of ["en", "zh"]) {
    assertStringIncludes(printed, `book/1-one/${language}.md:${line}: `);
  }
  assertStringIncludes(printed, "// Two writes");
  // Nothing was written.
  assertEquals(await project.read("book/1-one/en.md"), text);
  assertEquals((await project.docs())[0], 0);
  const now = await project.read("book/1-one/en.md");
  assertStringIncludes(now, "// Two writes");
  assertStringIncludes(now, "\nServed 127.0.0.1:51234\n");
});

Deno.test("a session needs the programs that it types, and those that it allows to run", () => {
  const path = "book/1-one/en.md";
  const body = [
    "$ openssl version",
    "$ deno run --allow-run=deno,haproxy examples/a.ts",
    "$ deno run --allow-run examples/b.ts",
  ];
  const fence = { line: 1, info: ["console", "a", "shell"], body };
  const session = sessionsOf(path, [fence]).get("a");
  assert(session !== undefined);
  assertEquals([...programsOf(session)], ["openssl", "deno", "haproxy"]);
});

linux("the two ports of a chapter are others while it runs", async () => {
  const command = "$ deno eval 'console.log(9999, 9998, 9999 - 1 === 9998)'";
  await using project = await Project.with(chapterOf(consoleFence(command)));
  assertEquals((await project.docs())[0], 0);
  const text = await project.read("book/1-one/en.md");
  // The port behind it is the next free one: above the other, and not below.
  assertStringIncludes(text, `${command}\n9999 9998 false\n`);
});

linux("a picture that is no longer right is named", async () => {
  await using project = await Project.with();
  assertEquals((await project.docs())[0], 0);
  await project.write("book/1-one/pictures/handshake.en.svg", "<svg/>\n");
  const [code, printed] = await project.docs("--check");
  assertEquals(code, 1);
  assertStringIncludes(printed, "book/1-one/pictures/handshake.en.svg:1: ");
});

linux(
  "a session that newly fails is named, and nothing of it is written",
  async () => {
    await using project = await Project.with();
    assertEquals((await project.docs())[0], 0);
    await project.change(
      "tcp_client.ts",
      "console.log(answer);",
      "Deno.exit(7);",
    );
    // Something else has changed too: that is written.
    await project.change(
      "book/1-one/en.md",
      "# 1. One\n",
      `# 1. One\n\n${consoleFence("$ deno eval 'console.log(1)'")}`,
    );
    for (const args of [["--check"], []]) {
      const [code, printed] = await project.docs(...args);
      assertEquals(code, 1);
      for (const path of ["book/1-one/en.md:26", "book/1-one/zh.md:22"]) {
        assertStringIncludes(
          printed,
          `docs.ts: ${path}: Session greet, terminal client: ` +
            '"deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael" ' +
            "ended with exit status 7, and the chapter expects 0\n",
        );
      }
    }
    const text = await project.read("book/1-one/en.md");
    assertStringIncludes(text, "\n$ deno eval 'console.log(1)'\n1\n");
    assertStringIncludes(text, "\nGood morning, Michael\n");
    assertEquals(await project.read("book/1-one/zh.md"), inChinese(FILLED));
  },
);

/** Sessions that fail: what is typed and shown, and what the tool says. */
const FAILED: [name: string, lines: string[], problem: string][] = [
  [
    "a command that was to fail and does not",
    ["$ deno eval '1'", "(exit status 1)"],
    `"deno eval '1'" ended with exit status 0, and the chapter expects 1`,
  ],
  [
    "a crash where another error was shown",
    ["$ deno eval 'throw 1'", "one line", "(exit status 1)"],
    `"deno eval 'throw 1'" crashed: error: Uncaught (in promise) 1`,
  ],
  [
    "a crash that does not end the command",
    ["$ deno eval 'console.error(\"error: Uncaught 1\")'"],
    String
      .raw`"deno eval 'console.error(\"error: Uncaught 1\")'" crashed: error: Uncaught 1`,
  ],
  [
    "a crash in Python",
    ["$ python3 -c '1 / 0'", "(exit status 1)"],
    `"python3 -c '1 / 0'" crashed: Traceback (most recent call last):`,
  ],
  [
    "the last line of a command with another exit status",
    ["$ deno eval 'console.error(\"why\"); Deno.exit(5)'", "(exit status 1)"],
    String
      .raw`"deno eval 'console.error(\"why\"); Deno.exit(5)'" ended with exit status 5, and the chapter expects 1: why`,
  ],
  [
    "a command that fails before Ctrl-C",
    ["$ deno eval 'Deno.exit(4)'", "^C"],
    `"deno eval 'Deno.exit(4)'" ended with exit status 4, and the chapter expects 0`,
  ],
];

for (const [name, lines, problem] of FAILED) {
  const needsPython = lines[0]?.startsWith("$ python3 ");
  if (needsPython && !works("python3", "--version")) continue;
  linux(`the tool names ${name}`, async () => {
    await using project = await Project.with(chapterOf(consoleFence(...lines)));
    const text = await project.read("book/1-one/en.md");
    assertEquals(await project.docs(), [
      1,
      `docs.ts: book/1-one/en.md:3: Session session, terminal terminal: ${problem}\n`,
    ]);
    assertEquals(await project.read("book/1-one/en.md"), text);
  });
}

const openssl = works("openssl", "version") ? linux : Deno.test.ignore;

openssl("a session with openssl leaves its files nowhere", async () => {
  await using project = await Project.with(chapterOf(consoleFence(
    "$ openssl rand -out key.pem 8",
    "$ deno eval 'console.log(Deno.statSync(\"key.pem\").size)'",
  )));
  assertEquals((await project.docs())[0], 0);
  assertStringIncludes(await project.read("book/1-one/en.md"), "\n8\n");
  const names = [...Deno.readDirSync(project.path)].map(({ name }) => name);
  assertEquals(names.includes("key.pem"), false);
});

linux("a crash that the chapter shows already is filled in", async () => {
  await using project = await Project.with(chapterOf(consoleFence(
    "$ deno eval 'throw 1'",
    "error: Uncaught (in promise) 2",
    "(exit status 1)",
  )));
  assertEquals((await project.docs())[0], 0);
  assertStringIncludes(
    await project.read("book/1-one/en.md"),
    "throw 1'\nerror: Uncaught (in promise) 1\n",
  );
});

for (
  const [name, chapter, message] of [
    [
      "a region that is not there",
      "```ts tcp_server.ts serve > until (false)\n```\n",
      "Cannot find serve > until (false) in tcp_server.ts",
    ],
    [
      "a file that is not there",
      "```python a.py f\n```\n",
      "Cannot find the file a.py",
    ],
    [
      "code that comes from nowhere",
      "```ts\nf();\n```\n",
      "Cannot tell which file these lines are from",
    ],
    [
      "a console without a session",
      "```console\n$ deno eval 1\n```\n",
      "Cannot find the names of session and terminal after console",
    ],
    [
      "a console without a command",
      "```console a b\nWelcome!\n```\n",
      "Cannot find a command",
    ],
    [
      "a quote that does not end",
      "```console a b\n$ deno eval '1\n```\n",
      "Cannot find the end of a command",
    ],
    [
      "a program that is not run",
      "```console a b\n$ date\n```\n",
      "Only deno, python3, dig, openssl and unshare are run, not date",
    ],
    [
      "what only a shell can do",
      "```console a b\n$ deno eval 1 | head\n```\n",
      "| needs a shell: deno eval 1 | head",
    ],
    [
      "a picture of nothing",
      "![A picture](pictures/greet.en.svg)\n",
      "Cannot draw the picture greet: add it to book/tools/record/recordings.ts, for programs, or to book/tools/draw/diagrams.ts",
    ],
  ] as const
) {
  linux(`the tool refuses ${name}`, async () => {
    await using project = await Project.with(chapterOf(chapter));
    assertEquals(await project.docs(), [
      1,
      `docs.ts: book/1-one/en.md:3: ${message}\n`,
    ]);
  });
}

linux("a fence shows in which parts two files differ", async () => {
  const lines = Array.from({ length: 20 }, (_, i) => `const a${i} = ${i};\n`);
  const files = {
    "old.ts": lines.join(""),
    "new.ts": lines.with(1, "const b1 = 1;\n").with(18, "").join(""),
  };
  const fence = "```diff new.ts old.ts b1\n```\n";
  await using project = await Project.with({ ...chapterOf(fence), ...files });
  assertEquals((await project.docs())[0], 0);
  assertEquals(
    await project.read("book/1-one/en.md"),
    `# 1. One

\`\`\`diff new.ts old.ts b1
--- old.ts
+++ new.ts
@@ -1,5 +1,5 @@
 const a0 = 0;
-const a1 = 1;
+const b1 = 1;
 const a2 = 2;
 const a3 = 3;
 const a4 = 4;
\`\`\`
`,
  );
  await project.change("book/1-one/en.md", "old.ts b1", "old.ts b2");
  const [status, output] = await project.docs();
  assertEquals(status, 1);
  assertStringIncludes(output, "book/1-one/en.md:3: Cannot compare: No part");
  await project.change("book/1-one/en.md", "old.ts b2", "none.ts");
  assertStringIncludes((await project.docs())[1], "none.ts: No such file");
});

linux("no line that the tool prints has more than 200 characters", async () => {
  const long = "长".repeat(300);
  const command = `$ deno eval 'console.error("${long}"); Deno.exit(5)'`;
  const folders = "x/".repeat(150);
  const text = `${consoleFence(command)}\n[a](${folders}b.md)\n`;
  await using project = await Project.with(chapterOf(text));
  const [code, printed] = await project.docs("--check");
  assertEquals(code, 1);
  const lines = printed.trimEnd().split("\n");
  assertEquals(lines.length, 2, printed);
  for (const line of lines) assertEquals([...line].length, 200);
});

linux("broken links are named", async () => {
  const chapter = `# 1. One

[a](2-two.md), [b](#one), [c](../../tcp_server.ts#L99999),
[d](../../README.md#read-me), [e](#1-one), [f](zh.md#1-一),
<a id="old"></a>[i](#old).
![g](pictures/none.svg)

[h]: none.md
`;
  await using project = await Project.with({
    "book/1-one/en.md": chapter,
    "book/1-one/zh.md": "# 1. 一\n\n[好](en.md#1-one)\n",
    "README.zh-CN.md": '# 说明\n\n<img src="none.svg">\n',
  });
  const [code, printed] = await project.docs("--check");
  assertEquals(code, 1);
  assertEquals(printed.trimEnd().split("\n"), [
    "README.zh-CN.md:3: Broken link: none.svg",
    "book/1-one/en.md:3: Broken link: 2-two.md",
    "book/1-one/en.md:3: Broken link: #one",
    "book/1-one/en.md:3: Broken link: ../../tcp_server.ts#L99999",
    "book/1-one/en.md:6: Broken link: pictures/none.svg",
    "book/1-one/en.md:8: Broken link: none.md",
  ]);
});
