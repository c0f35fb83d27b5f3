import type { Step, Wait } from "../../../../tools/record/steps.ts";
import type { RecordedRun } from "../../../../tools/record/recording.ts";

/** The languages of the player. */
export type PlayerLanguage = "en" | "zh";

const EN = {
  play: "Play",
  pause: "Pause",
  back: "Back",
  forward: "Forward",
  toStart: "To the start",
  time: "Time",
  speed: "Speed",
  hex: "Bytes in hexadecimal",
  here: "Link to this step",
  unread: "sent, not read yet",
  empty: "nothing",
  done: "done",
  stopped: "stopped",
  failed: "failed",
  step: (i: number, of: number) => `Step ${i} of ${of}`,
  names: {} as Record<string, string>,
  line: (n: number) => `line ${n}`,
  bytes: (n: number) =>
    `${n.toLocaleString("en")} ${n === 1 ? "byte" : "bytes"}`,
  seconds: (s: string) => `${s} s`,
  between: ", ",
  colon: ": ",
  stop: ".",
  now: {
    listen: (port: string) => `listens on port ${port}`,
    bind: (port: string) => `binds port ${port}`,
    connect: (port: string) => `connects to port ${port}`,
    accept: (port: string) => `accept returns the connection from port ${port}`,
    thread: () => "starts a thread",
    sleep: (s: string) => `has slept ${s}`,
    closeWrite: (op: string) => `${op}: nothing more is sent`,
    close: () => "closes",
  },
  sends: (op: string, bytes: string) => `${op} sends ${bytes}`,
  returns: (op: string, bytes: string) => `${op} returns ${bytes}`,
  atEnd: (op: string, value: string) =>
    `${op} returns ${value}, the end of input`,
  fails: (op: string, error: string) => `${op} fails: ${error}`,
  ends: "has ended",
  interrupted: "is stopped with Ctrl-C",
  crashes: (error: string) => `ends with an error: ${error}`,
  waits: (who: string, where: string) => `The ${who} ${where}`,
  waiting: (op: string) => `waits in ${op}`,
  sleeping: (s: string) => `sleeps ${s}`,
  timer: (s: string) => `timer, every ${s}`,
  and: " and ",
  who: (name: string, isLabel: boolean) =>
    isLabel ? name.charAt(0).toUpperCase() + name.slice(1) : `The ${name}`,
  player: (names: string) => `Step by step: ${names}`,
};

const ZH: typeof EN = {
  play: "播放",
  pause: "暂停",
  back: "后退",
  forward: "前进",
  toStart: "回到开头",
  time: "时间",
  speed: "速度",
  hex: "用十六进制显示字节",
  here: "这一步的链接",
  unread: "已发出，还没有读",
  empty: "空",
  done: "已结束",
  stopped: "已停止",
  failed: "出错",
  step: (i, of) => `第 ${i} 步，共 ${of} 步`,
  names: {
    server: "服务器",
    client: "客户端",
    "client 1": "客户端 1",
    "client 2": "客户端 2",
  },
  line: (n) => `第 ${n} 行`,
  bytes: (n) => `${n.toLocaleString("en")} 字节`,
  seconds: (s) => `${s} 秒`,
  between: "，",
  colon: "：",
  stop: "。",
  now: {
    listen: (port) => `开始监听端口 ${port}`,
    bind: (port) => `绑定端口 ${port}`,
    connect: (port) => `连接端口 ${port}`,
    accept: (port) => `accept 返回来自端口 ${port} 的连接`,
    thread: () => "启动一个线程",
    sleep: (s) => `睡了 ${s}`,
    closeWrite: (op) => `${op}：不再发送`,
    close: () => "关闭",
  },
  sends: (op, bytes) => `${op} 发出 ${bytes}`,
  returns: (op, bytes) => `${op} 返回 ${bytes}`,
  atEnd: (op, value) => `${op} 返回 ${value}：输入结束`,
  fails: (op, error) => `${op} 失败：${error}`,
  ends: "已经结束",
  interrupted: "被 Ctrl-C 停止",
  crashes: (error) => `因错误结束：${error}`,
  waits: (who, where) => `${who}${where}`,
  waiting: (op) => `在 ${op} 中等待`,
  sleeping: (s) => `睡眠 ${s}`,
  timer: (s) => `定时器，每 ${s}一次`,
  and: "，",
  who: (name) => name,
  player: (names) => `逐步演示：${names}`,
};

/** The words of the player in each language. */
export const WORDS = { en: EN, zh: ZH };

