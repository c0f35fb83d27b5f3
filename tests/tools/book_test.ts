import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ChapterError } from "../../tools/chapter_error.ts";
import { type BookFiles, buildBook } from "../../tools/book/build_book.ts";
import { writeBook } from "../../tools/book/write_book.ts";
import { chromium } from "../support/chromium.ts";
import { Process } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";

/** A project in a folder of its own, which goes when the test ends. */
class Project implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();
  readonly url = new URL(`file://${this.path}/`);

  static async with(files: Record<string, string>): Promise<Project> {
    const project = new Project();
    const all = {
      "docs/en/README.md": "# The book",
      "docs/zh/README.md": "# 书",
      "docs/en/1-one.md": "# 1. One",
      "docs/zh/1-one.md": "# 1. 一",
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      await Deno.mkdir(new URL(".", new URL(path, project.url)), {
        recursive: true,
      });
      await Deno.writeTextFile(new URL(path, project.url), text);
    }
    return project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

async function pageOf(chapter: string, files = {}): Promise<string> {
  await using project = await Project.with({
    "docs/en/1-one.md": `# 1. One\n\n${chapter}`,
    ...files,
  });
  return textOf(await buildBook(project.url), "en/1-one.html");
}

function textOf(book: BookFiles, path: string): string {
  const text = book.get(path);
  assert(typeof text === "string", `There is no ${path}`);
  return text;
}

async function problemOf(files: Record<string, string>): Promise<string> {
  await using project = await Project.with(files);
  const error = await assertRejects(() => buildBook(project.url), ChapterError);
  return error.message;
}

const fence = (info: string, code: string) =>
  `\`\`\`${info}\n${code}\n\`\`\`\n`;

Deno.test("a Python listing and the one in TypeScript after it are a pair", async () => {
  const python = fence("python a.py b", "b = 1");
  const ts = fence("ts a.ts b", "let b;");
  const files = { "a.py": "if a:\n  b = 1\n", "a.ts": "let a;\nlet b;\n" };
  const page = await pageOf(`${python}\n${ts}\n${ts}`, files);
  assertEquals(page.split('<div class="pair">').length, 2);
  assertEquals(page.split('<figure class="listing">').length, 4);
  assertStringIncludes(page, '<a href="source/a.py.html#L2">a.py</a>');
  assertStringIncludes(page, "<span>line 2</span>");
});

Deno.test("a listing that its file does not have leads to the file's beginning", async () => {
  const page = await pageOf(fence("ts a.ts b", "c();"), { "a.ts": "b();\n" });
  assertStringIncludes(
    page,
    '<a href="source/a.ts.html">a.ts</a></figcaption>',
  );
});

Deno.test("terminals of one scene stand together, those of two do not", async () => {
  const page = await pageOf([
    fence("console greet server", "$ a\n^C"),
    fence("console greet client2", "$ b\n(exit status 1)"),
    fence("console other client", "$ c '\n> d'\n> e\n  f"),
  ].join("\n"));
  assertEquals(page.split('<div class="pair">').length, 2);
  assertStringIncludes(page, "<figcaption>client 2</figcaption>");
  assertStringIncludes(page, '<span class="note">(exit status 1)</span>');
  assertStringIncludes(page, '<span class="prompt">&gt; </span>d\'</span>');
  assertStringIncludes(page, '\n&gt; e\n<span class="columns">  f</span>');
});

Deno.test("each language's pages speak that language", async () => {
  const terminal = fence("console greet server", "$ a");
  await using project = await Project.with({
    "docs/zh/1-one.md": `# 1. 一\n\n## 二\n\n${terminal}`,
  });
  const page = textOf(await buildBook(project.url), "zh/1-one.html");
  assertStringIncludes(page, '<html lang="zh-Hans">');
  assertStringIncludes(page, "<title>1. 一 – 书</title>");
  assertStringIncludes(page, "<figcaption>服务器</figcaption>");
  assertStringIncludes(page, '<a href="#%E4%BA%8C">二</a>');
  assertStringIncludes(
    page,
    '<a href="../en/1-one.html" lang="en" hreflang="en">English</a>',
  );
});

Deno.test("links lead to chapters, files, folders and the web", async () => {
  const page = await pageOf(
    "[a](README.md) [b](../zh/1-one.md) [c](../../lib/x.ts#L2) [d](../../lib) [e](https://deno.com/)",
    { "lib/x.ts": "a\nb\n", "lib/y.ts": "" },
  );
  for (
    const href of [
      "index.html",
      "../zh/1-one.html",
      "source/lib/x.ts.html#L2",
      "source/lib.html",
      "https://deno.com/",
    ]
  ) assertStringIncludes(page, `<a href="${href}"`);
  assertStringIncludes(page, '<a href="../zh/1-one.html" hreflang="zh-Hans">');
});

Deno.test("a page of source leads back to the chapters that name it", async () => {
  await using project = await Project.with({
    "docs/en/1-one.md": "# 1. One\n\n[x](../../lib/x.ts)",
    "lib/x.ts": "/* a\nb */\n",
  });
  const book = await buildBook(project.url);
  const page = textOf(book, "en/source/lib/x.ts.html");
  assertStringIncludes(page, '<a href="../../1-one.html">1. One</a>');
  assertStringIncludes(
    page,
    '<span class="line" id="L2"><span class="hljs-comment">b */</span></span>',
  );
});

Deno.test("a link that leads nowhere is an error that names its place", async () => {
  const one = (text: string) => ({ "docs/en/1-one.md": `# 1. One\n\n${text}` });
  assertEquals(
    await problemOf(one("a\nb [c](../../d.ts)")),
    "docs/en/1-one.md:4: Cannot find the file: d.ts",
  );
  assertEquals(
    await problemOf(one("| a |\n| - |\n| [b](README.md#c) |")),
    "docs/en/1-one.md:5: Cannot find what is linked: docs/en/README.md#c",
  );
  assertEquals(
    await problemOf({ ...one("[a](../../b.ts#L2)"), "b.ts": "x\n" }),
    "docs/en/1-one.md:3: Cannot find what is linked: b.ts#L2",
  );
  assertEquals(
    await problemOf(one("![a](pictures/b.svg)")),
    "docs/en/1-one.md:3: Cannot find what is linked: docs/en/pictures/b.svg",
  );
  assertEquals(
    await problemOf({ ...one("[a](../../b.ts/c)"), "b.ts": "x\n" }),
    "docs/en/1-one.md:3: Cannot find the file: b.ts/c",
  );
  assertEquals(
    await problemOf(one(fence("ts gone.ts a", "a"))),
    "docs/en/1-one.md:3: Cannot find the file: gone.ts",
  );
});

Deno.test("a chapter that one language lacks is an error", async () => {
  assertEquals(
    await problemOf({ "docs/en/2-two.md": "# 2. Two" }),
    "Cannot find the chapter: docs/zh/2-two.md",
  );
  assertEquals(
    await problemOf({ "docs/zh/2-two.md": "# 2. 二" }),
    "Cannot find the chapter: docs/en/2-two.md",
  );
  assertEquals(
    await problemOf({ "docs/en/1-one.md": "One" }),
    "docs/en/1-one.md: Cannot find a title",
  );
});

Deno.test("a new book takes the old one's place, and leaves the rest alone", async () => {
  await using project = await Project.with({});
  const folder = `${project.path}/made/book`;
  await writeBook(new Map([["a/b/c", "1"], ["d", "1"]]), folder);
  await Deno.writeTextFile(`${folder}/CNAME`, "example.com");
  const two = new Uint8Array([50]);
  await writeBook(new Map([["d", two]]), folder);
  assertEquals(await Deno.readTextFile(`${folder}/d`), "2");
  assertEquals(await namesIn(folder), [".book", "CNAME", "d"]);
});

Deno.test("a folder that holds something else is left as it is", async () => {
  await using project = await Project.with({});
  const error = await assertRejects(
    () => writeBook(new Map([["a", "1"]]), project.path),
    ChapterError,
  );
  assertMatch(error.message, /^Cannot write the book into .* has docs in it$/);
  assertEquals(await namesIn(project.path), ["docs"]);
});

Deno.test("a list that was tampered with removes nothing outside the folder", async () => {
  await using project = await Project.with({});
  const folder = `${project.path}/book`;
  await writeBook(new Map(), folder);
  await Deno.writeTextFile(`${folder}/.book`, "../docs/en/1-one.md\n");
  await writeBook(new Map(), folder);
  assertEquals(await namesIn(`${project.path}/docs/en`), [
    "1-one.md",
    "README.md",
  ]);
});

async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), (e) => e.name);
  return names.sort();
}

