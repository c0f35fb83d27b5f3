/**
 * Plays a recording: the programs left and right, the wire between them, one step
 * after the other. Without script the diagram inside the element stays.
 */
import type { Side } from "../../../tools/record/ends.ts";
import {
  type Call,
  isRead,
  item,
  type Kind,
  type RecordedRun,
  type Recording,
} from "../../../tools/record/recording.ts";
import { placeOf, type Step, stepsOf } from "../../../tools/record/steps.ts";
import { Diagram, heightsOf, tint } from "./diagram.ts";
import {
  barOf,
  BOXES,
  footOf,
  type Head,
  headOf,
  icon,
  paneOf,
  panesOf,
  wireOf,
} from "./frame.ts";
import { decoded } from "./text.ts";
import { e, nodeOf, type Tree } from "./tree.ts";
import { EN, kindsOf, Teller, type Words } from "./words.ts";

/** The words of the page's language. */
export const words: Words = document.documentElement.lang.startsWith("zh")
  ? (await import("./words_zh.ts")).ZH
  : EN;

/** How long a step is shown at least, in milliseconds. */
const LEAST = 900;
/** A diagram of more rows has only those around the step. */
const ROWS = 160;
/** How many marks the axis of time has at most. */
const TICKS = 200;
/** How much of what a program has printed is shown. */
const PRINTED = 200;

/** An element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Puts parts into an element, in place of what was there. */
const put = (into: Element, ...parts: (Tree | string)[]) =>
  into.replaceChildren(
    ...parts.map((part) => typeof part === "string" ? part : nodeOf(part)),
  );

/** Programs on the page that share their code. */
interface Pane {
  root: HTMLElement;
  code: HTMLElement;
  programs: number[];
  lines: Map<number, HTMLElement>;
  /** The lines that are marked. */
  marked: Set<HTMLElement>;
  /** The ends of links of these programs. */
  ends: { program: number; link: number; side: Side }[];
}

/** What a program has printed, and in which step. */
interface Printed {
  step: number;
  text: string;
}

const EMPTY: RecordedRun = { programs: [], links: [], calls: [] };

export class RunPlayer extends HTMLElement {
  #runs: Recording["runs"] = {};
  #kind: Kind = "deno";
  #run = EMPTY;
  #steps: Step[] = [];
  /** The number of the step that is shown, from 0. */
  #i = 0;
  #speed = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether new steps of a run that goes on are shown as they come. */
  #isFollowing = true;
  #removed = new AbortController();
  #resized = new ResizeObserver(() => this.#measure());
  /** What the scene asks, and its answers by the kinds of programs. */
  #head: Head = words;
  #answers: DOMStringMap = {};
  #teller = new Teller(EMPTY, [], words);
  #diagram = new Diagram(this.#teller, 0, () => "");
  readonly #root = h("section", { class: "scene" });
  #panes: Pane[] = [];
  #printed: Printed[][] = [];
  /** How wide the diagram is drawn, and where each row begins. */
  #width = 0;
  #tops: number[] = [];
  /** The rows that are on the page, by their steps. */
  #rows = new Map<number, Element>();

