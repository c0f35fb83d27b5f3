/** Programs on the page that share their code: it, their sockets, and what they print. */
import type { Side } from "../../../tools/record/ends.ts";
import {
  type Call,
  isRead,
  item,
  type RecordedRun,
} from "../../../tools/record/recording.ts";
import type { Step } from "../../../tools/record/steps.ts";
import { tint } from "./diagram.ts";
import { scroll } from "./rows.ts";
import { decoded, partsOf } from "./text.ts";
import { e, nodeOf, put, type Tree } from "./tree.ts";
import type { Teller } from "./words.ts";

/** How many sockets of a program have a box at once. */
const BOXES = 3;
/** How much of what a program has printed is shown. */
const PRINTED = 200;

/** Programs that share a pane, as they have the same code: those of the clients. */
export function panesOf({ programs }: RecordedRun): number[][] {
  const panes = Map.groupBy(programs.keys(), (p) => {
    const { file, lines } = item(programs, p);
    return p === 0 ? "server" : `${file} ${lines.length}`;
  });
  // The clients stand before the server, as on the page.
  const [server = [], ...clients] = panes.values();
  return [...clients, server];
}

/** One end of a link of a program. */
interface OwnEnd {
  program: number;
  link: number;
  side: Side;
}

/** What a program has printed, and in which step. */
interface Printed {
  step: number;
  text: string;
}

export class Programs {
  readonly root: HTMLElement;
  readonly programs: readonly number[];
  readonly #code: HTMLElement;
  readonly #boxes: HTMLElement;
  readonly #lines: Map<number, HTMLElement>;
  /** The lines that are marked, the most important one first. */
  readonly #marked = new Set<HTMLElement>();
  #teller: Teller;
  #ends: OwnEnd[] = [];
  #printed: Printed[][] = [];