const DECODER = new TextDecoder();

/** Bytes as text, with pictures of the characters that cannot be seen. */
export function textOf(hex: string, n: number, room = 40): string {
  const bytes = Uint8Array.from(
    hex.match(/../g) ?? [],
    (pair) => parseInt(pair, 16),
  );
  const text = [...DECODER.decode(bytes)].map((c) =>
    c < " " ? String.fromCodePoint(0x2400 + c.codePointAt(0)!) : c
  );
  const isAll = text.length <= room && bytes.length === n;
  return text.slice(0, room).join("") + (isAll ? "" : "…");
}

/** Bytes as hexadecimal digits, two for each. */
export function hexOf(hex: string, n: number, room = 24): string {
  const pairs = hex.match(/../g) ?? [];
  const isAll = pairs.length <= room && pairs.length === n;
  return pairs.slice(0, room).join(" ") + (isAll ? "" : " …");
}

/** What a player says: in one language, about one run. */
export class Phrases {
  readonly run: RecordedRun;
  readonly isHex: () => boolean;
  readonly #words: typeof EN;

  constructor(
    language: PlayerLanguage,
    run: RecordedRun,
    isHex: () => boolean,
  ) {
    this.run = run;
    this.isHex = isHex;
    this.#words = WORDS[language];
  }

  name(program: number): string {
    const { name = "" } = this.run.programs[program] ?? {};
    return this.#words.names[name] ?? name;
  }

  bytes(hex: string, n: number): string {
    return (this.isHex() ? hexOf : textOf)(hex, n);
  }

  /** What happens in a step, without who and where. */
  action({ call, program }: Step): string {
    const words = this.#words;
    if (call === undefined) {
      const { error, isStopped } = this.run.programs[program]!;
      return error !== undefined
        ? words.crashes(error)
        : isStopped
        ? words.interrupted
        : words.ends;
    }
    const { op, n, data = "", error, isEnd, link, port } = call;
    if (error !== undefined) return words.fails(op, error);
    if (isEnd) {
      const isPython = this.run.programs[program]!.language === "python";
      return words.atEnd(op, isPython ? "b''" : "null");
    }
    if (n !== undefined) {
      const say = /^(?:write|send)/.test(op) ? words.sends : words.returns;
      return say(op, words.bytes(n)) + words.colon + this.bytes(data, n);
    }
    const ports = link === undefined ? [] : this.run.links[link]!.ports;
    if (op === "listen" || op === "bind") return words.now[op](String(port));
    if (op === "connect") return words.now.connect(String(ports[1]));
    if (op === "accept") return words.now.accept(String(ports[0]));
    if (op === "sleep") return words.now.sleep(this.seconds(call.ms));
    if (op === "shutdown" || op === "closeWrite") {
      return words.now.closeWrite(op);
    }
    return op === "thread" ? words.now.thread() : words.now.close();
  }

  /** The word for a line in which a program waits. */
  wait({ op, ms, link }: Wait, program: number): string {
    const words = this.#words;
    const what = op === "sleep"
      ? words.sleeping(this.seconds(ms))
      : op === "timer"
      ? words.timer(this.seconds(ms))
      : words.waiting(op);
    // With several clients, a server waits for each of them.
    const { links } = this.run;
    const isOne = links.filter(({ programs }) => programs.includes(program))
      .length < 2;
    if (link === undefined || isOne) return what;
    return `${what} · ${this.name(this.run.links[link]!.programs[0])}`;
  }

  seconds(ms = 0): string {
    return this.#words.seconds(String(Math.round(ms) / 1000));
  }

  /** The whole step as sentences. */
  sentences(step: Step): string {
    const words = this.#words;
    const where = step.call === undefined
      ? ""
      : words.between + words.line(step.call.line) + words.colon;
    const between = where === "" && words === EN ? " " : "";
    const first = words.who(this.name(step.program), where !== "") +
      (where || between) +
      this.action(step) + words.stop;
    const others = step.waits.flatMap((waits, p) => {
      const waiting = waits.filter(({ isWaiting }) => isWaiting);
      if (waiting.length === 0) return [];
      const all = waiting.map((wait) => {
        const line = words.line(wait.line);
        return this.wait(wait, p) +
          (words === EN ? ` (${line})` : `（${line}）`);
      });
      return [words.waits(this.name(p), all.join(words.and)) + words.stop];
    });
    return [first, ...others].join(words === EN ? " " : "");
  }
}
