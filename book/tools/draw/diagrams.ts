import { escapeHtml } from "../escape_html.ts";
import { arrow, cross, picture, type Side, text, upright } from "./shapes.ts";
import { type Language, WORDS } from "./words.ts";

const WIDTH = 480;
const CLIENT = 76;
const SERVER = WIDTH - 76;
const ROW = 40;

/** What the diagrams need beyond the style of the traces. */
const MORE = `
.box { fill: none; stroke: #8c959f; stroke-width: 1.5 }
.run { stroke: none; fill-opacity: 0.9 }
.third { stroke: #bc4c00; fill: #bc4c00 }
.wait { stroke: #8c959f; stroke-width: 1.5; stroke-dasharray: 2 5 }
.left { text-anchor: start }
@media (prefers-color-scheme: dark) {
  .box, .wait { stroke: #6e7681 }
  .third { stroke: #f0883e; fill: #f0883e }
}
`;

/** A text in both languages. */
type Both = Record<Language, string>;

/** One row of a sequence: a packet from one side to the other, or what a side does. */
type Row =
  | { from: Side; packet: Both }
  | { at: Side; note: Both; isEnd?: boolean };

const same = (text: string): Both => ({ en: text, zh: text });

const HANDSHAKE: Row[] = [
  { at: "client", note: same("connect()") },
  { from: "client", packet: same("SYN") },
  { from: "server", packet: same("SYN, ACK") },
  {
    at: "client",
    note: { en: "connect() returns", zh: "connect() 返回" },
  },
  { from: "client", packet: same("ACK") },
  {
    at: "server",
    note: { en: "accept() can return it", zh: "accept() 可以取走" },
  },
  { from: "client", packet: { en: "data, ACK", zh: "数据、ACK" } },
  { from: "server", packet: { en: "data, ACK", zh: "数据、ACK" } },
  { at: "server", note: same("close()") },
  { from: "server", packet: same("FIN") },
  {
    at: "client",
    note: { en: "read() returns null", zh: "read() 返回 null" },
  },
  { from: "client", packet: same("ACK") },
];

const TEARDOWN: Row[] = [
  { at: "client", note: same("close()") },
  { from: "client", packet: same("FIN") },
  { from: "server", packet: same("ACK") },
  { at: "server", note: { en: "read() returns null", zh: "read() 返回 null" } },
  { at: "server", note: same("close()") },
  { from: "server", packet: same("FIN") },
  { from: "client", packet: same("ACK") },
  {
    at: "server",
    note: { en: "closed, port free", zh: "已关闭，端口空闲" },
    isEnd: true,
  },
  {
    at: "client",
    note: { en: "TIME_WAIT, 60 s on Linux", zh: "TIME_WAIT，Linux 上 60 秒" },
  },
  {
    at: "client",
    note: { en: "closed", zh: "已关闭" },
    isEnd: true,
  },
];

/** Draws the packets between two kernels, from top to bottom. */
function sequence(rows: Row[], language: Language, title: Both): string {
  const words = WORDS[language];
  const drawn: string[] = [];
  const ends = { client: 0, server: 0 };
  let y = 44;
  for (const row of rows) {
    if ("packet" in row) {
      y += ROW;
      const isRight = row.from === "client";
      const [from, to] = isRight ? [CLIENT, SERVER] : [SERVER, CLIENT];
      drawn.push(arrow(from, to, y, row.from, false));
      drawn.push(text("label", WIDTH / 2, y - 8, row.packet[language]));
    } else {
      y += ROW * 0.7;
      const isClient = row.at === "client";
      const x = isClient ? CLIENT + 16 : SERVER - 16;
      const anchor = isClient ? "start" : "end";
      const note = escapeHtml(row.note[language]);
      drawn.push(
        `<text class="word" style="text-anchor: ${anchor}" x="${x}" y="${
          y + 4
        }">${note}</text>`,
      );
      if (row.isEnd) {
        drawn.push(cross(isClient ? CLIENT : SERVER, y, row.at));
        ends[row.at] = y;
      }
    }
  }
  const bottom = y + 24;
  const lines = [
    upright("side", CLIENT, 44, ends.client || bottom),
    upright("side", SERVER, 44, ends.server || bottom),
    text("name", CLIENT, 28, words.client),
    text("name", SERVER, 28, words.server),
  ];
  return svg([...lines, ...drawn], bottom + 16, language, title[language]);
}

/** The queue between the kernel, which connects, and the program, which accepts. */
function queue(language: Language): string {
  const zh = language === "zh";
  const drawn: string[] = [];
  for (let slot = 0; slot < 5; slot++) {
    const x = 130 + slot * 46;
    drawn.push(`<rect class="box" x="${x}" y="70" width="40" height="48"/>`);
    if (slot < 2) continue;
    const port = 51234 + 4 - slot;
    drawn.push(text("address", x + 20, 98, String(port)));
  }
  drawn.push(
    arrow(32, 122, 94, "client", false),
    arrow(362, 452, 94, "server", false),
    text("name", 72, 28, zh ? "客户端" : "clients"),
    text("word", 72, 82, "connect()"),
    text("name", 242, 28, zh ? "内核：监听队列" : "kernel: listen queue"),
    text(
      "word",
      242,
      52,
      zh ? "已经连上，还没有被取走" : "connected, not accepted yet",
    ),
    text("name", 407, 28, zh ? "程序" : "program"),
    text("word", 407, 82, "accept()"),
    text(
      "word",
      WIDTH / 2,
      148,
      zh
        ? "队列满了：后来的 SYN 不被理会，客户端的内核过一会儿重发"
        : "Full: further SYNs are ignored, and the clients' kernels repeat them",
    ),
  );
  return svg(
    drawn,
    172,
    language,
    zh ? "连接在队列里等待 accept" : "Connections wait in a queue for accept",
  );
}