  async connectedCallback(): Promise<void> {
    this.#removed = new AbortController();
    const { signal } = this.#removed;
    const source = this.getAttribute("src");
    if (source !== null) {
      const response = await fetch(source);
      // The diagram stays.
      if (!response.ok) return;
      this.#runs = (await response.json() as Recording).runs;
      this.#readTexts();
      this.#choose(kindsOf(this.#runs)[1]);
    }
    this.addEventListener("keydown", (e) => this.#key(e), { signal });
    addEventListener("hashchange", () => this.#followAddress(), { signal });
    this.#resized.observe(this);
    this.#followAddress();
  }

  /** The texts of the scene stand in what the build has written. */
  #readTexts(): void {
    const [question, lead] = [".question", ".lead"].map((selector) =>
      this.querySelector(selector)?.textContent
    );
    if (question && lead) this.#head = { question, lead };
    const scene = this.querySelector<HTMLElement>(".scene");
    if (scene !== null) this.#answers = { ...scene.dataset };
  }

  disconnectedCallback(): void {
    this.#removed.abort();
    this.#resized.disconnect();
    clearTimeout(this.#timer);
  }

  /**
   * Shows a newer recording of a run that goes on: a player without `src` has its
   * recording from here. A reader at the last step sees the newest one; a reader at
   * another step stays there.
   */
  take(run: RecordedRun): void {
    const steps = stepsOf(run);
    if (steps.length === 0) return;
    const shown = this.#steps[this.#i];
    const isSame = layoutOf(this.#run) === layoutOf(run);
    const wasLast = this.#i;
    this.#kind = item(run.programs, 0).language;
    this.#runs = { [this.#kind]: run };
    this.#use(run, steps);
    if (!isSame) {
      const focused = this.contains(document.activeElement)
        ? document.activeElement?.className
        : undefined;
      this.#draw();
      this.#setPlaying(this.#timer !== undefined);
      if (focused) this.#find(`.${focused.split(" ")[0]}`)?.focus();
    } else {
      this.#drawTicks();
      this.#findEnds();
    }
    const same = steps.findIndex(({ at, program, what }) =>
      at === shown?.at && program === shown.program && what === shown.what
    );
    this.#i = same === -1 ? this.#within(this.#i) : same;
    const isNext = this.#isFollowing && this.#timer === undefined;
    const to = isNext ? steps.length - 1 : this.#i;
    // A screen reader gets the last one of many.
    this.#part(".what").ariaLive = to - wasLast > 1 ? "off" : "polite";
    this.#drawDiagram();
    this.#show(to);
  }

  #part(selector: string): HTMLElement {
    const found = this.#find(selector);
    if (found === null) throw new Error(`No ${selector} in the player`);
    return found;
  }

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
  }

  #all(selector: string): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>(selector)];
  }

