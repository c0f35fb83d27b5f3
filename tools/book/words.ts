/** The languages of the book, each a folder of `docs/`, the first one first. */
export const LANGUAGES = ["en", "zh"] as const;

/** One of {@linkcode LANGUAGES}. */
export type Language = typeof LANGUAGES[number];

/** What the pages say by themselves, beside the chapters. */
export interface Words {
  /** The language as HTML names it. */
  tag: string;
  /** The language as its readers name it. */
  name: string;
  /** Above a chapter's title. */
  chapter(number: string): string;
  /** The name of a listing's lines. */
  lines(first: number, last: number): string;
  /** The name of a terminal, by what it was called in the chapter. */
  terminal(name: string): string;
  /** The name of a terminal's text, for who does not see it. */
  terminalLabel(name: string): string;
  /** Above the links to the parts of a chapter. */
  inThisChapter: string;
  /** The name of the links to the previous and the next chapter. */
  chapters: string;
  /** The name of the link to the other language. */
  language: string;
  /** The link to the previous chapter. */
  previous: string;
  /** The link to the next chapter. */
  next: string;
  /** The link over the head of the page. */
  skip: string;
  /** The name of a code block that has none. */
  code: string;
  /** The name of what holds a picture; the picture says itself what it shows. */
  picture: string;
  /** Before the chapters that refer to a file. */
  referredToIn: string;
}

const NAME_AND_NUMBER = /^(.*?)(\d*)$/;
const CHINESE: Record<string, string> = { client: "客户端", server: "服务器" };

/** The words in each language. */
export const WORDS: Record<Language, Words> = {
  en: {
    tag: "en",
    name: "English",
    chapter: (number) => `Chapter ${number}`,
    lines: (first, last) =>
      first === last ? `line ${first}` : `lines ${first}–${last}`,
    terminal: (name) => name.replace(NAME_AND_NUMBER, "$1 $2").trim(),
    terminalLabel: (name) => `Terminal: ${name}`,
    inThisChapter: "In this chapter",
    chapters: "Chapters",
    language: "Language",
    previous: "Previous",
    next: "Next",
    skip: "Skip to the text",
    code: "Code",
    picture: "Picture",
    referredToIn: "Referred to in",
  },
  zh: {
    tag: "zh-Hans",
    name: "中文",
    chapter: (number) => `第 ${number} 章`,
    lines: (first, last) =>
      first === last ? `第 ${first} 行` : `第 ${first}–${last} 行`,
    terminal: (name) => {
      const [, word = name, number = ""] = NAME_AND_NUMBER.exec(name) ?? [];
      return `${CHINESE[word] ?? word} ${number}`.trim();
    },
    terminalLabel: (name) => `终端：${name}`,
    inThisChapter: "本章内容",
    chapters: "章节",
    language: "语言",
    previous: "上一章",
    next: "下一章",
    skip: "跳到正文",
    code: "代码",
    picture: "图",
    referredToIn: "提到它的章节",
  },
};