  constructor(programs: readonly number[], teller: Teller, source: string) {
    this.programs = programs;
    this.#teller = teller;
    this.root = nodeOf(treeOf(teller, programs, source)) as HTMLElement;
    const lines = [...this.root.querySelectorAll<HTMLElement>(".line")];
    this.#lines = new Map(
      lines.map((line) => [Number(line.dataset.line), line]),
    );
    this.#code = this.root.querySelector(".code") ?? this.root;
    this.#boxes = this.root.querySelector(".boxes") ?? this.root;
    this.#code.onscroll = () => this.#pin();
    this.use(teller);
  }

  /** Takes a newer recording of the same programs. */
  use(teller: Teller): void {
    this.#teller = teller;
    this.#ends = teller.run.links.flatMap(({ programs }, link) =>
      ([0, 1] as const).flatMap((side) => {
        const program = programs[side] ?? -1;
        return this.programs.includes(program) ? { program, link, side } : [];
      })
    );
    this.#printed = teller.run.programs.map(() => []);
    for (const [step, { program, output, what }] of teller.steps.entries()) {
      const printed = item(this.#printed, program);
      if (what === "interrupt") printed.push({ step, text: "^C\n" });
      for (const { data = "" } of output) {
        printed.push({ step, text: decoded(data) });
      }
    }
  }

  /** Shows a step. */
  show(i: number): void {
    const step = item(this.#teller.steps, i);
    this.#mark(step);
    this.#fill(step);
    for (const p of this.programs) this.#print(step, i, p);
  }

  /** Marks the line that has just run, and those that wait. */
  #mark(step: Step): void {
    for (const line of this.#marked) {
      line.classList.remove("ran", "wait");
      line.lastElementChild?.replaceChildren();
    }
    this.#marked.clear();
    const teller = this.#teller;
    const { call, program, pending } = step;
    if (call !== undefined && this.programs.includes(program)) {
      const isValue = isRead(call) && call.error === undefined && !call.isEnd;
      const text = isValue ? teller.bytes(call, 16) : teller.word("ran");
      this.#sign(program, call, "ran", text);
    }
    for (const p of this.programs) {
      for (const one of item(pending, p)) {
        this.#sign(p, one, "wait", teller.short(one, step));
      }
    }
  }

  /** Programs that wait in the same line share a sign, with their numbers. */
  #sign(p: number, { line }: Call, kind: "ran" | "wait", text: string): void {
    const element = this.#lines.get(line);
    const pill = element?.lastElementChild;
    if (element === undefined || !pill) return;
    this.#marked.add(element);
    element.classList.add(kind);
    if (kind === "ran") element.style.setProperty("--c", tint(p).slice(4));
    const same = [...pill.children].find((one) =>
      one.lastChild?.textContent === text
    );
    const number = this.programs.length > 1
      ? e("i", { style: tint(p) }, this.#teller.head(p).replace(/\D+/, ""))
      : undefined;
    if (same === undefined) {
      pill.append(nodeOf(e(`span.${kind}`, { style: tint(p) }, number, text)));
    } else if (number !== undefined) same.prepend(nodeOf(number));
  }

  /** Shows what has arrived at each socket and has not been read. */
  #fill(step: Step): void {
    const { call } = step;
    // The ones of this step, then those that have something, then the newest.
    const rank = ({ link, side }: OwnEnd) => {
      const { unread, isMade, isClosed } = step.end(link, side);
      return (link === call?.link ? 4 : 0) + (unread > 0 ? 2 : 0) +
        (isMade && !isClosed ? 1 : 0);
    };
    const ends = this.#ends.map((end) => ({ end, rank: rank(end) }))
      .sort((a, b) => b.rank - a.rank || b.end.link - a.end.link)
      .slice(0, BOXES).map(({ end }) => end)
      .sort((a, b) => a.link - b.link || a.side - b.side);
    put(this.#boxes, ...ends.map((end) => this.#box(end, step)));
  }

  #box({ program, link, side }: OwnEnd, step: Step): Tree {
    const teller = this.#teller;
    const { unread, isClosed, isReset, ...end } = step.end(link, side);
    const isUdp = teller.isUdp(link);
    const peer = teller.peer({ link, side }) ?? null;
    const isMade = end.isMade && step.states[program] !== "not started";
    const isGone = isClosed || isReset;
    const isEnding = end.hasEnd && !end.hasReadEnd && !isGone;
    const share = unread / Math.max(1, step.most) * 100;
    const who = this.programs.length > 1
      ? teller.head(program)
      : teller.word("inbox", { q: teller.name(peer) });
    const state = !isMade
      ? isUdp ? "noSocket" : "noLink"
      : isReset
      ? "reset"
      : isClosed
      ? "closed"
      : end.hasReadEnd
      ? "over"
      : "empty";
    const note = !isMade || isGone || isUdp
      ? undefined
      : !end.isAccepted
      ? "queued"
      : end.hasSentEnd
      ? "half"
      : undefined;
    const data = unread > 0
      ? `${teller.count(unread)}: ${this.#unread(step, link, side)}`
      : teller.word(state);
    return e(
      `div.box ${unread > 0 ? "full" : state}`,
      { style: `${tint(peer)};--n:${share}%` },
      e("span.own", `${who} ${teller.mark(link)}`),
      e(
        "span.in",
        e("span.data", data),
        isEnding ? e("span.fin", "FIN") : undefined,
      ),
      note && e("span", teller.word(note)),
    );
  }

  /** The bytes that are unread: datagrams apart, as they are read one by one. */
  #unread(step: Step, link: number, side: Side): string {
    const teller = this.#teller;
    const { pieces, unread: n } = step.end(link, side);
    const first = pieces.slice(0, 40);
    return teller.isUdp(link)
      ? first.map((piece) => teller.bytes(piece, 14)).join(" ")
      : teller.bytes({ data: first.map(({ data }) => data).join(""), n }, 22);
  }

  /** What a program has printed. */
  #print({ states }: Step, i: number, p: number): void {
    const program = item(this.#teller.run.programs, p);
    const { language, file, args, status } = program;
    const term = this.root.querySelector(`.term[data-p="${p}"]`);
    if (term === null) return;
    const state = states[p];
    const start = language === "python" ? "python3" : "deno run -N";
    const command = [start, nameOf(file), ...args].join(" ");
    const printed = item(this.#printed, p).filter(({ step }) => step <= i);
    put(
      term,
      e("s", state === "not started" ? "$ " : `$ ${command}\n`),
      ...printed.slice(-PRINTED).map(({ step, text }) =>
        e(step === i ? "span.new" : "span", text)
      ),
      ...state === "not started" ? [] : state === "runs" ? [e("u")] : [
        e("s", this.#teller.word("status", { n: status })),
      ],
    );
  }

  /**
   * Scrolls so that the newest output is seen, and the line that ran with, if they
   * fit, those that wait.
   */
  reveal(): void {
    for (const term of this.root.querySelectorAll(".term")) {
      term.scrollTop = term.scrollHeight;
    }
    const height = this.#code.clientHeight;
    if (height === 0) return;
    const lines = [...this.#marked].map(({ offsetTop, offsetHeight }) => ({
      top: offsetTop,
      bottom: offsetTop + offsetHeight,
    }));
    let [from, to] = [Infinity, -Infinity];
    for (const { top, bottom } of lines) {
      const both = { from: Math.min(from, top), to: Math.max(to, bottom) };
      if (from < to && both.to - both.from >= height - 60) continue;
      ({ from, to } = both);
    }
    if (from < to) {
      const up = lines.some(({ top }) => top < from) ? 28 : 6;
      const down = lines.some(({ top }) => top >= to) ? 28 : 6;
      const { scrollTop } = this.#code;
      if (from - up < scrollTop || to + down > scrollTop + height) {
        const free = Math.max(0, height - up - down - (to - from));
        scroll(this.#code, from - up - free / 2, true);
      }
    }
    this.#pin();
  }

  /** A marked line that is out of sight is named at the edge. */
  #pin(): void {
    const { scrollTop, clientHeight } = this.#code;
    const pins: Record<string, Node[]> = { up: [], down: [] };
    for (const line of this.#marked) {
      const { offsetTop, offsetHeight } = line;
      const isAbove = offsetTop + 8 < scrollTop;
      const isBelow = offsetTop + offsetHeight - 8 > scrollTop + clientHeight;
      if (!isAbove && !isBelow) continue;
      const [number, , pill] = line.children;
      const pin = nodeOf(e(
        "div",
        { style: line.style.cssText },
        e("span.nr", `${isAbove ? "↑" : "↓"} ${number?.textContent}`),
      ));
      if (pill !== undefined) pin.append(pill.cloneNode(true));
      pins[isAbove ? "up" : "down"]?.push(pin);
    }
    for (const [edge, all] of Object.entries(pins)) {
      this.root.querySelector(`.${edge}`)?.replaceChildren(...all);
    }
  }
}

