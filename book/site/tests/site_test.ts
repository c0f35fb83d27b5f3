/**
 * Looks at the built book: at its files, and in Debian's Chromium if it is
 * installed.
 */
import axe from "axe-core";
import assert from "node:assert/strict";
import { Book, type Chapter } from "../src/book.ts";
import { type Language, LANGUAGES, WORDS } from "../src/languages.ts";
import { ROOT } from "../src/settings.ts";
import { commandsOf } from "../src/terminal.ts";
import { hasChromium, isFile, violations, Visit } from "./visit.ts";

/** How the pages of a language are looked at: by axe at the last width. */
const VISITS = [
  { isChinese: false, theme: "light", widths: [390, 1440] },
  { isChinese: true, theme: "dark", widths: [1024, 390] },
] as const;
/** Words that readers search for, once the chapters have them. */
const SEARCHED: Record<Language, string[]> = {
  en: ["half-close", "backlog", "10061"],
  zh: ["粘包", "半关闭", "监听", "积极拒绝", "端口占用"],
};

const book = new Book();
const chapters = LANGUAGES.flatMap((language) => book.chapters[language]);
const folder = new URL("book/site/dist/", ROOT);

function pages(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? pages(new URL(`${encodeURI(name)}/`, folder))
      : name.endsWith(".html")
      ? [new URL(encodeURI(name), folder)]
      : []
  );
}

Deno.test("every link of the book leads to a page and an anchor that are there", () => {
  const texts = new Map(
    pages(folder).map((page) => [page.href, Deno.readTextFileSync(page)]),
  );
  let links = 0;
  const nowhere: string[] = [];
  for (const [from, text] of texts) {
    for (const [, to = ""] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(?:https?|data|mailto):/.test(to)) continue;
      links++;
      const target = to.startsWith("/")
        ? new URL(to.slice(1), folder)
        : new URL(to, from);
      const id = decodeURIComponent(target.hash.slice(1));
      target.hash = "";
      if (target.href.endsWith("/")) target.pathname += "index.html";
      const page = texts.get(target.href);
      const isThere = id === ""
        ? page !== undefined || isFile(target)
        : page?.includes(` id="${id}"`);
      if (!isThere) nowhere.push(`${from.slice(folder.href.length)}: ${to}`);
    }
  }
  assert.deepEqual(nowhere, []);
  assert(links > 500, `there are only ${links} links`);
});

Deno.test("an address that leads nowhere shows the way home in each language", () => {
  const text = Deno.readTextFileSync(new URL("404.html", folder));
  const [, main = ""] = /<main([^]*)<\/main>/.exec(text) ?? [];
  for (const language of LANGUAGES) {
    const { tag, notFound } = WORDS[language];
    const [, part = ""] = main.split(`<div lang="${tag}">`);
    assert(part.includes(notFound.text), tag);
    const contents = addressOf(find(language, ({ name }) => name === ""));
    assert(part.includes(`<a href="${contents}">${notFound.home}</a>`), tag);
  }
});

/** The page of a chapter. */
function addressOf({ id }: Chapter): string {
  return id === "index" ? "/" : `/${id}/`;
}

/** The first chapter of a language for which something holds. */
function find(language: Language, holds: (chapter: Chapter) => boolean) {
  const chapter = book.chapters[language].find(holds);
  assert(chapter !== undefined);
  return chapter;
}

/** The languages of the listings of a page; those of a file have one of their own. */
const languagesOf = (address: string) =>
  chapters.find((chapter) => addressOf(chapter) === address)
    ?.fences.map(({ lang }) => lang ?? "") ?? [address];

/** How many pixels a page is wider than the window. */
const excess = () =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth;

