/**
 * Plays a recording: the programs left and right, the wire between them, one step
 * after the other. Without script the diagram inside the element stays.
 */
import {
  item,
  type Kind,
  type RecordedRun,
  type Recording,
} from "../../../tools/record/recording.ts";
import { type Step, stepsOf } from "../../../tools/record/steps.ts";
import { rowOf, tint } from "./diagram.ts";
import {
  barOf,
  footOf,
  type Head,
  headOf,
  icon,
  tabsOf,
  wireOf,
} from "./frame.ts";
import { panesOf, Programs } from "./programs.ts";
import { Rows } from "./rows.ts";
import { e, put } from "./tree.ts";
import { EN, kindsOf, Teller, type Words } from "./words.ts";

/** The words of the page's language. */
export const words: Words = document.documentElement.lang.startsWith("zh")
  ? (await import("./words_zh.ts")).ZH
  : EN;

/** How long a step is shown at least, in milliseconds. */
const LEAST = 900;
/** How many marks the axis of time has at most. */
const TICKS = 200;
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
  readonly #root = document.createElement("section");
  #panes: Programs[] = [];
  #rows: Rows | undefined;
  /** How wide the diagram is drawn. */
  #width = 0;

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
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("input", (event) => this.#input(event), { signal });
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
    if (isSame) {
      this.#drawTicks();
      for (const pane of this.#panes) pane.use(this.#teller);
    } else {
      this.#draw();
      this.#setPlaying(this.#timer !== undefined);
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

  #part<T extends HTMLElement>(selector: string): T {
    const found = this.#root.querySelector<T>(selector);
    if (found === null) throw new Error(`No ${selector} in the player`);
    return found;
  }

  #all(selector: string): NodeListOf<HTMLElement> {
    return this.#root.querySelectorAll(selector);
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
  }

  #draw(): void {
    const teller = this.#teller;
    const panes = panesOf(this.#run);
    const [kinds] = kindsOf(this.#runs);
    const level = this.getAttribute("level") ?? "3";
    this.#root.className = "scene";
    this.#root.ariaLabel = this.#head.question;
    put(
      this.#root,
      headOf(this.#head, kinds, this.#kind, level),
      barOf(teller, !this.hasAttribute("src")),
      tabsOf(teller, panes),
      e("div.stage", e("div.clients"), wireOf(teller)),
      footOf(teller),
    );
    const source = this.getAttribute("source") ?? "";
    this.#panes = panes.map((all) => new Programs(all, teller, source));
    const figures = this.#panes.map(({ root }) => root);
    const clients = this.#part(".clients");
    clients.append(...figures.slice(0, -1));
    clients.after(...figures.slice(-1));
    if (!this.contains(this.#root)) this.replaceChildren(this.#root);
    this.#placeBar();
    this.#drawTicks();
    this.#part<HTMLInputElement>(".hex").checked = teller.isHex;
    this.#part<HTMLSelectElement>(".speed").value = String(this.#speed);
  }

  #click(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const control = event.target.closest<HTMLElement>("button, .row");
    if (control === null) return;
    const { className, dataset: { kind, pane, i } } = control;
    if (className === "next") this.#next();
    else if (className === "back") this.#go(this.#i - 1);
    else if (className === "newest") this.#go(Infinity);
    else if (className === "play") this.#toggle();
    else if (kind !== undefined) {
      this.#choose(kind as Kind);
      this.#go(0);
      this.#part("[aria-pressed=true]").focus();
    } else if (pane !== undefined) {
      this.#open(Number(pane));
      this.#panes[Number(pane)]?.reveal();
    } else if (i !== undefined && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#go(Number(i));
    }
    // Not where the button would leave the pointer.
    if (event.detail === 0 || this.#isBarLast()) this.#reveal();
  }

  #input({ target }: Event): void {
    if (target instanceof HTMLSelectElement) this.#speed = Number(target.value);
    if (!(target instanceof HTMLInputElement)) return;
    if (target.type === "range") {
      const place = Number(target.value);
      const away = this.#steps.map((_, i) => Math.abs(this.#place(i) - place));
      this.#go(away.indexOf(away.reduce((a, b) => Math.min(a, b), Infinity)));
    } else {
      this.#teller.isHex = target.checked;
      this.#drawDiagram();
      this.#show(this.#i);
    }
  }

  #drawTicks(): void {
    const every = Math.ceil(this.#steps.length / TICKS);
    const ticks = this.#steps.flatMap(({ program }, i) =>
      i % every > 0
        ? []
        : e("i", { style: `left:${this.#place(i) / 10}%;${tint(program)}` })
    );
    put(this.#part(".ticks"), ...ticks);
  }

  #isBarLast(): boolean {
    return getComputedStyle(this.#part(".bar")).order !== "0";
  }

  /** On a phone the controls are last, as the stylesheet says: for the Tab key, too. */
  #placeBar(): void {
    const bar = this.#part(".bar");
    const isLast = this.#isBarLast();
    if (isLast === (bar === this.#root.lastElementChild)) return;
    if (isLast) this.#root.append(bar);
    else this.#root.firstElementChild?.after(bar);
  }

  /** Draws the diagram again if there is another width for it. */
  #measure(): void {
    if (this.#steps.length === 0) return;
    const width = this.#part(".rows").clientWidth;
    if (width === 0 || width === this.#width) return;
    this.#placeBar();
    this.#width = width;
    this.#drawDiagram();
    this.#show(this.#i);
  }

  #drawDiagram(): void {
    const list = this.#part(".rows");
    this.#width ||= list.clientWidth;
    this.#rows = new Rows(
      list,
      this.#steps,
      (i) => rowOf(this.#teller, this.#width, i, this.#address(i)),
    );
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

  #address(i: number): string {
    return `#${this.getAttribute("name")}-${this.#kind}-step-${i + 1}`;
  }

  /** Opens the step that the page's address names. */
  #followAddress(): void {
    const found = /^#(?:(.+)-(python|deno|lib)-)?step-(\d{1,6})$/
      .exec(location.hash);
    if (found === null) return;
    const [, name, kind = this.#kind, number] = found;
    const isMine = name === undefined
      ? document.querySelector("run-player") === this
      : name === this.getAttribute("name");
    if (!isMine || !(kind in this.#runs)) return;
    if (kind === this.#kind) {
      this.#pause();
      this.#show(this.#within(Number(number) - 1));
    } else this.#choose(kind as Kind, Number(number) - 1);
    this.scrollIntoView();
    this.#reveal();
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
    this.#setPlaying(false);
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
    const to = {
      ArrowLeft: this.#i - 1,
      ArrowRight: this.#i + 1,
      Home: 0,
      End: this.#last,
    }[key];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(to);
    this.#reveal();
  }

  /** Scrolls the page to the programs. */
  #reveal(): void {
    this.#part(".stage").scrollIntoView({ block: "nearest" });
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
    }
    for (const pane of this.#panes) pane.show(i);
    this.#rows?.show(i, isNext);
    this.#open(
      this.#panes.findIndex(({ programs }) => programs.includes(step.program)),
    );
    for (const pane of this.#panes) pane.reveal();
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
        e("i"),
        `${teller.head(program)} `,
        e(isReady ? "em.ready" : "em", text),
      )
    );
    put(
      this.#part(".who"),
      ...answer === undefined
        ? waits
        : [e("span.answer", e("b", `${this.#head.question} `), answer)],
    );
    const say = this.#part(".say");
    // The keys can scroll what does not fit.
    if (say.scrollHeight > say.clientHeight) say.tabIndex = 0;
    else say.removeAttribute("tabindex");
    const isOver = isLast && this.hasAttribute("src");
    this.#part(".next b").textContent = teller.word(isOver ? "again" : "next");
    // The key goes on, but does not start again.
    this.#part(".next kbd").hidden = isOver;
    // Not `disabled`, with which a button would lose the focus.
    this.#part(".back").ariaDisabled = String(this.#i === 0);
    this.#part(".next").ariaDisabled = String(isLast && !isOver);
    const start = item(this.#steps, 0).at;
    const count =
      teller.word("step", { n: this.#i + 1, of: this.#steps.length }) + " · " +
      teller.word("s", { n: ((step.at - start) / 1000).toFixed(2) });
    const here = this.#part(".count");
    here.textContent = count;
    here.setAttribute("href", this.#address(this.#i));
    const range = this.#part<HTMLInputElement>("[type=range]");
    range.value = String(this.#place(this.#i));
    range.setAttribute("aria-valuetext", count);
  }
}

/** What a run is drawn from; the rest changes from step to step. */
const layoutOf = ({ programs }: RecordedRun) =>
  JSON.stringify(
    programs.map(({ file, first, lines }) => [file, first, lines]),
  );

customElements.define("run-player", RunPlayer);
