import { satteri } from "@astrojs/markdown-satteri";
import starlight from "@astrojs/starlight";
import type { StarlightPlugin } from "@astrojs/starlight/types";
import type { AstroIntegration } from "astro";
import { defineConfig } from "astro/config";
import { Book } from "./src/book.ts";
import { lineAnchors, sourceLinks, terminals } from "./src/code_blocks.ts";
import {
  type Language,
  LANGUAGES,
  SEARCH_IN_CHINESE,
  WORDS,
} from "./src/languages.ts";
import { chapterPlugin } from "./src/markdown.ts";
import { pictureFiles, recordingFiles } from "./src/pictures.ts";
import { BASE, REPOSITORY } from "./src/settings.ts";

const book = new Book();

const pictures: AstroIntegration = {
  name: "pictures",
  hooks: {
    async "astro:build:done"({ dir }) {
      for (
        const [path, text] of [...pictureFiles(book), ...recordingFiles(book)]
      ) {
        const file = new URL(path, dir);
        await Deno.mkdir(new URL(".", file), { recursive: true });
        await Deno.writeTextFile(file, text);
      }
    },
  },
};

/** The words of the search, which Starlight and Pagefind lack in Chinese. */
const searchWords: StarlightPlugin = {
  name: "search words",
  hooks: {
    "config:setup": () => {}, // Starlight demands it.
    "i18n:setup"({ injectTranslations }) {
      injectTranslations({ [WORDS.zh.tag]: SEARCH_IN_CHINESE });
    },
  },
};

/** The contents page, and below it the groups that it has. */
const sidebar = [
  {
    label: WORDS[LANGUAGES[0]].contents,
    translations: translated(({ contents }) => contents),
    link: "/",
  },
  ...book.groups().map(({ labels, pages }) => ({
    label: labels[LANGUAGES[0]],
    translations: translated((_, language) => labels[language]),
    items: pages.map(({ id }) => id),
  })),
];

function translated(
  text: (words: typeof WORDS[Language], language: Language) => string,
): Record<string, string> {
  return Object.fromEntries(
    LANGUAGES.map((language) => {
      const words = WORDS[language];
      return [words.tag, text(words, language)];
    }),
  );
}

export default defineConfig({
  base: BASE,
  trailingSlash: "always",
  markdown: {
    processor: satteri({
      mdastPlugins: [chapterPlugin(book)],
      features: {
        smartPunctuation: { quotes: true, dashes: false, ellipses: false },
      },
    }),
  },
  integrations: [
    starlight({
      title: Object.fromEntries(
        LANGUAGES.map((
          language,
        ) => [WORDS[language].tag, WORDS[language].title]),
      ),
      locales: Object.fromEntries(
        LANGUAGES.map((language, i) => [
          i === 0 ? "root" : language,
          { label: WORDS[language].label, lang: WORDS[language].tag },
        ]),
      ),
      social: REPOSITORY === undefined
        ? []
        : [{ icon: "github", label: "GitHub", href: REPOSITORY }],
      plugins: [searchWords],
      sidebar,
      customCss: [
        "./src/styles.css",
        "./src/player/player.css",
        "./src/player/programs.css",
        "./src/player/diagram.css",
        "./src/player/layout.css",
      ],
      components: {
        LanguageSelect: "./src/components/LanguageSelect.astro",
        MarkdownContent: "./src/components/MarkdownContent.astro",
      },
      expressiveCode: {
        defaultProps: { wrap: true, hangingIndent: 2 },
        frames: {
          extractFileNameFromCode: false,
          removeCommentsWhenCopyingTerminalFrames: false,
        },
        plugins: [terminals(), sourceLinks(), lineAnchors()],
      },
    }),
    pictures,
  ],
});