  get #last(): number {
    return this.#steps.length - 1;
  }

  /** Begins with one of the runs. */
  #choose(kind: Kind, i = 0): void {
    const run = this.#runs[kind];
    if (run === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#kind = kind;
    this.#use(run, stepsOf(run));
    this.#i = this.#within(i);
    this.#draw();
    this.#setPlaying(false);
    this.#width = 0;
    this.#measure();
  }

  /** Takes a run, before it is drawn. */
  #use(run: RecordedRun, steps: Step[]): void {
    const { isHex } = this.#teller;
    this.#run = run;
    this.#steps = steps;
    this.#teller = new Teller(run, steps, words);
    this.#teller.isHex = isHex;
    this.#printed = run.programs.map(() => []);
    for (const [step, { program, output, what }] of steps.entries()) {
      const printed = item(this.#printed, program);
      if (what === "interrupt") printed.push({ step, text: "^C\n" });
      for (const { data = "" } of output) {
        printed.push({ step, text: decoded(data) });
      }
    }
  }

  #draw(): void {
    const teller = this.#teller;
    const { programs } = this.#run;
    const panes = panesOf(this.#run);
    const source = this.getAttribute("source") ?? "";
    const figures = panes.map((all, k) => paneOf(teller, all, k, source));
    const tabs = panes.map((all, k) =>
      e(
        "button",
        { type: "button", "data-pane": k },
        ...all.map((p) =>
          e(
            "span",
            { class: "tab", style: tint(p) },
            e("i", {}),
            teller.head(p),
            e("small", { "data-state": p }),
          )
        ),
      )
    );
    const [kinds] = kindsOf(this.#runs);
    const level = this.getAttribute("level") ?? "3";
    this.#root.className = `scene n${programs.length}`;
    this.#root.ariaLabel = this.#head.question;
    put(
      this.#root,
      headOf(this.#head, kinds, this.#kind, level),
      barOf(teller, !this.hasAttribute("src")),
      e("div", { class: "tabs" }, ...tabs),
      e(
        "div",
        { class: "stage" },
        e("div", { class: "clients" }, ...figures.slice(0, -1)),
        item(figures, figures.length - 1),
        wireOf(teller),
      ),
      footOf(teller),
    );
    if (!this.contains(this.#root)) this.replaceChildren(this.#root);
    this.#placeBar();
    this.#panes = this.#all(".prog").map((root, k) => this.#paneAt(root, k));
    this.#findEnds();
    this.#listen();
    this.#drawTicks();
    (this.#part(".hex") as HTMLInputElement).checked = teller.isHex;
    (this.#part(".speed") as HTMLSelectElement).value = String(this.#speed);
  }

  #paneAt(root: HTMLElement, k: number): Pane {
    const lines = [...root.querySelectorAll<HTMLElement>(".line")];
    const code = root.querySelector<HTMLElement>(".code") ?? root;
    code.addEventListener("scroll", () => this.#pin(item(this.#panes, k)));
    return {
      root,
      code,
      programs: panesOf(this.#run)[k] ?? [],
      lines: new Map(lines.map((line) => [Number(line.dataset.line), line])),
      marked: new Set(),
      ends: [],
    };
  }

  /** Finds the ends of the links again, of which a growing run gets more. */
  #findEnds(): void {
    for (const pane of this.#panes) {
      pane.ends = this.#run.links.flatMap(({ programs }, link) =>
        ([0, 1] as const).flatMap((side) => {
          const program = programs[side];
          const isOwn = program !== null && pane.programs.includes(program);
          return isOwn ? [{ program, link, side }] : [];
        })
      );
      const boxes = pane.root.querySelector(".boxes");
      const n = Math.min(BOXES, pane.ends.length);
      if (boxes === null || boxes.childElementCount === n) continue;
      put(boxes, ...Array.from({ length: n }, box));
    }
  }

  #listen(): void {
    const on = (
      selector: string,
      event: string,
      act: (target: HTMLElement) => void,
    ) => {
      for (const element of this.#all(selector)) {
        element.addEventListener(event, () => act(element));
      }
    };
    on(".next", "click", () => this.#next());
    on(".back", "click", () => this.#go(this.#i - 1));
    on(".newest", "click", () => this.#go(Infinity));
    on(".play", "click", () => this.#toggle());
    on(".speed", "change", (select) => {
      this.#speed = Number((select as HTMLSelectElement).value);
    });
    on(".hex", "change", (box) => {
      this.#teller.isHex = (box as HTMLInputElement).checked;
      this.#drawDiagram();
      this.#show(this.#i);
    });
    on("[data-kind]", "click", ({ dataset }) => {
      this.#choose(dataset.kind as Kind);
      this.#go(0);
      this.#find("[aria-pressed=true]")?.focus();
    });
    on("[data-pane]", "click", ({ dataset }) => {
      const k = Number(dataset.pane);
      this.#open(k);
      this.#reveal(item(this.#panes, k));
    });
    on("[type=range]", "input", (range) => {
      const place = Number((range as HTMLInputElement).value);
      const away = this.#steps.map((_, i) => Math.abs(this.#place(i) - place));
      this.#go(away.indexOf(away.reduce((a, b) => Math.min(a, b), Infinity)));
    });
    const rows = this.#part(".rows");
    rows.addEventListener("click", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-i]");
      if (row === null || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.#go(Number(row.dataset.i));
    });
    rows.addEventListener("scroll", () => this.#drawRows());
  }

  #drawTicks(): void {
    const every = Math.ceil(this.#steps.length / TICKS);
    const ticks = this.#steps.flatMap(({ program }, i) =>
      i % every > 0 ? [] : [e("i", {
        style: `left:${this.#place(i) / 10}%;${tint(program)}`,
      })]
    );
    put(this.#part(".ticks"), ...ticks);
  }

  /** On a phone the controls are last, as the stylesheet says: for the Tab key, too. */
  #placeBar(): void {
    const bar = this.#part(".bar");
    const isLast = getComputedStyle(bar).order !== "0";
    if (isLast === (bar === this.#root.lastElementChild)) return;
    if (isLast) this.#root.append(bar);
    else this.#root.firstElementChild?.after(bar);
  }

  /** Draws the diagram again if there is another width for it. */
  #measure(): void {
    const width = Math.floor(this.#find(".rows")?.clientWidth ?? 0);
    if (width === 0 || width === this.#width) return;
    this.#placeBar();
    this.#width = width;
    this.#drawDiagram();
    this.#show(this.#i);
  }

  #drawDiagram(): void {
    if (this.#width === 0) {
      this.#width = Math.floor(this.#part(".rows").clientWidth);
    }
    this.#diagram = new Diagram(
      this.#teller,
      this.#width,
      (i) => this.#address(i),
    );
    let top = 0;
    this.#tops = [0, ...heightsOf(this.#steps).map((height) => top += height)];
    this.#rows.clear();
    const rows = this.#part(".rows");
    rows.replaceChildren();
    rows.style.setProperty("--rows", `${top}px`);
    this.#drawRows();
  }

  /** The rows of a short run are all there; otherwise those that can be seen soon. */
  #drawRows(): void {
    const rows = this.#part(".rows");
    let [first, last] = [0, this.#last];
    if (this.#steps.length > ROWS) {
      const height = rows.clientHeight;
      const seen = this.#within(
        placeOf(this.#tops, (top) => top, rows.scrollTop) - 1,
      );
      if (this.#rows.has(seen) && this.#rows.has(this.#within(seen + 24))) {
        return;
      }
      first = this.#within(seen - ROWS / 4);
      last = this.#within(seen + ROWS / 2 + Math.ceil(height / 32));
    } else if (this.#rows.size > 0) return;
    this.#rows.clear();
    const drawn = Array.from({ length: last - first + 1 }, (_, k) => {
      const row = nodeOf(this.#diagram.row(first + k));
      this.#rows.set(first + k, row);
      return row;
    });
    rows.style.setProperty("--above", `${item(this.#tops, first)}px`);
    rows.replaceChildren(...drawn);
    this.#markRows(false);
  }

  #markRows(isNext: boolean): void {
    for (const [i, row] of this.#rows) {
      const isNow = i === this.#i;
      const fresh = isNow && isNext ? " fresh" : "";
      const name = i > this.#i
        ? "row future"
        : isNow
        ? `row now${fresh}`
        : "row";
      if (row.getAttribute("class") !== name) row.setAttribute("class", name);
      const link = row.firstElementChild;
      link?.setAttribute("tabindex", isNow ? "0" : "-1");
      if (isNow) link?.setAttribute("aria-current", "step");
      else link?.removeAttribute("aria-current");
    }
  }

  /** Where a step stands on the axis, of 1000: time passes, and each step has room. */
  #place(i: number): number {
    const start = item(this.#steps, 0).at;
    const length = (i: number) =>
      (item(this.#steps, i).at - start) / 1000 + i * 0.15;
    return 1000 * length(i) / (length(this.#last) || 1);
  }

  #within(i: number): number {
    return Math.max(0, Math.min(i, this.#last));
  }

  get #name(): string {
    return this.getAttribute("name") ?? "";
  }

  #address(i: number): string {
    return `#${this.#name}-${this.#kind}-step-${i + 1}`;
  }

  /** Opens the step that the page's address names. */
  #followAddress(): void {
    const found = /^#(?:(.+)-(python|deno|lib)-)?step-(\d{1,6})$/
      .exec(location.hash);
    if (found === null) return;
    const [, name, kind = this.#kind, number] = found;
    const isMine = name === undefined
      ? document.querySelector("run-player") === this
      : name === this.#name;
    if (!isMine || !(kind in this.#runs)) return;
    if (kind === this.#kind) {
      this.#pause();
      this.#show(this.#within(Number(number) - 1));
    } else this.#choose(kind as Kind, Number(number) - 1);
    this.scrollIntoView();
  }

  /** Goes to a step because the reader wants to. */
  #go(i: number): void {
    this.#pause();
    this.#show(this.#within(i));
    this.#isFollowing = this.#i === this.#last;
    // Not while it plays: browsers limit how often that may change.
    history.replaceState(history.state, "", this.#address(this.#i));
  }

  #next(): void {
    const isOver = this.#i === this.#last && this.hasAttribute("src");
    this.#go(isOver ? 0 : this.#i + 1);
  }

  #toggle(): void {
    if (this.#timer === undefined) this.#play();
    else this.#go(this.#i);
  }

  #play(): void {
    if (this.#i === this.#last) this.#show(0);
    this.#isFollowing = false;
    const next = () => {
      const after = this.#steps[this.#i + 1];
      if (after === undefined) {
        this.#isFollowing = true;
        return this.#pause();
      }
      const pause = Math.max(LEAST, after.at - item(this.#steps, this.#i).at);
      this.#timer = setTimeout(() => {
        this.#show(this.#i + 1);
        next();
      }, pause / this.#speed);
    };
    next();
    this.#setPlaying(this.#timer !== undefined);
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#find(".play") !== null) this.#setPlaying(false);
  }

  #setPlaying(isPlaying: boolean): void {
    const button = this.#part(".play");
    const word = isPlaying ? "pause" : "play";
    put(button, icon(word));
    button.ariaLabel = button.title = this.#teller.word(word);
    // A screen reader cannot speak as fast as it plays.
    this.#part(".what").ariaLive = isPlaying ? "off" : "polite";
  }

  #key(event: KeyboardEvent): void {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!(target instanceof Element) || target.matches("select")) return;
    // Elsewhere the space bar presses what has the focus.
    const isSpace = key === " " &&
      target.matches("[type=range], pre, ol, section");
    const to = isSpace ? this.#i + 1 : {
      ArrowLeft: this.#i - 1,
      ArrowRight: this.#i + 1,
      Home: 0,
      End: this.#last,
    }[key];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(to);
  }

  /** Opens a pane; where there is room, all are open. */
  #open(k: number): void {
    for (const [i, { root }] of this.#panes.entries()) {
      root.classList.toggle("open", i === k);
    }
    for (const tab of this.#all("[data-pane]")) {
      tab.ariaPressed = String(Number(tab.dataset.pane) === k);
    }
  }

  #show(i: number): void {
    const isNext = i === this.#i + 1;
    this.#i = i;
    const step = item(this.#steps, i);
    this.#tell(step);
    for (const p of this.#run.programs.keys()) {
      const [look, words] = this.#teller.state(step, p);
      for (const element of this.#all(`[data-state="${p}"]`)) {
        element.className = `state ${look}`;
        element.textContent = words;
      }
      this.#print(step, p);
    }
    for (const pane of this.#panes) {
      this.#mark(pane, step);
      this.#fill(pane, step);
    }
    this.#showRow(isNext);
    this.#open(
      this.#panes.findIndex(({ programs }) => programs.includes(step.program)),
    );
    for (const pane of this.#panes) this.#reveal(pane);
  }

  /** Says what has happened, and who waits now. */
  #tell(step: Step): void {
    const teller = this.#teller;
    const isLast = this.#i === this.#last;
    const what = this.#part(".what");
    const text = teller.what(step);
    if (what.textContent !== text) what.textContent = text;
    const answer = isLast ? this.#answers[this.#kind] : undefined;
    const waits = teller.waits(step).map(({ program, isReady, text }) =>
      e(
        "span",
        { style: tint(program) },
        e("i", {}),
        `${teller.head(program)} `,
        e("em", { class: isReady ? "ready" : "" }, text),
      )
    );
    put(
      this.#part(".who"),
      ...answer === undefined ? waits : [
        e(
          "span",
          { class: "answer" },
          e("b", {}, teller.word("answer")),
          answer,
        ),
      ],
    );
    const say = this.#part(".say");
    // The keys can scroll what does not fit.
    if (say.scrollHeight > say.clientHeight) say.tabIndex = 0;
    else say.removeAttribute("tabindex");
    const isOver = isLast && this.hasAttribute("src");
    this.#part(".next b").textContent = teller.word(isOver ? "again" : "next");
    // Not `disabled`, with which a button would lose the focus.
    this.#part(".back").ariaDisabled = String(this.#i === 0);
    this.#part(".next").ariaDisabled = String(isLast && !isOver);
    const start = item(this.#steps, 0).at;
    const count =
      teller.word("step", { n: this.#i + 1, of: this.#steps.length }) + " · " +
      teller.word("s", { n: ((step.at - start) / 1000).toFixed(2) });
    this.#part(".count").textContent = count;
    const range = this.#part("[type=range]") as HTMLInputElement;
    range.value = String(this.#place(this.#i));
    range.style.setProperty("--v", `${this.#place(this.#i) / 10}%`);
    range.setAttribute("aria-valuetext", count);
    this.#part(".here").setAttribute("href", this.#address(this.#i));
  }

  /** Marks the line that has just run, and those that wait. */
  #mark(pane: Pane, step: Step): void {
    for (const line of pane.marked) {
      line.classList.remove("ran", "wait");
      line.lastElementChild?.replaceChildren();
    }
    pane.marked.clear();
    const teller = this.#teller;
    const { call, program, pending } = step;
    const isShared = pane.programs.length > 1;
    const add = (p: number, { line }: Call, kind: string, text: string) => {
      const element = pane.lines.get(line);
      const pill = element?.lastElementChild;
      if (element === undefined || !pill) return;
      pane.marked.add(element);
      element.classList.add(kind);
      if (kind === "ran") element.style.setProperty("--c", tint(p).slice(4));
      // Programs that wait in the same line share a sign, with their numbers.
      const same = [...pill.children].find((one) =>
        one.lastChild?.textContent === text
      );
      const number = isShared
        ? [e("i", { style: tint(p) }, teller.head(p).replace(/\D+/, ""))]
        : [];
      if (same !== undefined) same.prepend(...number.map((one) => nodeOf(one)));
      else {
        pill.append(
          nodeOf(e("span", { class: kind, style: tint(p) }, ...number, text)),
        );
      }
    };
    if (call !== undefined && pane.programs.includes(program)) {
      const isValue = isRead(call) && call.error === undefined && !call.isEnd;
      const text = isValue ? teller.bytes(call, 16) : teller.word("ran");
      add(program, call, "ran", text);
    }
    for (const p of pane.programs) {
      for (const one of item(pending, p)) {
        const text = teller.isReady(one, step)
          ? teller.word("ready")
          : one.op === "sleep"
          ? teller.word("wSleep", { s: teller.seconds(one.ms) })
          : teller.word("waits");
        add(p, one, "wait", text);
      }
    }
  }

  /** Shows what has arrived at each socket and has not been read. */
  #fill(pane: Pane, step: Step): void {
    const teller = this.#teller;
    const { states, call } = step;
    let { ends } = pane;
    const boxes = pane.root.querySelectorAll<HTMLElement>(".box");
    if (ends.length > boxes.length) {
      // The ones of this step, then those that have something, then the newest.
      const rank = ({ link, side }: Pane["ends"][number]) =>
        (link === call?.link ? 4 : 0) +
        (step.end(link, side).unread > 0 ? 2 : 0) +
        (step.end(link, side).isMade && !step.end(link, side).isClosed ? 1 : 0);
      const shown = ends.map((end) => ({ end, rank: rank(end) }))
        .sort((a, b) => b.rank - a.rank || b.end.link - a.end.link)
        .slice(0, boxes.length).map(({ end }) => end);
      ends = shown.sort((a, b) => a.link - b.link || a.side - b.side);
    }
    for (const [k, box] of boxes.entries()) {
      const { program, link, side } = item(ends, k);
      const end = step.end(link, side);
      const isUdp = teller.isUdp(link);
      const peer = item(this.#run.links, link).programs[1 - side] ?? null;
      const n = end.unread;
      const isMade = end.isMade && states[program] !== "not started";
      const { isClosed, isReset } = end;
      const isGone = isClosed || isReset;
      const looks = {
        none: !isMade,
        reset: isReset,
        closed: isClosed,
        ending: end.hasEnd && !end.hasReadEnd && !isGone,
        full: n > 0,
      };
      box.className = [
        "box",
        ...Object.entries(looks)
          .filter(([, is]) => is).map(([look]) => look),
      ].join(" ");
      box.style.cssText = tint(peer);
      box.style.setProperty("--n", `${n / Math.max(1, step.most) * 100}%`);
      const who = pane.programs.length > 1
        ? teller.head(program)
        : teller.word("inbox", { q: teller.name(peer) });
      const words = n > 0
        ? `${teller.count(n)}: ${this.#unread(step, link, side, n)}`
        : teller.word(
          !isMade
            ? isUdp ? "noSocket" : "noLink"
            : isReset
            ? "reset"
            : isClosed
            ? "closed"
            : end.hasReadEnd
            ? "over"
            : "empty",
        );
      const note = !isMade || isGone || isUdp
        ? ""
        : !end.isAccepted
        ? teller.word("queued")
        : end.hasSentEnd
        ? teller.word("half")
        : "";
      const texts = [
        `${who} ${isUdp ? "" : teller.mark(link)}`.trim(),
        words,
        note,
      ];
      for (const [i, name] of [".own", ".data", ".note"].entries()) {
        const part = box.querySelector(name);
        if (part !== null) part.textContent = texts[i] ?? "";
      }
    }
  }

  /** The bytes that are unread: datagrams apart, as they are read one by one. */
  #unread(step: Step, link: number, side: Side, n: number): string {
    const teller = this.#teller;
    const pieces = step.end(link, side).pieces.slice(0, 40);
    if (teller.isUdp(link)) {
      return pieces.map((piece) => teller.bytes(piece, 14)).join(" ");
    }
    return teller.bytes(
      { data: pieces.map(({ data }) => data).join(""), n },
      22,
    );
  }

  /** What a program has printed. */
  #print({ states }: Step, p: number): void {
    const { language, file, args, error = "", status } = item(
      this.#run.programs,
      p,
    );
    const term = this.#part(`.term[data-p="${p}"]`);
    const name = file.split("/").at(-1) ?? file;
    const command = [
      language === "python" ? "python3" : "deno run -N",
      name,
      ...args,
    ].join(" ");
    const state = states[p];
    const printed = item(this.#printed, p);
    const n = placeOf(printed, ({ step }) => step, this.#i, true);
    // Mostly the program has printed its error itself.
    const isSaid = () => printed.some(({ text }) => text.includes(error));
    put(
      term,
      e("s", {}, state === "not started" ? "$ " : `$ ${command}\n`),
      ...printed.slice(Math.max(0, n - PRINTED), n).map(({ step, text }) =>
        e("span", { class: step === this.#i ? "new" : "" }, text)
      ),
      ...state === "not started" ? [] : state === "runs" ? [e("u", {})] : [
        isSaid() ? "" : e("span", { class: "bad" }, `${error}\n`),
        e("s", {}, this.#teller.word("status", { n: status })),
      ],
    );
    term.scrollTop = term.scrollHeight;
  }

  /** Scrolls the diagram to the row of the step. */
  #showRow(isNext: boolean): void {
    const rows = this.#part(".rows");
    const [top, bottom] = [
      this.#tops[this.#i] ?? 0,
      this.#tops[this.#i + 1] ?? 0,
    ];
    const height = rows.clientHeight;
    const most = Math.min(height - (bottom - top) - 24, height * 0.62);
    scroll(rows, top - most, isNext);
    if (!this.#rows.has(this.#i)) {
      rows.scrollTop = top - most;
      this.#rows.clear();
      this.#drawRows();
    }
    this.#markRows(isNext);
  }

  /** Scrolls a program so that the line that ran is seen and, if they fit, those that wait. */
  #reveal(pane: Pane): void {
    const { code } = pane;
    const height = code.clientHeight;
    if (height === 0) return;
    const lines = [...pane.marked].sort((a, b) =>
      Number(b.classList.contains("ran")) - Number(a.classList.contains("ran"))
    ).map((
      { offsetTop, offsetHeight },
    ) => [offsetTop, offsetTop + offsetHeight]);
    let [from, to] = [Infinity, -Infinity];
    for (const [top = 0, bottom = 0] of lines) {
      const isFirst = from > to;
      const both = Math.max(to, bottom) - Math.min(from, top);
      if (!isFirst && both >= height - 60) continue;
      [from, to] = [Math.min(from, top), Math.max(to, bottom)];
    }
    if (from < to) {
      const up = lines.some(([top = 0]) => top < from) ? 28 : 6;
      const down = lines.some(([top = 0]) => top >= to) ? 28 : 6;
      const { scrollTop } = code;
      if (from - up < scrollTop || to + down > scrollTop + height) {
        const free = Math.max(0, height - up - down - (to - from));
        scroll(code, from - up - free / 2, true);
      }
    }
    this.#pin(pane);
  }

  /** A marked line that is out of sight is named at the edge. */
  #pin({ root, code, marked }: Pane): void {
    const { scrollTop, clientHeight } = code;
    const pins: Node[][] = [[], []];
    for (const line of marked) {
      const { offsetTop, offsetHeight } = line;
      const isAbove = offsetTop + 8 < scrollTop;
      const isBelow = offsetTop + offsetHeight - 8 > scrollTop + clientHeight;
      if (!isAbove && !isBelow) continue;
      const [number, text, pill] = line.children;
      const pin = h(
        "div",
        { class: line.classList.contains("ran") ? "ran" : "wait" },
        h(
          "span",
          { class: "nr" },
          `${isAbove ? "↑" : "↓"} ${number?.textContent}`,
        ),
        h("span", { class: "tx" }, text?.textContent?.trim() ?? ""),
      );
      if (pill !== undefined) pin.append(pill.cloneNode(true));
      pin.style.cssText = line.style.cssText;
      pins[isAbove ? 0 : 1]?.push(pin);
    }
    for (const [i, element] of root.querySelectorAll(".pins").entries()) {
      element.replaceChildren(...pins[i] ?? []);
    }
  }
}

/** The box at one end of a link. */
const box = () =>
  e(
    "div",
    { class: "box" },
    e("span", { class: "own" }),
    e(
      "span",
      { class: "in" },
      e("span", { class: "fill" }),
      e("span", { class: "data" }),
      e("span", { class: "fin" }, "FIN"),
    ),
    e("span", { class: "note" }),
  );

/** What a run is drawn from; the rest changes from step to step. */
const layoutOf = ({ programs }: RecordedRun) =>
  JSON.stringify(
    programs.map(({ file, first, lines }) => [file, first, lines]),
  );

function scroll(element: Element, top: number, isSmooth: boolean): void {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollTo({ top, behavior: isSmooth && !isCalm ? "smooth" : "auto" });
}

customElements.define("run-player", RunPlayer);
