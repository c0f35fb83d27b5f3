import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { delay } from "@std/async/delay";
import { inTurn } from "../../tools/docs/in_turn.ts";
import { Process } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";

/** What the chapters may show, and what the tool needs. */
const SHARED = ["deno.json", "deno.lock", "lib", "std", "tools"];
const SERVER = "tcp_server.ts";

const CHAPTER = `# 1. One

\`\`\`ts tcp_server.ts serve > while (true)
\`\`\`

\`\`\`console greet server
$ deno run --allow-net=127.0.0.1:9999 tcp_server.ts --delay 0
^C
\`\`\`

\`\`\`console greet client
$ deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael
$ deno eval '
> console.log("bye");
> Deno.exit(3);'
\`\`\`

![A greeting](pictures/greet.svg)

See [the README](../../README.md#read-me).
`;

const FILLED = CHAPTER
  .replace(
    "client.ts Michael\n",
    "client.ts Michael\nWelcome!\nHello, Michael!\n",
  )
  .replace("exit(3);'\n", "exit(3);'\nbye\n(exit status 3)\n")
  .replace(
    "--delay 0\n",
    `--delay 0
Bind TCP on 9999...
Accept new connection from 127.0.0.1:51234...
Connection from 127.0.0.1:51234 closed.
`,
  );

/** A copy of the project with chapters of its own. */
class Project implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  static async with(files: Record<string, string> = {}): Promise<Project> {
    const project = new Project();
    for (const name of SHARED) {
      await Deno.symlink(new URL(name, ROOT), `${project.path}/${name}`);
    }
    for (const name of [SERVER, "tcp_client.ts"]) {
      const text = await Deno.readTextFile(new URL(name, ROOT));
      await project.write(name, text);
    }
    const all = {
      "README.md": "# Read me",
      "README.zh-CN.md": "# 说明",
      "docs/en/1-one.md": CHAPTER,
      "docs/zh/1-one.md": CHAPTER,
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

  /** Changes a text in a file, where it stands once. */
  async change(path: string, from: string, to: string): Promise<void> {
    const parts = (await this.read(path)).split(from);
    assertEquals(parts.length, 2, `${from} in ${path}`);
    await this.write(path, parts.join(to));
  }

  /** Runs the tool: its exit status, and all that it says. */
  async docs(...args: string[]): Promise<[number, string]> {
    await using process = Process.start(Deno.execPath(), [
      "run",
      "--quiet",
      "--allow-run",
      "--allow-read",
      "--allow-write=docs",
      "--allow-net=127.0.0.1",
      "tools/docs.ts",
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
  for (const language of ["en", "zh"]) {
    const text = await project.read(`docs/${language}/1-one.md`);
    const code = /```ts [^\n]*\n([^`]*)```/.exec(text)?.[1] ?? "";
    assertMatch(code, /^while \(true\) \{\n {2}[^]*\n\}\n$/);
    assertStringIncludes(await project.read(SERVER), code.split("\n")[1] ?? "");
    assertEquals(text.replace(code, ""), FILLED);
  }
  const picture = await project.read("docs/zh/pictures/greet.svg");
  assertMatch(picture, /客户端[^]*Welcome![^]*Michael[^]*Hello, Michael!/);
  assertEquals(await project.docs("--check"), [0, ""]);
});

linux("what no longer is as a chapter shows it is named", async () => {
  await using project = await Project.with();
  assertEquals((await project.docs())[0], 0);
  const text = await project.read("docs/en/1-one.md");
  const line = 1 +
    text.split("\n").findIndex((line) => line.startsWith("  // A thread"));
  await project.change(SERVER, "A thread each", "One thread each");
  await project.change(SERVER, "`Accept new", "`Accept a new");
  const [code, said] = await project.docs("--check");
  assertEquals(code, 1);
  for (const language of ["en", "zh"]) {
    assertStringIncludes(said, `docs/${language}/1-one.md:${line}: `);
  }
  assertStringIncludes(said, "One thread each");
  // Nothing was written.
  assertEquals(await project.read("docs/en/1-one.md"), text);
  assertEquals((await project.docs())[0], 0);
  const now = await project.read("docs/en/1-one.md");
  assertStringIncludes(now, "// One thread each");
  assertStringIncludes(
    now,
    "\nAccept a new connection from 127.0.0.1:51234...",
  );
});

linux("a picture that is no longer right is named", async () => {
  await using project = await Project.with();
  assertEquals((await project.docs())[0], 0);
  await project.write("docs/en/pictures/greet.svg", "<svg/>\n");
  const [code, said] = await project.docs("--check");
  assertEquals(code, 1);
  assertStringIncludes(said, "docs/en/pictures/greet.svg:1: ");
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
      "a console without a scene",
      "```console\n$ deno eval 1\n```\n",
      "Cannot tell the scene and the terminal of a console",
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
      "Only deno and python3 are run, not date",
    ],
    [
      "what only a shell can do",
      "```console a b\n$ deno eval 1 | head\n```\n",
      "| wants a shell: deno eval 1 | head",
    ],
  ] as const
) {
  linux(`the tool refuses ${name}`, async () => {
    await using project = await Project.with({
      "docs/en/1-one.md": `# 1. One\n\n${chapter}`,
    });
    assertEquals(await project.docs(), [
      1,
      `docs.ts: docs/en/1-one.md:3: ${message}\n`,
    ]);
  });
}

linux("links that lead nowhere are named", async () => {
  const chapter = `# 1. One

[a](2-two.md), [b](#one), [c](../../tcp_server.ts#L99999),
[d](../../README.md#read-me), [e](#1-one), [f](../zh/1-one.md#1-一).
`;
  await using project = await Project.with({
    "docs/en/1-one.md": chapter,
    "docs/zh/1-one.md": "# 1. 一\n\n[好](../en/1-one.md#1-one)\n",
    "README.zh-CN.md": '# 说明\n\n<img src="none.svg">\n',
  });
  const [code, said] = await project.docs("--check");
  assertEquals(code, 1);
  assertEquals(said.trimEnd().split("\n"), [
    "README.zh-CN.md:3: Cannot find what is linked: none.svg",
    "docs/en/1-one.md:3: Cannot find what is linked: 2-two.md",
    "docs/en/1-one.md:3: Cannot find what is linked: #one",
    "docs/en/1-one.md:3: Cannot find what is linked: ../../tcp_server.ts#L99999",
  ]);
});

Deno.test("when a scene fails, those under way are not left behind", async () => {
  const done: string[] = [];
  const run = async (name: string) => {
    if (name === "fails") throw new Error(name);
    await delay(0); // A turn later than the failure.
    done.push(name);
  };
  const scenes = ["fails", "under way", "never begun"];
  await assertRejects(() => inTurn(scenes, 2, run), Error, "fails");
  assertEquals(done, ["under way"]);
});
