import type { Kind } from "../../../tools/record/recording.ts";
import type { Head } from "./frame.ts";
import { EN as WORDS_EN, type PlayerLanguage } from "./words.ts";
import { ZH as WORDS_ZH } from "./words_zh.ts";

const WORDS = { en: WORDS_EN, zh: WORDS_ZH };

/** What a scene of the book asks, what is to be seen in it, and what is to be learnt. */
export interface Scene extends Head {
  /** The answer; it may depend on the programs. */
  answer?: string | { [kind in Kind]?: string };
}

const EN: Record<string, Scene> = {
  exchange: {
    question: "Where does the response end?",
    lead:
      "A client asks for a page. The server sends the header at once, and the body 300 ms later.",
    answer:
      "At the end of input. The response came in two reads, and only the FIN of the server tells the client that no more will come.",
  },
  conversation: {
    question: "Who waits for whom?",
    lead: "A client sends three names. The server takes a second for each.",
    answer:
      "The client waits for the server, a second for each name. While they are connected, the server waits for a name for milliseconds only: it sleeps most of the time.",
  },
  "two-clients": {
    question: "Does the second client wait for the first?",
    lead: "Two clients talk to one server, which takes a second for each name.",
    answer:
      "No. The server has a thread or task for each. While one sleeps, the other serves.",
  },
  crash: {
    question: "What if the client is gone before the greeting?",
    lead:
      "A client sends a name and resets the connection while the server still sleeps.",
    answer: {
      python:
        "The write fails. The error ends one thread, and the server goes on.",
      deno:
        "The write fails. Nothing catches the error, so the whole server ends.",
      lib:
        "The write fails. The server closes this connection and serves the next one.",
    },
  },
  sticks: {
    question: "Is one write one read?",
    lead:
      "While the server sleeps, the client sends two names with two writes.",
    answer:
      "No. TCP is a stream of bytes: one read returned both names, and the server greets TracySarah.",
  },
  halves: {
    question: "Is one read one greeting?",
    lead: "The server sends each greeting in two halves, 100 ms apart.",
    answer: {
      python:
        "No. One recv returned half a greeting. This client takes each half for a whole one, and is gone before the rest comes.",
      deno: "No, but this client reads on until the greeting is whole.",
    },
  },
  "half-close": {
    question: "Can you stop sending and still receive?",
    lead:
      "A client sends a name of 1,500 bytes and ends its direction. The server reads at most 1,024 bytes at a time.",
    answer:
      "Yes. FIN ends one direction. It waits behind the bytes that were sent before it. The other direction goes on.",
  },
  ask: {
    question: "Who is told that the client has ended?",
    lead: "A client sends three datagrams. The server sends one back for each.",
    answer:
      "Nobody. UDP has no connection: nothing is opened, nothing is closed, and each datagram brings the address to send the response to.",
  },
  lost: {
    question: "Who notices that a datagram is lost?",
    lead:
      "The server drops the first datagram, as a network does that is too busy.",
    answer: {
      python:
        "Nobody. The client waits in recv until Ctrl-C: UDP reports no loss.",
      deno:
        "The client, with a time limit of its own: after a second it sends the name again.",
    },
  },
  late: {
    question: "Which request does a response belong to?",
    lead:
      "The first response takes 1.5 s. The client asks again after a second.",
    answer:
      "UDP does not tell. The name went out twice, so two greetings come back; from then on each name gets the greeting before its own.",
  },
  "early-reset": {
    question: "What if a client is gone before accept?",
    lead:
      "A second connection is reset while the server is busy with the first one.",
    answer: {
      deno:
        "The accept fails, and the server with it. So the third connection is refused. A server has to go on.",
      lib:
        "The accept fails. This server goes on, and so it serves the third connection.",
    },
  },
  drain: {
    question: "What does Ctrl-C do to a client that waits?",
    lead: "The server gets Ctrl-C while it works on a greeting.",
    answer: {
      python:
        "The server ends at once. The client reads the end of input in place of its greeting.",
      deno:
        "The server ends at once. The client gets no greeting, writes on, and fails.",
      lib:
        "The server accepts no more connections, but sends this greeting before it ends.",
    },
  },
};

