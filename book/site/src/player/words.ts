import { item, type Step, type Wait } from "../../../tools/record/steps.ts";
import type { Kind, RecordedRun } from "../../../tools/record/recording.ts";

/** The languages of the player. */
export type PlayerLanguage = "en" | "zh";

/** What the buttons for the runs of a recording are called. */
export const KINDS: Record<Kind, string> = {
  python: "Python",
  deno: "Deno",
  lib: "Deno + lib",
};

const EN = {
  play: "▶ Play",
  pause: "❚❚ Pause",
  back: "Back",
  forward: "Forward",
  toStart: "To the start",
  newest: "To the newest step",
  time: "Time",
  speed: "Speed",
  hex: "Bytes in hexadecimal",
  here: "Link to this step",
  unread: "sent, not read yet",
  empty: "nothing",
  notConnected: "not connected yet",
  closed: "closed",
  notStarted: "not started",
  done: "done",
  stopped: "stopped",
  failed: "failed",
  step: (i: number, of: number) => `Step ${i} of ${of}`,
  names: {} as Record<string, string>,
  elsewhere: "another program",
  line: (n: number) => `line ${n}`,
  bytes: (n: number) => `${count(n)} ${n === 1 ? "byte" : "bytes"}`,
  seconds: (s: string) => `${s} s`,
  space: " ",
  between: ", ",
  colon: ": ",
  stop: ". ",
  quote: (text: string) => `"${text}"`,
  brackets: (text: string) => ` (${text})`,
  listen: (port: string) => `listens on port ${port}`,
  bind: (port: string) => `binds port ${port}`,
  connect: (port: string) => `connects to port ${port}`,
  accept: (port: string) => `accept returns the connection from port ${port}`,
  thread: "starts a thread",
  slept: (s: string) => `has slept ${s}`,
  closeWrite: (op: string) => `${op}: sends no more`,
  close: "closes",
  sends: (op: string, n: number) => `${op} sends ${EN.bytes(n)}`,
  sendsPart: (op: string, n: number, given: number) =>
    `${op} takes ${count(n)} of ${EN.bytes(given)}`,
  returns: (op: string, n: number) => `${op} returns ${EN.bytes(n)}`,
  atEnd: (op: string, value: string) =>
    `${op} returns ${value}, the end of input`,
  fails: (op: string, error: string) => `${op} fails: ${error}`,
  lost: "lost on the way",
  doubled: "doubled on the way",
  interrupt: "gets Ctrl-C",
  ends: "ends",
  endsWith: (status: number) => `ends with exit status ${status}`,
  crashes: (error: string) => `ends with an error: ${error}`,
  waits: (op: string) => `waits in ${op}`,
  sleeps: (s: string) => `sleeps ${s}`,
  timer: (s: string) => `timer, every ${s}`,
  of: (name: string) => ` for ${name}`,
  and: " and ",
  player: (names: string) => `Step by step: ${names}`,
};

const ZH: typeof EN = {
  play: "▶ 播放",
  pause: "❚❚ 暂停",
  back: "后退",
  forward: "前进",
  toStart: "回到开头",
  newest: "到最新一步",
  time: "时间",
  speed: "速度",
  hex: "用十六进制显示字节",
  here: "这一步的链接",
  unread: "已发出，还没有读",
  empty: "空",
  notConnected: "还没有连接",
  closed: "已关闭",
  notStarted: "未启动",
  done: "已结束",
  stopped: "已停止",
  failed: "出错",
  step: (i, of) => `第 ${i} 步，共 ${of} 步`,
  names: {
    program: "程序",
    server: "服务器",
    client: "客户端",
    "client 1": "客户端 1",
    "client 2": "客户端 2",
  },
  elsewhere: "另一个程序",
  line: (n) => `第 ${n} 行`,
  bytes: (n) => `${count(n)} 字节`,
  seconds: (s) => `${s} 秒`,
  space: "",
  between: "，",
  colon: "：",
  stop: "。",
  quote: (text) => `“${text}”`,
  brackets: (text) => `（${text}）`,
  listen: (port) => `开始监听端口 ${port}`,
  bind: (port) => `绑定端口 ${port}`,
  connect: (port) => `连接端口 ${port}`,
  accept: (port) => `accept 返回来自端口 ${port} 的连接`,
  thread: "启动一个线程",
  slept: (s) => `睡眠 ${s}后醒来`,
  closeWrite: (op) => `${op}：不再发送`,
  close: "关闭连接",
  sends: (op, n) => `${op} 发送 ${ZH.bytes(n)}`,
  sendsPart: (op, n, given) =>
    `${op} 只接受了 ${ZH.bytes(given)}中的 ${ZH.bytes(n)}`,
  returns: (op, n) => `${op} 返回 ${ZH.bytes(n)}`,
  atEnd: (op, value) => `${op} 返回 ${value}：输入结束`,
  fails: (op, error) => `${op} 失败：${error}`,
  lost: "在路上丢了",
  doubled: "在路上变成了两份",
  interrupt: "收到 Ctrl-C",
  ends: "结束",
  endsWith: (status) => `结束，退出状态为 ${status}`,
  crashes: (error) => `因错误结束：${error}`,
  waits: (op) => `在 ${op} 中等待`,
  sleeps: (s) => `睡眠 ${s}`,
  timer: (s) => `定时器，每 ${s}一次`,
  of: (name) => ` · ${name}`,
  and: "，",
  player: (names) => `逐步演示：${names}`,
};

