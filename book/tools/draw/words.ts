/** The languages of the pictures. */
export type Language = "en" | "zh";

/** The words of a picture. */
export interface Words {
  /** Its language, as in HTML's `lang`. */
  tag: string;
  /** The side that connected, or sent first. */
  client: string;
  /** The side that listened. */
  server: string;
  /** What is between the two: bytes that were written and not read yet. */
  buffers: string;
  /** A connection begins. */
  open: string;
  /** One side has ended its output (a half-close). */
  end: string;
  /** One side has closed the connection. */
  close: string;
  /** The connection has failed. */
  error: string;
  /** A number of bytes. */
  bytes(count: number): string;
  /** A number of seconds in which nothing happened. */
  seconds(count: number): string;
  /** The title of the whole picture. */
  title(client: string, server: string): string;
}

/** The words in each language. */
export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    tag: "en",
    client: "client",
    server: "server",
    buffers: "the kernels' buffers",
    open: "connects",
    end: "end",
    close: "closes",
    error: "error",
    bytes: (count) =>
      `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`,
    seconds: (count) => `${count} ${count === 1 ? "second" : "seconds"}`,
    title: (client, server) =>
      `What ${client} and ${server} send to each other`,
  },
  zh: {
    tag: "zh-CN",
    client: "客户端",
    server: "服务器",
    buffers: "内核的缓冲区",
    open: "建立连接",
    end: "发送完毕",
    close: "关闭",
    error: "出错",
    bytes: (count) => `${count.toLocaleString("en")} 字节`,
    seconds: (count) => `${count} 秒`,
    title: (client, server) => `${client} 和 ${server} 互相发送的内容`,
  },
};