const ZH: Record<string, Scene> = {
  exchange: {
    question: "响应到哪里结束？",
    lead: "客户端请求一个网页。服务器立刻发送响应头，300 毫秒后才发送正文。",
    answer:
      "到输入结束为止。响应分两次读到，只有服务器的 FIN 告诉客户端不会再有数据。",
  },
  conversation: {
    question: "谁在等谁？",
    lead: "客户端发送三个名字，服务器处理每个名字要一秒。",
    answer:
      "是客户端在等服务器，每个名字一秒。连接期间，服务器等一个名字只等几毫秒，其余时间几乎都在睡眠。",
  },
  "two-clients": {
    question: "第二个客户端要等第一个吗？",
    lead: "两个客户端同时连接一个服务器，服务器处理每个名字要一秒。",
    answer:
      "不用。服务器为每个客户端各开一个线程或任务：一个在睡眠时，另一个照样服务。",
  },
  crash: {
    question: "问候还没发出，客户端就走了，会怎样？",
    lead: "客户端发送一个名字，趁服务器还在睡眠时重置了连接。",
    answer: {
      python: "写数据失败。这个错误只结束一个线程，服务器继续运行。",
      deno: "写数据失败。没有代码捕获这个错误，整个服务器随之退出。",
      lib: "写数据失败。服务器关闭这个连接，继续服务下一个。",
    },
  },
  sticks: {
    question: "一次写就是一次读吗？",
    lead: "服务器睡眠时，客户端分两次写出两个名字。",
    answer:
      "不是。TCP 是字节流：一次读就拿到了两个名字，服务器问候的是 TracySarah。",
  },
  halves: {
    question: "一次读就是一句问候吗？",
    lead: "服务器把每句问候分成两半发送，中间隔 100 毫秒。",
    answer: {
      python:
        "不是。一次 recv 只返回了半句。这个客户端把每个半句都当成一整句，没等到其余部分就走了。",
      deno: "不是，但这个客户端会一直读到整句为止。",
    },
  },
  "half-close": {
    question: "不再发送，还能接收吗？",
    lead:
      "客户端发送 1,500 字节的名字，然后结束自己的发送方向。服务器每次最多读 1,024 字节。",
    answer:
      "能。FIN 只结束一个方向，并且排在先前发出的字节之后；另一个方向照常。",
  },
  ask: {
    question: "客户端退出了，谁会知道？",
    lead: "客户端发送三个数据报，服务器对每一个都返回一个。",
    answer:
      "没有人知道。UDP 没有连接：不用打开，也不用关闭；每个数据报都带着来源地址，响应就发往那里。",
  },
  lost: {
    question: "谁会发现数据报丢了？",
    lead: "服务器丢弃第一个数据报，就像繁忙的网络那样。",
    answer: {
      python: "没有人发现。客户端在 recv 中一直等到 Ctrl-C：UDP 不报告丢包。",
      deno: "客户端自己设了超时：一秒后重新发送这个名字。",
    },
  },
  late: {
    question: "这个响应属于哪个请求？",
    lead: "第一个响应要 1.5 秒，客户端一秒后就重发了请求。",
    answer:
      "UDP 不会说明。名字发了两次，问候也来了两次；从此每个名字得到的都是前一个的问候。",
  },
  "early-reset": {
    question: "accept 之前客户端就走了，会怎样？",
    lead: "服务器还在处理第一个连接时，第二个连接被重置了。",
    answer: {
      deno:
        "accept 失败，服务器也随之退出，第三个连接因此被拒绝。服务器应当继续运行。",
      lib: "accept 失败。这个服务器继续运行，所以第三个连接得到了服务。",
    },
  },
  drain: {
    question: "按下 Ctrl-C，正在等待的客户端会怎样？",
    lead: "服务器正在处理一个名字时收到 Ctrl-C。",
    answer: {
      python: "服务器立刻退出。客户端没有读到问候，只读到输入结束。",
      deno: "服务器立刻退出。客户端没有得到问候，继续写就出错了。",
      lib: "服务器不再接受新连接，但会先把这句问候发完再退出。",
    },
  },
};

/** The texts of a scene; those of a reader's own programs if it has no others. */
export function sceneOf(language: PlayerLanguage, name: string): Scene {
  const { question, lead } = WORDS[language];
  return { en: EN, zh: ZH }[language][name] ?? { question, lead };
}

/** The answer of a scene for its programs. */
export function answerOf({ answer }: Scene, kind: Kind): string | undefined {
  return typeof answer === "string" ? answer : answer?.[kind];
}

/** The scenes that have texts in a language. */
export const scenesIn = (language: PlayerLanguage) =>
  Object.keys({ en: EN, zh: ZH }[language]);