/** Code that is too long for a line goes on before a full stop or after a bracket. */
const breakable = (code: string): (Tree | string)[] =>
  code.split(/(?=\.(?:\w|$))|(?<=\()/)
    .flatMap((part, i) => i === 0 ? [part] : [e("wbr"), part]);

const nameOf = (file: string) => file.split("/").at(-1) ?? file;

/** Programs with their code, their sockets and what they print. */
function treeOf(
  teller: Teller,
  programs: readonly number[],
  source: string,
): Tree {
  const p = item(programs, 0);
  const program = item(teller.run.programs, p);
  const { file, lines, language, unrecorded = [], more, first } = program;
  const missing = more === undefined
    ? unrecorded
    : [...unrecorded, teller.word("more", { n: more.toLocaleString("en") })];
  const names = programs.map((p) =>
    e(
      "span.name",
      { style: tint(p) },
      e("b", teller.head(p)),
      e("small", { "data-state": p }),
    )
  );
  const code = lines.map((line, i) =>
    e(
      "div.line",
      { "data-line": first + i, style: `--in:${line.search(/[^ ]|$/)}` },
      e("span.nr", String(first + i)),
      e(
        "span",
        ...partsOf(line, language).flatMap(({ kind, text }) =>
          kind === "" ? breakable(text) : [e(`i.${kind}`, text)]
        ),
      ),
      e("span.pill"),
    )
  );
  const group = (label: string) => (
    { tabindex: 0, role: "group", "aria-label": label }
  );
  const label = teller.word("code", { w: teller.name(p), f: file });
  return e(
    `figure.prog ${p === 0 ? "server" : "client"}`,
    { style: tint(p) },
    e(
      "figcaption",
      ...names,
      e("a.file", { href: `${source}${file}/#L${first}` }, nameOf(file)),
    ),
    missing.length === 0 ? undefined : e(
      "p.unrecorded",
      teller.word("unrecorded", { f: missing.join(teller.word("and")) }),
    ),
    e(
      "div.codebox",
      e("pre.code", group(label), ...code),
      e("div.pins up", { "aria-hidden": "true" }),
      e("div.pins down", { "aria-hidden": "true" }),
    ),
    e("div.boxes"),
    e(
      "div.terms",
      ...programs.map((p) => {
        const label = teller.word("output", { w: teller.name(p) });
        return e("pre.term", { "data-p": p, ...group(label) });
      }),
    ),
  );
}