Deno.test("every div of a chapter that is opened is closed", () => {
  for (const page of pages(folder)) {
    if (page.pathname.includes("/source/")) continue;
    const text = Deno.readTextFileSync(page)
      .replaceAll(/<script\b.*?<\/script>/gs, "")
      // Attributes may hold markup; a quote in a text opens nothing.
      .replaceAll(/<(\/?[a-z][\w-]*)(?:[^>"']|"[^"]*"|'[^']*')*>/gi, "<$1>");
    const count = (tag: RegExp) => text.match(tag)?.length ?? 0;
    assert.equal(count(/<div\b/g), count(/<\/div>/g), page.pathname);
  }
});

Deno.test("no mark of bold text is left over", () => {
  // Before Chinese punctuation, a closing mark counts only if a space follows it.
  for (const { path, text } of chapters) {
    const prose = text.replaceAll(/^```.*?^```$/gms, "").replaceAll(
      /`[^`\n]*`/g,
      "",
    );
    assert.deepEqual(
      prose.match(/[。：，、；？！）」”]\*\*[^\s\p{P}*][^*\n]*$/gmu),
      null,
      path,
    );
  }
});

/** Whether every listing that scrolls can be focused. */
const allCanBeFocused = () =>
  [...document.querySelectorAll("pre")].every((pre) =>
    pre.scrollWidth <= pre.clientWidth || pre.tabIndex === 0
  );

/** The pictures that cannot be seen as a whole. */
const cutPictures = () =>
  [...document.querySelectorAll("img")].filter((img) => {
    const { left, right, width } = img.getBoundingClientRect();
    const isCut = left < 0 || right > innerWidth || img.naturalWidth === 0;
    return width > 0 && isCut;
  }).map((img) => img.src);

Deno.test({
  name: "the book in Chromium (needs /usr/bin/chromium)",
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using visit = await Visit.start();
    // Some pages of source: they are all alike.
    const sources = [...book.sources.keys()].slice(0, 2);
    const addresses = [
      ...chapters.map(addressOf),
      ...sources.map((path) => `/zh/source/${path}/`),
      "/404.html",
    ];

    await t.step(
      "fits every width; axe finds nothing, light in English and dark in Chinese",
      async () => {
        const problems: string[] = [];
        for (const { isChinese, theme, widths } of VISITS) {
          const page = await visit.page(widths[0], theme);
          const ours = addresses.filter((address) =>
            address.startsWith("/zh/") === isChinese
          );
          const seen = new Set<string>();
          for (const address of ours) {
            await page.setViewportSize({ width: widths[0], height: 900 });
            await page.goto(address);
            for (const width of widths) {
              await page.setViewportSize({ width, height: 900 });
              const where = `${address}, ${width} px, ${theme}`;
              const tooMuch = await page.evaluate(excess);
              if (tooMuch > 0) {
                problems.push(`${where}: ${tooMuch} px too wide`);
              }
              for (const src of await page.evaluate(cutPictures)) {
                problems.push(`${where}: cannot see all of ${src}`);
              }
            }
            // A listing that scrolls can be focused a moment after the width changes.
            await page.waitForFunction(allCanBeFocused, null, {
              timeout: 2_000,
            }).catch(() =>
              problems.push(`${address}: a listing that scrolls has no focus`)
            );
            // The code has half of the elements: it is looked at where a language of
            // listings comes first.
            const all = languagesOf(address);
            const isKnown = all.every((lang) => seen.has(lang));
            for (const lang of all) seen.add(lang);
            // The tests of the player look at its diagrams, which are large.
            const exclude = [".scene .rows", ...isKnown ? ["pre"] : []];
            await page.evaluate(axe.source);
            for (const found of await page.evaluate(violations, { exclude })) {
              problems.push(`${address}, ${theme}: ${found}`);
            }
          }
          await page.context().close();
        }
        assert.deepEqual(problems, []);
      },
    );

    for (const language of LANGUAGES) {
      const inLanguage = new RegExp(language === "en" ? "^/(?!zh/)" : "^/zh/");

      await t.step(`the search finds words: ${language}`, async () => {
        const text = book.chapters[language].map(({ text }) => text).join("\n");
        const words = SEARCHED[language].filter((word) => text.includes(word));
        assert(words.length > 0);
        const page = await visit.page();
        await page.goto(addressOf(find(language, () => true)));
        await page.click("button[data-open-modal]");
        for (const word of words) {
          await page.fill(".pagefind-ui__search-input", word);
          const excerpt = page.locator(".pagefind-ui__result-excerpt", {
            hasText: word,
          });
          const result = page.locator(".pagefind-ui__result", { has: excerpt })
            .locator(".pagefind-ui__result-link").first();
          assert.match(await result.getAttribute("href") ?? "", inLanguage);
        }
        await page.context().close();
      });

      await t.step(
        `the button of a terminal copies the commands: ${language}`,
        async () => {
          const chapter = find(
            language,
            ({ fences }) => fences.some(({ lang }) => lang === "console"),
          );
          const page = await visit.page();
          await page.goto(addressOf(chapter));
          const terminals = chapter.fences.filter(({ lang }) =>
            lang === "console"
          );
          for (const [i, { value }] of terminals.entries()) {
            const frame = page.locator(".is-terminal").nth(i);
            await frame.locator("button").click();
            await frame.locator(".feedback").waitFor();
            const copied = await page.evaluate(
              "navigator.clipboard.readText()",
            );
            assert.equal(copied, commandsOf(value.split("\n")));
            assert.doesNotMatch(String(copied), /^\$ /m);
          }
          await page.context().close();
        },
      );

      await t.step(
        `the other language opens at the same heading: ${language}`,
        async () => {
          const chapter = find(language, ({ headings }) => headings.length > 4);
          const id = book.anchors(chapter)[3];
          const other = LANGUAGES.find((other) => other !== language);
          const target = chapters.find(({ name, language }) =>
            name === chapter.name && language === other
          );
          assert(id !== undefined && target !== undefined);
          for (const width of [1440, 390]) {
            const page = await visit.page(width);
            await page.goto(addressOf(chapter));
            await page.locator(`#${id}`).evaluate((e) => e.scrollIntoView());
            if (width === 390) {
              await page.click(
                "starlight-menu-button, .sl-menu-button, [popovertarget]",
              );
            }
            const select = page.locator("starlight-lang-select select")
              .filter({ visible: true });
            await select.selectOption(addressOf(target));
            await page.waitForURL(`**${addressOf(target)}#${id}`);
            const top = await page.locator(`#${id}`).evaluate((heading) =>
              heading.getBoundingClientRect().top
            );
            assert(top >= 0 && top < 300, `the heading is at ${top} px`);
            await page.context().close();
          }
        },
      );
    }

    await t.step(
      "Python and TypeScript stand side by side where there is room",
      async () => {
        const chapter = find(
          "en",
          ({ fences }) => fences.some(({ lang }) => lang === "python"),
        );
        for (const [width, isBeside] of [[1440, true], [390, false]] as const) {
          const page = await visit.page(width);
          await page.goto(addressOf(chapter));
          const [left, right] = await page.locator(".pair figure").evaluateAll((
            figures,
          ) => figures.map((figure) => figure.getBoundingClientRect().top));
          assert.equal(left === right, isBeside);
          await page.context().close();
        }
      },
    );

    await t.step("a picture follows the theme that was chosen", async () => {
      // In place of those that have a recording, a player stands there.
      const chapter = find(
        "en",
        ({ text }) =>
          [...text.matchAll(/\(pictures\/([\w-]+)\.en\.svg\)/g)]
            .some(([, name = ""]) => !book.recordings.has(name)),
      );
      const page = await visit.page(1440, "light");
      await page.goto(addressOf(chapter));
      const shown = () =>
        page.locator(".picture").filter({ visible: true }).first()
          .getAttribute("src");
      assert.match(await shown() ?? "", /\.light\.svg$/);
      await page.locator("starlight-theme-select select")
        .filter({ visible: true }).selectOption("dark");
      assert.match(await shown() ?? "", /\.dark\.svg$/);
      await page.context().close();
    });

    await t.step("a listing's name leads to its line", async () => {
      const page = await visit.page();
      const chapter = find(
        "en",
        ({ fences }) => fences.some(({ lang }) => lang === "ts"),
      );
      await page.goto(addressOf(chapter));
      await page.locator(".title a[href*='#L']").first().click();
      await page.waitForURL(/\/source\/.*#L\d+$/);
      await page.locator(":target").waitFor();
      await page.context().close();
    });

    await t.step(
      "nothing was reported on the console, and all was loaded",
      () => {
        assert.deepEqual(visit.complaints, []);
      },
    );
  },
});
