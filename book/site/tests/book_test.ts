import assert from "node:assert/strict";
import { Book } from "../src/book.ts";
import { captionOf, commandsOf } from "../src/terminal.ts";

const ONE = {
  "book/1-one/en.md": "# 1. One\n",
  "book/1-one/zh.md": "# 1. 一\n",
};

/** The book of a project that has these files, beside the contents pages. */
function bookOf(files: Record<string, string>): Book {
  const folder = Deno.makeTempDirSync();
  try {
    const all = { "book/README.md": "# Book", "book/README.zh-CN.md": "# 书" };
    for (const [path, text] of Object.entries({ ...all, ...files })) {
      const file = `${folder}/${path}`;
      Deno.mkdirSync(file.replace(/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(file, text);
    }
    return new Book(new URL(`file://${folder}/`));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What the book of such a project reports as a mistake. */
function mistakeOf(files: Record<string, string>): string {
  try {
    bookOf(files);
  } catch (error) {
    assert(error instanceof Error && error.name === "BookError");
    return error.message;
  }
  return "";
}

Deno.test("chapters are ordered by their numbers, those without one last", () => {
  const names = ["10-ten", "2-two", "glossary", "0-zero"];
  const files = ["en", "zh"].flatMap((language) =>
    names.map((name) => [`book/${name}/${language}.md`, "# A"])
  );
  const { chapters } = bookOf(Object.fromEntries(files));
  assert.deepEqual(chapters.zh.map(({ id }) => id), [
    "zh",
    "zh/0-zero",
    "zh/2-two",
    "zh/10-ten",
    "zh/glossary",
  ]);
});

Deno.test("the contents group the pages; one without a line follows the page before", () => {
  const book = bookOf({
    ...ONE,
    "book/1-one-more/en.md": "# More",
    "book/1-one-more/zh.md": "# 更多",
    "book/end/en.md": "# End",
    "book/end/zh.md": "# 完",
    "book/README.md":
      "# B\n\n### A\n\n- [1. One](1-one/en.md): one\n\n### Z\n\n- [End](end/en.md)\n",
    "book/README.zh-CN.md":
      "# 书\n\n### 甲\n\n- [1. 一](1-one/zh.md)\n\n### 乙\n\n- [完](end/zh.md)\n",
  });
  const [, one, more, end] = book.chapters.en;
  assert.deepEqual(book.groups(), [
    { labels: { en: "A", zh: "甲" }, pages: [one, more] },
    { labels: { en: "Z", zh: "乙" }, pages: [end] },
  ]);
});

Deno.test("all languages have the anchors of the first one", () => {
  const book = bookOf({
    "book/1-one/en.md":
      '# 1. One\n\n## The `b`\n\n### The b\n\n<a id="old"></a>',
    "book/1-one/zh.md": "# 1. 一\n\n## 乙\n\n### 丙\n",
    "book/2-two/zh.md":
      "# 2. 二\n\n[a](../1-one/zh.md#丙) [b](../1-one/zh.md#1-一)",
    "book/2-two/en.md": "# 2. Two\n\n[a](../1-one/zh.md#乙)",
  });
  const [en, zh] = [book.chapters.en[2], book.chapters.zh[2]];
  assert(en !== undefined && zh !== undefined);
  assert.equal(book.resolve(zh, "../1-one/zh.md#丙"), "/zh/1-one/#the-b-1");
  assert.equal(book.resolve(zh, "../1-one/zh.md#1-一"), "/zh/1-one/");
  assert.equal(book.resolve(en, "../1-one/zh.md#乙"), "/zh/1-one/#the-b");
  assert.equal(book.resolve(en, "../README.md"), "/");
  assert.equal(book.resolve(en, "../1-one/en.md#old"), "/1-one/#old");
  assert.equal(book.resolve(en, "../1-one/en.md#none"), undefined);
  assert.equal(book.resolve(zh, "../.."), undefined);
});

Deno.test("headings that differ between the languages are named", () => {
  assert.equal(
    mistakeOf({
      "book/1-one/en.md": "# 1. One\n\n## A\n\n### B\n",
      "book/1-one/zh.md": "# 1. 一\n\n## 甲\n\n## 乙\n",
    }),
    "The headings of book/1-one/en.md and book/1-one/zh.md differ: " +
      '"### B" (line 5 of book/1-one/en.md) stands where ' +
      '"## 乙" (line 5 of book/1-one/zh.md) is. Both need the same headings ' +
      "in the same order, as their anchors are shared",
  );
  assert.match(
    mistakeOf({ ...ONE, "book/1-one/en.md": "# 1. One\n\n## A\n" }),
    /"## A" \(line 3 of .*\) stands where the end of book\/1-one\/zh.md is/,
  );
});

Deno.test("a chapter that one language lacks, or without a title, is named", () => {
  assert.equal(
    mistakeOf({ ...ONE, "book/2-two/zh.md": "# 2. 二" }),
    "book/2-two/zh.md has no counterpart en.md",
  );
  assert.match(
    mistakeOf({ ...ONE, "book/1-one/en.md": "One" }),
    /^book\/1-one\/en.md:1: cannot find a title/,
  );
});

Deno.test("a folder takes along the files in it", () => {
  const { sources } = bookOf({
    ...ONE,
    "book/1-one/en.md": "# One\n\n[a](../../lib/)",
    "lib/a/b.ts": "b\n",
    "lib/c.ts": "c\n",
  });
  assert.deepEqual([...sources], [
    ["lib", { entries: ["a", "c.ts"] }],
    ["lib/a", { entries: ["b.ts"] }],
    ["lib/a/b.ts", { lines: ["b"] }],
    ["lib/c.ts", { lines: ["c"] }],
  ]);
});

Deno.test("the commands of a terminal are what is typed", () => {
  const lines = ["$ a '", "> b'", "> c", "$ d", "^C"];
  assert.equal(commandsOf(lines), "a '\nb'\nd");
  assert.equal(commandsOf(["$ a 'b'", "> c"]), "a 'b'");
});

Deno.test("a terminal is called by its role, in the language of the chapter", () => {
  assert.equal(captionOf("en", "client2", false, ""), "Client 2");
  assert.equal(captionOf("zh", "client2", false, ""), "客户端 2");
  assert.equal(captionOf("zh", "second", false, ""), "第二个终端");
  assert.equal(captionOf("en", "client", true, "deno run a.ts"), "Terminal");
  assert.equal(captionOf("zh", "client", true, "deno run a.ts"), "终端");
  assert.equal(captionOf("en", "client", true, "run tcp_client.ts"), "Client");
  assert.equal(captionOf("zh", "unheard-of", false, ""), undefined);
});