Deno.test("the command writes the book, or says in one line why not", async () => {
  await using project = await Project.with({});
  const run = async (...args: string[]) => {
    const script = new URL("tools/book.ts", ROOT).pathname;
    const allow = ["--quiet", "--allow-read", "--allow-write"];
    await using process = Process.start(
      Deno.execPath(),
      ["run", ...allow, script, ...args],
      { cwd: project.path },
    );
    const { code, stdout, stderr } = await process.ended();
    return { code, text: stdout + stderr };
  };
  const written = await run("--output", "new");
  assertEquals(written.code, 0);
  assertMatch(written.text, /^Wrote \d+ files: open new\/index\.html\n$/);
  assertStringIncludes((await run("--help")).text, "Usage: deno task book");
  assertEquals(await run("--ouput=x"), {
    code: 2,
    text: "book.ts: Cannot understand: --ouput=x\n",
  });
  assertEquals(await run("-o", "new/index.html"), {
    code: 1,
    text: "book.ts: Cannot write the book into a file: new/index.html\n",
  });
});

Deno.test("the same chapters give the same book", async () => {
  assertEquals(await buildBook(ROOT), await buildBook(ROOT));
});

Deno.test("every link of the book leads to a page and an anchor that are there", async () => {
  const book = await buildBook(ROOT);
  const links: string[] = [];
  const nowhere: string[] = [];
  for (const [from, text] of book) {
    if (typeof text !== "string" || !from.endsWith(".html")) continue;
    for (const [, to = ""] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(?:https|data):/.test(to)) continue;
      const { pathname, hash } = new URL(to, `file:///${from}`);
      const target = book.get(decodeURI(pathname.slice(1)));
      const id = ` id="${decodeURIComponent(hash.slice(1))}"`;
      const isThere = hash === ""
        ? target !== undefined
        : typeof target === "string" && target.includes(id);
      (isThere ? links : nowhere).push(`${from}: ${to}`);
    }
  }
  assertEquals(nowhere, []);
  assert(links.length > 500, `There are only ${links.length} links`);
});

/**
 * All pages of the text; of the many pages of source, which are all alike, a long
 * one and the one with the longest path.
 */
const isOpened = (path: string) =>
  path.endsWith(".html") &&
  (!path.includes("/source/") || /tcp_client\.ts|http_client\.py/.test(path));

Deno.test({
  name:
    "in Chromium every page opens from disk, wide and narrow, and axe finds nothing (needs Chromium)",
  ignore: chromium === null,
  async fn() {
    assert(chromium !== null);
    await using project = await Project.with({});
    const book = await buildBook(ROOT);
    await writeBook(book, `${project.path}/book`);
    const pages = [...book.keys()].filter(isOpened);
    await using browser = Process.start(Deno.execPath(), [
      "run",
      "--allow-all",
      "--quiet",
      new URL("tests/support/book_browser.ts", ROOT).pathname,
      chromium,
      `${project.path}/book`,
      ...pages,
    ]);
    browser.limit = 60_000;
    const { code, stdout, stderr } = await browser.ended();
    assertEquals([code, stderr], [0, ""]);
    const found = JSON.parse(stdout);
    assertEquals(found.problems, []);
    assertEquals(found.opened, pages.length);
    assert(found.looks >= 30, `axe looked ${found.looks} times`);
  },
});
