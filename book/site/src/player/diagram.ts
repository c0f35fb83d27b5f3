/**
 * The sequence diagram of a run: a row for each step, which is a link to it. So it can
 * be read on paper and without script, where the build writes it.
 */
import { isSend, item } from "../../../tools/record/recording.ts";
import type { Step } from "../../../tools/record/steps.ts";
import { type Attributes, e, type Tree } from "./tree.ts";
import { type Look, orderOf, type Teller } from "./words.ts";

/** The height of a row, and what a pause before the next one adds, in pixels. */
const ROW = 32;
const GAP = 38;
/** Where the arrow of a row is. */
const Y = 22;
/** How far the first and the last line of life are from the edge. */
const PAD = 52;
/** A pause is shown as one from here on, in milliseconds. */
const PAUSE = 100;

/** The colour of a program; `null` stands for those that were not recorded. */
export const tint = (program: number | null) =>
  `--c:var(--p${program === null ? "x" : program % 4})`;

const hasGap = ({ at }: Step, next: Step | undefined) =>
  next !== undefined && next.at - at >= PAUSE;

const heightOf = (step: Step, next: Step | undefined) =>
  ROW + (hasGap(step, next) ? GAP : 0);

/** How high each row is. */
export const heightsOf = (steps: readonly Step[]): number[] =>
  steps.map((step, i) => heightOf(step, steps[i + 1]));

/** The row of a step, which is a link to it; with attributes of its own. */
export function rowOf(
  teller: Teller,
  width: number,
  i: number,
  href: string,
  attributes: Attributes = {},
): Tree {
  const step = item(teller.steps, i);
  const height = heightOf(step, teller.steps[i + 1]);
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  const shapes = new Row(teller, width, i).shapes(height);
  return e(
    "li.row",
    { "data-i": i, ...attributes },
    e(
      "a",
      { href },
      e("span.hid", teller.what(step)),
      e("svg", { ...size, "aria-hidden": "true" }, ...shapes),
    ),
  );
}

/** One row while it is drawn. */
class Row {
  readonly #teller: Teller;
  readonly #width: number;
  readonly #order: (number | null)[];
  /** How far apart the lines of life are. */
  readonly #lane: number;
  readonly #i: number;
  readonly #step: Step;
  readonly #before: Step | undefined;
  /** The programs before the step and after it. */
  readonly #was: Life[];
  readonly #is: Life[];
  readonly #shapes: Tree[] = [];

  constructor(teller: Teller, width: number, i: number) {
    const order = orderOf(teller.run);
    this.#teller = teller;
    this.#width = width;
    this.#order = order;
    this.#lane = order.length > 1 ? (width - 2 * PAD) / (order.length - 1) : 0;
    this.#i = i;
    this.#step = item(teller.steps, i);
    this.#before = teller.steps[i - 1];
    // The steps are asked in their order, which costs least.
    this.#was = this.#lives(this.#before);
    this.#is = this.#lives(this.#step);
  }

  shapes(height: number): Tree[] {
    const width = this.#width;
    const { steps } = this.#teller;
    this.#add("rect.band", { x: 0, y: 2, width, height: ROW - 2, rx: 5 });
    for (const life of this.#was) this.#life(life, 0, Y);
    for (const life of this.#is) this.#life(life, Y, height);
    this.#action();
    const { at } = this.#step;
    if (this.#before === undefined || at - this.#before.at >= PAUSE) {
      const seconds = (at - item(steps, 0).at) / 1000;
      this.#label(4, Y + 4, seconds.toFixed(2), "tm", "start");
    }
    this.#label(width - 4, Y + 4, String(this.#i + 1), "no", "end");
    const next = steps[this.#i + 1];
    if (next !== undefined && hasGap(this.#step, next)) {
      this.#gap(next.at - at);
    }
    return this.#shapes;
  }

  #add(tag: string, attributes: Attributes, ...children: (Tree | string)[]) {
    this.#shapes.push(e(tag, attributes, ...children));
  }

  #label(x: number, y: number, text: string, kind: string, anchor = "middle") {
    const at = { x: round(x), y, "text-anchor": anchor };
    this.#add(`text.lb ${kind}`, at, text);
  }

  #x(p: number | null): number {
    return PAD + this.#order.indexOf(p) * this.#lane;
  }

  /** Whether one program stands left or right of another one. */
  #way(from: number | null, to: number | null): 1 | -1 {
    return this.#x(to) < this.#x(from) ? -1 : 1;
  }