/** Three clients: a thread each, and one thread with an event loop. */
function tasks(language: Language): string {
  const zh = language === "zh";
  const kinds = ["client", "server", "third"];
  // When each client's bytes are handled, in steps of time.
  const work = [[0, 5, 10], [1, 7, 12], [3, 6, 13]];
  const drawn: string[] = [];
  const x = (step: number) => 80 + step * 27;
  const block = (kind: string, step: number, y: number, name: string) =>
    `<rect class="run ${kind}" x="${
      x(step)
    }" y="${y}" width="24" height="22"/>` +
    `<text class="address" style="fill: #fff" x="${x(step) + 12}" y="${
      y + 15
    }">${name}</text>`;
  const left = (kind: string, y: number, words: string) =>
    `<text class="${kind} left" style="text-anchor: start" x="18" y="${y}">${words}</text>`;

  drawn.push(
    left(
      "name",
      32,
      zh ? "Python：每个客户端一个线程" : "Python: a thread for each client",
    ),
  );
  for (const [i, steps] of work.entries()) {
    const y = 48 + i * 34;
    drawn.push(
      left("word", y + 15, `${zh ? "线程" : "thread"} ${i + 1}`),
      `<line class="wait" x1="${x(0)}" x2="${x(14)}" y1="${y + 11}" y2="${
        y + 11
      }"/>`,
      ...steps.map((step) => block(kinds[i] ?? "", step, y, String(i + 1))),
    );
  }
  const y = 196;
  drawn.push(
    left(
      "name",
      y - 16,
      zh ? "Deno：一个线程，一个事件循环" : "Deno: one thread, one event loop",
    ),
    left("word", y + 15, zh ? "线程" : "thread"),
    `<line class="wait" x1="${x(0)}" x2="${x(14)}" y1="${y + 11}" y2="${
      y + 11
    }"/>`,
    ...work.flatMap((steps, i) =>
      steps.map((step) => block(kinds[i] ?? "", step, y, String(i + 1)))
    ),
    text(
      "word",
      WIDTH / 2,
      y + 46,
      zh
        ? "方块：运行；虚线：等待（线程停在 recv；事件循环停在 epoll）"
        : "block: runs; dots: waits (a thread in recv, the loop in epoll)",
    ),
  );
  return svg(
    drawn,
    y + 66,
    language,
    zh
      ? "三个客户端：三个线程，或者一个事件循环"
      : "Three clients: three threads, or one event loop",
  );
}

/** The bytes of a frame with a length in front. */
function frame(language: Language): string {
  const zh = language === "zh";
  const bytes = "00 00 00 06 e5 b0 8f e6 98 8e".split(" ");
  const size = 40;
  const drawn = bytes.flatMap((byte, i) => {
    const at = 40 + i * size;
    return [
      `<rect class="box" x="${at}" y="56" width="${size}" height="40"/>`,
      `<text class="label ${
        i < 4 ? "server" : "client"
      }" style="stroke: none" x="${at + size / 2}" y="81">${byte}</text>`,
    ];
  });
  const brace = (from: number, to: number, y: number, side: Side) =>
    `<path class="arrow ${side}" d="M${40 + from * size + 4} ${y}v8H${
      40 + to * size - 4
    }v-8"/>`;
  drawn.push(
    brace(0, 4, 102, "server"),
    brace(4, 7, 102, "client"),
    brace(7, 10, 102, "client"),
    text("label", 120, 132, "6"),
    text("label", 260, 132, "小"),
    text("label", 380, 132, "明"),
    text("name", 120, 36, zh ? "长度：4 字节" : "length: 4 bytes"),
    text("name", 320, 36, zh ? "名字：6 字节" : "name: 6 bytes"),
  );
  return svg(drawn, 152, language, zh ? "一帧的字节" : "The bytes of a frame");
}

function svg(
  drawn: string[],
  height: number,
  language: Language,
  title: string,
): string {
  const { tag } = WORDS[language];
  return picture(drawn, { width: WIDTH, height, tag, title, style: MORE });
}

/** The diagrams that no trace can show, by their names. */
export const DIAGRAMS: Readonly<
  Record<string, (language: Language) => string>
> = {
  handshake: (language) =>
    sequence(HANDSHAKE, language, {
      en: "A TCP connection is made and ended",
      zh: "TCP 连接的建立和结束",
    }),
  teardown: (language) =>
    sequence(TEARDOWN, language, {
      en: "The side that closes first enters TIME_WAIT",
      zh: "先关闭的一方进入 TIME_WAIT",
    }),
  queue,
  tasks,
  frame,
};
