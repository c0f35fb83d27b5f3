/** The languages of the pictures. */
export type Language = "en" | "zh";

/** What a picture says. */
export interface Words {
  /** Its language, as in HTML's `lang`. */
  tag: string;
  /** Who has connected, or asked first. */
  client: string;
  /** Who was there already. */
  server: string;
  /** A connection begins. */
  open: string;
  /** One side has ended what it sends. */
  end: string;
  /** One side has closed the connection. */
  close: string;
  /** It has failed. */
  error: string;
  /** So many bytes. */
  bytes(count: number): string;
  /** So many seconds without anything. */
  seconds(count: number): string;
  /** What the whole picture shows. */
  title(client: string, server: string): string;
}

/** What the pictures say in each language. */
export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    tag: "en",
    client: "client",
    server: "server",
    open: "connects",
    end: "end",
    close: "closes",
    error: "error",
    bytes: (count) =>
      `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`,
    seconds: (count) => `${count} ${count === 1 ? "second" : "seconds"}`,
    title: (client, server) => `What ${client} and ${server} have said`,
  },
  zh: {
    tag: "zh-CN",
    client: "客户端",
    server: "服务器",
    open: "建立连接",
    end: "发送完毕",
    close: "关闭",
    error: "出错",
    bytes: (count) => `${count.toLocaleString("en")} 字节`,
    seconds: (count) => `${count} 秒`,
    title: (client, server) => `${client} 和 ${server} 的对话`,
  },
};