  /** The recorded programs at a step: how each looks, and what it has not read. */
  #lives(step: Step | undefined): Life[] {
    const lives: Life[] = [];
    const order = this.#order;
    for (const program of order) {
      if (step === undefined || program === null) continue;
      const look = step.states[program] === "runs"
        ? this.#teller.state(step, program)[0]
        : undefined;
      const bands: Life["bands"] = {};
      for (const from of order) {
        const more = from === null ? 0 : step.held(program, from);
        if (from === null || more === 0) continue;
        const way = this.#way(program, from);
        const n = (bands[way]?.n ?? 0) + more;
        const most = Math.min(44, this.#lane / 6);
        const width = Math.max(5, n / step.most * most);
        bands[way] = { n, width, from };
      }
      lives.push({ program, look, bands });
    }
    return lives;
  }

  /** How wide the unread bytes at one side of a line of life are. */
  #held(lives: Life[], p: number | null, way: 1 | -1): number {
    return lives.find(({ program }) => program === p)?.bands[way]?.width ?? 0;
  }

  #life({ program, look, bands }: Life, from: number, to: number) {
    if (look === undefined) return;
    const x = this.#x(program);
    this.#add(`path.life ${look}`, {
      style: tint(program),
      d: `M${round(x)} ${from}V${to}`,
    });
    for (const [way, band] of Object.entries(bands)) {
      this.#add("rect.held", {
        style: tint(band.from),
        x: round(way === "1" ? x + 3 : x - 3 - band.width),
        y: from,
        width: round(band.width),
        height: to - from,
      });
    }
  }

  /** An arrow from one program to another one, which may stop before it. */
  #arrow(
    from: number | null,
    to: number | null,
    kind: "sent" | "syn" | "half" | "rst" | "gone",
    stop = 0,
  ) {
    const way = this.#way(from, to);
    const end = kind === "gone"
      ? (this.#x(from) + 2 * this.#x(to)) / 3
      : this.#x(to) - way * (stop + 5);
    const x = round(end);
    const tip = kind === "half"
      ? `M${x} ${Y - 6}v12`
      : kind === "rst" || kind === "gone"
      ? `M${x - 5} ${Y - 5}l10 10m0-10l-10 10`
      : `M${x} ${Y}l${-way * 8} -4.5v9z`;
    const start = round(this.#x(from) + way * 4);
    this.#add(
      `g.${kind}`,
      { style: tint(from) },
      e("path.ln", { pathLength: 1, d: `M${start} ${Y}H${x}` }),
      e("path.hd", { d: tip }),
    );
  }

  /** What a program does for itself, beside its line of life. */
  #local(text: string, kind = "", way = this.#free(), off?: number) {
    const { program } = this.#step;
    const x = this.#x(program);
    const width = Math.max(
      this.#held(this.#was, program, way),
      this.#held(this.#is, program, way),
    );
    const anchor = way > 0 ? "start" : "end";
    this.#label(x + way * (off ?? 10 + width), Y + 4, text, kind, anchor);
  }

  #dot(kind = "") {
    const { program } = this.#step;
    const cx = round(this.#x(program));
    this.#add(`circle.dot ${kind}`, {
      cx,
      cy: Y,
      r: 4.5,
      style: tint(program),
    });
  }

  /** The side of a line of life where there is room. */
  #free(): 1 | -1 {
    const order = this.#order;
    const { program, call } = this.#step;
    const peer = this.#teller.peer(call ?? {});
    if (order.length > 2 && program === 0 && peer !== undefined) {
      return this.#way(0, peer);
    }
    return order.length > 1 && program === order.at(-1) ? -1 : 1;
  }

  #action() {
    const { call, program, signals } = this.#step;
    const teller = this.#teller;
    const kind = teller.kind(this.#step);
    const peer = call === undefined ? undefined : teller.peer(call);
    const mark = teller.mark(kind === "sleep" ? undefined : call?.link);
    const marked = (text: string) => `${mark} ${text}`.trim();
    const bad = /^(?:fails|refused|exitError)/.test(kind) ? "bad" : "";

    // A program that has a connection to itself has one line of life for both ends.
    if (call === undefined || peer === undefined || peer === program || bad) {
      for (const signal of signals.slice(0, 3)) this.#signal(signal);
      if (kind.startsWith("exit")) {
        const x = round(this.#x(program));
        this.#add("path.endcap", {
          style: tint(program),
          d: `M${x - 8} ${Y}h16`,
        });
        return this.#local(teller.word("dExit"), `lo ${bad}`);
      }
      this.#dot(bad);
      return this.#local(marked(this.#short(kind)), `lo ${bad}`);
    }

    const way = this.#way(program, peer);
    const isSent = isSend(call);
    const own = this.#held(isSent ? this.#is : this.#was, program, way);
    const stop = this.#held(this.#is, peer, away(way));
    const room = Math.floor((this.#lane - stop - own - 10) / 7.3) - 2;
    const say = (text: string, kind: string) => {
      const x = (this.#x(program) + this.#x(peer) + way * (own - stop)) / 2;
      this.#label(x, Y - 6, marked(text), kind);
    };
    const [signal] = signals;
    if (signal !== undefined) {
      // That its program has ended can be noticed by the read of the other one.
      const note = kind === "end" ? teller.word("dEnd", { op: call.op }) : "";
      return this.#signal(signal, note);
    }
    if (isSent) {
      this.#arrow(program, peer, this.#step.isUnheard ? "gone" : "sent", stop);
      say(teller.bytes(call, room), "mono");
      if (!this.#step.isUnheard) return;
      const text = teller.word(kind === "unheard" ? "dNobody" : "dClosed");
      const x = this.#x(peer) - way * 8;
      this.#label(x, Y + 4, text, "bad", way > 0 ? "end" : "start");
    } else if (kind === "connect") {
      this.#arrow(program, peer, "syn");
      this.#arrow(peer, program, "syn");
      say(call.op, "lo");
    } else if (/^(?:read|readUdp|end)$/.test(kind)) {
      const x = round(this.#x(program) + way * 14);
      this.#add("path.take", {
        style: tint(peer),
        d: `M${x} ${Y}l${-way * 9} -5v10z`,
      });
      const isEnd = kind === "end";
      const text = isEnd
        ? teller.word("dEnd", { op: call.op })
        : `${call.op} ${teller.bytes(call, room - call.op.length - 2)}`;
      this.#local(marked(text), isEnd ? "lo" : "lo mono", way, own + 16);
    } else {
      this.#dot();
      this.#local(marked(this.#short(kind)), "lo");
    }
  }

  /** FIN or RST on its way. */
  #signal(
    { link, side, kind, lost }: Step["signals"][number],
    note?: string,
  ) {
    const { programs } = item(this.#teller.run.links, link);
    const [from, to] = [programs[side], programs[1 - side]];
    if (from === undefined || to === undefined || from === to) return;
    const way = this.#way(from, to);
    const stop = this.#held(this.#is, to, away(way));
    const isReset = kind === "RST";
    this.#arrow(from, to, isReset ? "rst" : "half", stop);
    if (note === undefined) return;
    const teller = this.#teller;
    const what = lost > 0
      ? teller.word("dThrown", { b: teller.count(lost) })
      : kind;
    const text = `${teller.mark(link)} ${what} ${note}`.trim();
    const x = (this.#x(from) + this.#x(to) - way * stop) / 2;
    this.#label(x, Y - 6, text, isReset ? "bad tag" : "tag");
  }

  /** A step in a word or two. */
  #short(kind: string): string {
    const teller = this.#teller;
    const { call, what, output } = this.#step;
    if (what === "interrupt") return "Ctrl-C";
    if (kind === "print") return teller.bytes(output[0] ?? {}, 16);
    if (call === undefined) return teller.word("dExit");
    const { op, ms, port } = call;
    if (call.error !== undefined) return teller.word("dFail", { op });
    const words: Record<string, () => string> = {
      sleep: () => teller.word("dSleep", { s: teller.seconds(ms) }),
      input: () => teller.word("dInput"),
      lost: () => `${teller.word("dLost")}: ${teller.bytes(call, 14)}`,
      doubled: () => `${teller.word("dDoubled")}: ${teller.bytes(call, 14)}`,
    };
    return words[op]?.() ?? `${op} ${port ?? ""}`.trim();
  }

  /** A pause, with what each program does in it. */
  #gap(pause: number) {
    const order = this.#order;
    const teller = this.#teller;
    const y = ROW + GAP / 2 + 1;
    this.#label(4, y + 4, teller.seconds(pause), "gap", "start");
    for (const { program, look, bands } of this.#is) {
      if (look !== "wait" && look !== "sleep") continue;
      const isLast = program === order.at(-1) && order.length > 1;
      // Beside the last line of life is room for a word, but not for two.
      const way = isLast && (order.length < 3 || bands[-1]) ? -1 : 1;
      const { n = 0, width = 0 } = bands[way] ?? {};
      const x = this.#x(program) + way * (width + 9);
      const anchor = way > 0 ? "start" : "end";
      const word = teller.word(look === "wait" ? "waits" : "sleeps");
      this.#label(x, y + (n > 0 ? -3 : 4), word, "wt", anchor);
      if (n === 0) continue;
      const text = teller.word("unread", { n: n.toLocaleString("en") });
      this.#label(x, y + 11, text, "lo", anchor);
    }
  }
}

/** A program in one half of a row. */
interface Life {
  program: number;
  /** Nothing if it does not run. */
  look: Look | undefined;
  /** The unread bytes left and right of its line of life. */
  bands: { [way: number]: { n: number; width: number; from: number } };
}

const away = (way: 1 | -1) => way === 1 ? -1 : 1;

const round = (x: number) => Math.round(x * 10) / 10;
