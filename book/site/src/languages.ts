/** The languages of the book, the first one first. */
export const LANGUAGES = ["en", "zh"] as const;

/** One of {@linkcode LANGUAGES}. */
export type Language = typeof LANGUAGES[number];

/** What the pages say by themselves, beside the chapters. */
interface Words {
  /** The language's tag, as HTML and Starlight name it. */
  tag: string;
  /** The language as its readers name it. */
  label: string;
  /** The name of the book in the head of each page. */
  title: string;
  /** The contents page in the list of chapters. */
  contents: string;
  /** Under the title on the cover: what the book is, and for whom. */
  tagline: string;
  /** On the cover: the button that leads to the first chapter. */
  start: string;
  /** On the cover: the button that leads to the tutorial. */
  tutorial: string;
  /** On the cover: the button that leads to the other language. */
  otherLanguage: string;
  /** For an address that leads nowhere: what happened, and the way home. */
  notFound: { text: string; home: string };
  /** The lines that a listing shows. */
  lines(first: number, last: number): string;
  /** The caption of a terminal that is alone. */
  terminal: string;
  /** The captions of terminals by their roles. */
  roles: Record<string, string>;
}

/** The words in each language. */
export const WORDS: Record<Language, Words> = {
  en: {
    tag: "en",
    label: "English",
    title: "TCP and UDP on Deno",
    contents: "Contents",
    tagline:
      "Sockets, step by step: what each side runs, what crosses the wire, who waits for whom. Run every failure, and its cure.",
    start: "Start reading",
    tutorial: "The tutorial in Python",
    otherLanguage: "中文版",
    notFound: {
      text:
        "This page does not exist. It may have moved, or the address has a mistake.",
      home: "To the contents",
    },
    lines: (first, last) =>
      first === last ? `line ${first}` : `lines ${first}–${last}`,
    terminal: "Terminal",
    // Any other role is its own caption.
    roles: {
      first: "First terminal",
      second: "Second terminal",
      tcp: "TCP",
      udp: "UDP",
    },
  },
  zh: {
    tag: "zh-CN",
    label: "简体中文",
    title: "用 Deno 写 TCP 和 UDP",
    contents: "目录",
    tagline:
      "一步一步学套接字编程：两边各运行到哪一行，网络上传的是什么，谁在等谁。每种故障都能亲手重现，再亲手改好。",
    start: "开始阅读",
    tutorial: "Python 原教程",
    otherLanguage: "English",
    notFound: {
      text: "没有这个页面。它可能换了地址，也可能是地址写错了。",
      home: "回到目录",
    },
    lines: (first, last) =>
      first === last ? `第 ${first} 行` : `第 ${first}–${last} 行`,
    terminal: "终端",
    roles: {
      server: "服务器",
      client: "客户端",
      sender: "发送方",
      receiver: "接收方",
      first: "第一个终端",
      second: "第二个终端",
      relay: "转发器",
      shell: "终端",
      tcp: "TCP",
      udp: "UDP",
    },
  },
};

/** What the search says in Chinese, by Starlight's keys. */
export const SEARCH_IN_CHINESE = {
  "pagefind.clear_search": "清除",
  "pagefind.load_more": "更多结果",
  "pagefind.search_label": "搜索本书",
  "pagefind.filters_label": "筛选",
  "pagefind.zero_results": "没有找到“[SEARCH_TERM]”",
  "pagefind.many_results": "“[SEARCH_TERM]”：[COUNT] 个结果",
  "pagefind.one_result": "“[SEARCH_TERM]”：[COUNT] 个结果",
  "pagefind.alt_search":
    "没有找到“[SEARCH_TERM]”，下面是“[DIFFERENT_TERM]”的结果",
  "pagefind.search_suggestion": "没有找到“[SEARCH_TERM]”，可以试试：",
  "pagefind.searching": "正在搜索“[SEARCH_TERM]”……",
};