/** The words of the player in each language. */
export const WORDS = { en: EN, zh: ZH };

function count(n: number): string {
  return n.toLocaleString("en");
}

const DECODER = new TextDecoder();

const pairsOf = (hex: string): string[] => hex.match(/../g) ?? [];

/** How the characters that cannot be seen are written, as in a program. */
const ESCAPES: Record<string, string> = {
  "\r": "\\r",
  "\n": "\\n",
  "\t": "\\t",
};

const escaped = (c: string) =>
  ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;

/** Bytes as text, with those characters spelled out that cannot be seen. */
export function textOf(hex: string, n: number, room = 40): string {
  const bytes = Uint8Array.from(pairsOf(hex), (pair) => parseInt(pair, 16));
  let text = "";
  for (const c of DECODER.decode(bytes)) {
    text += c < " " || c === "\x7f" ? escaped(c) : c;
    if (text.length > room) break;
  }
  const isAll = text.length <= room && bytes.length === n;
  return isAll ? text : `${text.slice(0, room)}…`;
}

/** Bytes as hexadecimal digits, two for each. */
export function hexOf(hex: string, n: number, room = 24): string {
  const pairs = pairsOf(hex);
  const isAll = pairs.length <= room && pairs.length === n;
  return pairs.slice(0, room).join(" ") + (isAll ? "" : " …");
}

/** What a player says about one run, in one language. */
export class Phrases {
  readonly #words: typeof EN;
  readonly #run: RecordedRun;
  readonly #isHex: () => boolean;

  constructor(
    language: PlayerLanguage,
    run: RecordedRun,
    isHex: () => boolean,
  ) {
    this.#words = WORDS[language];
    this.#run = run;
    this.#isHex = isHex;
  }

  /** A program's name; `null` stands for one that was not recorded. */
  name(program: number | null): string {
    if (program === null) return this.#words.elsewhere;
    const { name } = item(this.#run.programs, program);
    return this.#words.names[name] ?? name;
  }

  bytes(hex: string, n: number): string {
    return (this.#isHex() ? hexOf : textOf)(hex, n);
  }

  /** What happens in a step, without its program and line. */
  action({ what, call, program }: Step): string {
    const words = this.#words;
    if (what === "interrupt") return words.interrupt;
    const { language, error, interrupted, status } = item(
      this.#run.programs,
      program,
    );
    if (call === undefined) {
      if (error !== undefined) return words.crashes(error);
      const isOdd = status !== 0 && interrupted === undefined;
      return isOdd ? words.endsWith(status) : words.ends;
    }
    const { op, n, given, data = "", isEnd, link, port } = call;
    if (call.error !== undefined) return words.fails(op, call.error);
    if (isEnd) return words.atEnd(op, language === "python" ? "b''" : "null");
    if (n !== undefined) {
      const verb = op === "lost" || op === "doubled"
        ? words[op]
        : given !== undefined
        ? words.sendsPart(op, n, given)
        : /^(?:write|send)/.test(op)
        ? words.sends(op, n)
        : words.returns(op, n);
      const bytes = this.bytes(data, n);
      return verb + words.colon +
        (this.#isHex() ? bytes : words.quote(bytes));
    }
    const [near, far] = link === undefined
      ? []
      : item(this.#run.links, link).ports;
    const phrases: Record<string, () => string> = {
      listen: () => words.listen(`${port}`),
      bind: () => words.bind(`${port}`),
      connect: () => words.connect(`${far}`),
      accept: () => words.accept(`${near}`),
      sleep: () => words.slept(this.#seconds(call.ms)),
      thread: () => words.thread,
      close: () => words.close,
    };
    return phrases[op]?.() ?? words.closeWrite(op);
  }

  /** The word for a line in which a program waits. */
  wait({ op, ms, link }: Wait, program: number): string {
    const words = this.#words;
    const what = op === "sleep"
      ? words.sleeps(this.#seconds(ms))
      : op === "timer"
      ? words.timer(this.#seconds(ms))
      : words.waits(op);
    // With several clients, a server waits for each of them.
    const peers = this.#run.links.map(({ programs }) => programs)
      .filter((programs) => programs[1] === program);
    if (link === undefined || new Set(peers.map(([p]) => p)).size < 2) {
      return what;
    }
    return what +
      words.of(this.name(item(this.#run.links, link).programs[0]));
  }

  #seconds(ms = 0): string {
    return this.#words.seconds(String(Math.round(ms) / 1000));
  }

  /** The whole step as sentences. */
  sentences(step: Step): string {
    const words = this.#words;
    const { call, program } = step;
    const where = call === undefined
      ? words.space
      : words.between + (call.file ?? words.line(call.line)) + words.colon;
    const first = this.#start(program) + where + this.action(step);
    const others = step.waits.flatMap((waits, p) => {
      const all = waits.filter(({ isWaiting }) => isWaiting).map((wait) =>
        this.wait(wait, p) + words.brackets(words.line(wait.line))
      );
      return all.length === 0
        ? []
        : [this.#start(p) + words.space + all.join(words.and)];
    });
    return [first, ...others, ""].join(words.stop).trim();
  }

  /** A name as it begins a sentence. */
  #start(program: number): string {
    const name = this.name(program);
    return name.charAt(0).toUpperCase() + name.slice(1);
  }
}
