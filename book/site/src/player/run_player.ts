/**
 * Plays a recording: the programs left and right, the wire between them, one step
 * after the other. Without script the picture inside the element stays.
 */
import type {
  Kind,
  RecordedRun,
  Recording,
} from "../../../tools/record/recording.ts";
import {
  isRead,
  isSend,
  item,
  type Step,
  stepsOf,
} from "../../../tools/record/steps.ts";
import { KINDS, Phrases, type PlayerLanguage, WORDS } from "./words.ts";

const SPEEDS = [0.5, 1, 2, 4];
/** How long a step is shown at least, in milliseconds. */
const LEAST = 900;
/** The same while a run is followed and many steps are new. */
const SHORTEST = 60;
/** How long bytes travel, in milliseconds. */
const FLIGHT = 600;

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

/** The part of an element that this player has put there. */
function part(root: Element, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`No ${selector} in the player`);
  return found;
}

/** What a run is drawn from; the rest changes from step to step. */
const layoutOf = ({ programs, links }: RecordedRun) =>
  JSON.stringify([programs.map(({ file, lines }) => [file, lines]), links]);

export class RunPlayer extends HTMLElement {
  #runs: Recording["runs"] = {};
  #kind: Kind = "deno";
  #run: RecordedRun = { programs: [], links: [], calls: [] };
  #steps: Step[] = [];
  /** The number of the step that is shown, from 0. */
  #i = 0;
  #isHex = false;
  #speed = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether new steps of a run that goes on are shown as they come. */
  #isFollowing = true;
  #following: ReturnType<typeof setTimeout> | undefined;
  #removed = new AbortController();
  readonly #language: PlayerLanguage =
    document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  readonly #words = WORDS[this.#language];
  #phrases = new Phrases(this.#language, this.#run, () => this.#isHex);
  readonly #root = h("section", { class: "player" });
  /** The programs' panes, in the order of the programs. */
  #panes: HTMLElement[] = [];

  async connectedCallback(): Promise<void> {
    this.#removed = new AbortController();
    const { signal } = this.#removed;
    const source = this.getAttribute("src");
    if (source !== null) {
      const response = await fetch(source);
      // The picture stays.
      if (!response.ok) return;
      this.#runs = (await response.json() as Recording).runs;
      this.replaceChildren(this.#root);
      this.#choose("deno" in this.#runs ? "deno" : item(this.#kinds(), 0));
    }
    this.addEventListener("keydown", (e) => this.#key(e), { signal });
    addEventListener("hashchange", () => this.#followAddress(), { signal });
    this.#followAddress();
  }

  disconnectedCallback(): void {
    this.#removed.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#following);
  }

  /**
   * Shows a newer recording of a run that goes on: a player without `src` has its
   * recording from here. A reader at the last step sees the new ones as they come; a
   * reader at another one stays there.
   */
  take(run: RecordedRun): void {
    const steps = stepsOf(run);
    if (steps.length === 0) return;
    const shown = this.#steps[this.#i];
    const isSame = shown !== undefined && layoutOf(this.#run) === layoutOf(run);
    this.#kind = item(run.programs, 0).language;
    this.#runs = { [this.#kind]: run };
    this.#run = run;
    this.#steps = steps;
    this.#phrases = new Phrases(this.#language, run, () => this.#isHex);
    if (isSame) part(this.#root, ".axis").replaceWith(this.#axis());
    else {
      const focus = document.activeElement;
      const hasFocus = this.contains(focus);
      this.replaceChildren(this.#root);
      this.#draw();
      this.#setPlaying(this.#timer !== undefined);
      const same = hasFocus && focus?.className
        ? this.#root.querySelector<HTMLElement>(`.${focus.className}`)
        : null;
      same?.focus();
    }
    const same = steps.findIndex(({ at, program }) =>
      at === shown?.at && program === shown.program
    );
    this.#show(same === -1 ? this.#i : same);
    if (this.#isFollowing) this.#follow();
  }

  /** Shows the steps that are new, faster if there are many. */
  #follow(): void {
    const behind = this.#steps.length - 1 - this.#i;
    if (this.#following !== undefined || behind <= 0) return;
    // A screen reader gets the last one of them.
    const live = behind > 1 ? "off" : "polite";
    part(this.#root, ".sentences").setAttribute("aria-live", live);
    this.#move(this.#i + 1);
    this.#following = setTimeout(() => {
      this.#following = undefined;
      this.#follow();
    }, Math.max(SHORTEST, LEAST / behind / this.#speed));
  }

  #kinds(): Kind[] {
    return (Object.keys(KINDS) as Kind[]).filter((kind) => kind in this.#runs);
  }

  /** Begins with one of the runs. */
  #choose(kind: Kind, i = 0): void {
    const run = this.#runs[kind];
    if (run === undefined) return;
    this.#pause();
    this.#kind = kind;
    this.#run = run;
    this.#steps = stepsOf(run);
    this.#phrases = new Phrases(this.#language, run, () => this.#isHex);
    this.#draw();
    this.#show(i);
  }

  #draw(): void {
    const { programs, links } = this.#run;
    const words = this.#words;
    const names = programs.map((_, p) => this.#phrases.name(p));
    const label = words.player(names.join(words.between));
    this.#root.setAttribute("aria-label", label);
    this.#panes = programs.map((_, p) => this.#pane(p));
    const [server = "", ...clients] = this.#panes;
    const wire = links.map((_, l) => this.#link(l));
    this.#root.replaceChildren(
      h(
        "div",
        { class: "top" },
        h("div", { class: "kinds" }, ...this.#kindButtons()),
        this.#hexSwitch(),
      ),
      h(
        "div",
        { class: clients.length === 0 ? "panes alone" : "panes" },
        h("div", { class: "programs" }, ...clients),
        h("div", { class: "wire" }, ...wire),
        h("div", { class: "programs" }, server),
      ),
      h(
        "div",
        { class: "now" },
        h("p", { class: "count" }),
        h("p", { class: "sentences", "aria-live": "polite" }),
      ),
      h("div", { class: "time" }, this.#axis(), this.#scrubber()),
      h(
        "div",
        { class: "controls" },
        this.#button("start", "|◀", () => this.#go(0), words.toStart),
        this.#button("back", words.back, () => this.#go(this.#i - 1)),
        this.#button("play", words.play, () => this.#toggle()),
        this.#button("forward", words.forward, () => this.#go(this.#i + 1)),
        ...(this.hasAttribute("src") ? [] : [
          this.#button("newest", "▶|", () => this.#go(Infinity), words.newest),
        ]),
        this.#speeds(),
        h("a", { class: "here" }, words.here),
      ),
    );
  }

  #button(kind: string, text: string, act: () => void, label?: string) {
    const button = h("button", {
      type: "button",
      class: kind,
      ...(label === undefined ? {} : { "aria-label": label, title: label }),
    }, text);
    button.onclick = act;
    return button;
  }

  #kindButtons(): HTMLElement[] {
    const kinds = this.#kinds();
    if (kinds.length === 1) return kinds.map((kind) => h("b", {}, KINDS[kind]));
    return kinds.map((kind) => {
      const button = this.#button("kind", KINDS[kind], () => {
        this.#choose(kind);
        part(this.#root, ".kind[aria-pressed=true]").focus();
      });
      button.setAttribute("aria-pressed", String(kind === this.#kind));
      return button;
    });
  }

  #hexSwitch(): HTMLElement {
    const box = h("input", { type: "checkbox" });
    box.checked = this.#isHex;
    box.onchange = () => {
      this.#isHex = box.checked;
      this.#show(this.#i);
    };
    return h("label", {}, box, ` ${this.#words.hex}`);
  }

  #speeds(): HTMLElement {
    const options = SPEEDS.map((speed) =>
      h("option", { value: String(speed) }, `${speed}×`)
    );
    const label = { "aria-label": this.#words.speed };
    const select = h("select", label, ...options);
    select.value = String(this.#speed);
    select.onchange = () => this.#speed = Number(select.value);
    return select;
  }

  #axis(): HTMLElement {
    const marks = this.#steps.map(({ program }, i) =>
      h("i", {
        class: program === 0 ? "server" : "client",
        style: `left:${this.#place(i) / 10}%`,
      })
    );
    return h("div", { class: "axis", "aria-hidden": "true" }, ...marks);
  }

  #scrubber(): HTMLElement {
    const scrubber = h("input", {
      type: "range",
      min: "0",
      max: "1000",
      "aria-label": this.#words.time,
    });
    scrubber.oninput = () => {
      const place = Number(scrubber.value);
      const away = this.#steps.map((_, i) => Math.abs(this.#place(i) - place));
      this.#go(away.indexOf(Math.min(...away)));
    };
    return scrubber;
  }

  /** A program with its lines. */
  #pane(p: number): HTMLElement {
    const { file, first, lines } = item(this.#run.programs, p);
    const name = this.#phrases.name(p);
    const source = `${this.getAttribute("source")}${file}/#L${first}`;
    const shown = lines.map((line, i) =>
      h(
        "div",
        { class: "line", "data-line": String(first + i) },
        h("span", { class: "number" }, String(first + i)),
        h("code", {}, line),
        h("span", { class: "marks" }),
      )
    );
    return h(
      "figure",
      { class: `program ${p === 0 ? "server" : "client"}` },
      h(
        "figcaption",
        {},
        h("b", {}, name),
        h("a", { href: source }, item(file.split("/").slice(-1), 0)),
        h("span", { class: "state" }),
      ),
      h(
        "pre",
        {
          tabindex: "0",
          role: "region",
          "aria-label": `${name}${this.#words.between}${file}`,
        },
        ...shown,
      ),
    );
  }

  /** A connection, with what each side has sent and the other has not read. */
  #link(l: number): HTMLElement {
    const { transport, programs, ports } = item(this.#run.links, l);
    // A program that is connected to itself has one name for both ends.
    const isOne = programs[0] === programs[1];
    const [a, b] = isOne ? ports : programs.map((p) => this.#phrases.name(p));
    const buffer = (side: string, way: string) =>
      h(
        "div",
        { class: `buffer ${side}` },
        h("span", { class: "way" }, way),
        h("span", { class: "pieces" }),
      );
    return h(
      "div",
      { class: "link" },
      h("b", {}, `${transport} ${ports.join(" – ")}`),
      h("small", {}),
      buffer("client", `${a} → ${b}`),
      buffer("server", `${b} → ${a}`),
    );
  }

  /** Where a step stands on the axis, of 1000: time passes, and each step has room. */
  #place(i: number): number {
    const start = item(this.#steps, 0).at;
    const length = (i: number) =>
      (item(this.#steps, i).at - start) / 1000 + i * 0.15;
    return 1000 * length(i) / (length(this.#steps.length - 1) || 1);
  }

  /** Goes to a step because the reader wants to. */
  #go(i: number): void {
    this.#pause();
    this.#move(i);
    this.#isFollowing = this.#i === this.#steps.length - 1;
    this.#setAddress();
  }

  /** Shows a step; if it is the next one, its bytes travel. */
  #move(i: number): void {
    const to = this.#within(i);
    const start = to === this.#i + 1 ? this.#placeBefore(to) : undefined;
    this.#show(to);
    if (start !== undefined) this.#fly(start);
  }

  #within(i: number): number {
    return Math.max(0, Math.min(i, this.#steps.length - 1));
  }

  #address(): string {
    const name = this.getAttribute("name") ?? "";
    return `#${name}-${this.#kind}-step-${this.#i + 1}`;
  }

  /** Not while it plays: browsers limit how often that may change. */
  #setAddress(): void {
    history.replaceState(history.state, "", this.#address());
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
    if (!isMine) return;
    this.#choose(kind as Kind, Number(number) - 1);
    this.scrollIntoView({ block: "nearest" });
  }

  #show(i: number): void {
    this.#i = this.#within(i);
    const step = item(this.#steps, this.#i);
    const { at } = item(this.#steps, 0);
    for (const [p, pane] of this.#panes.entries()) {
      this.#mark(pane, step, p);
      part(pane, ".state").textContent = this.#state(step, p);
    }
    for (const [l, link] of [...this.#links()].entries()) {
      const { transport } = item(this.#run.links, l);
      const buffers = item(step.buffers, l);
      const connection = item(step.connections, l);
      (link as HTMLElement).dataset.connection = connection;
      part(link, "small").textContent = connection === "open"
        ? this.#words.unread
        : connection === "none"
        ? this.#words.notConnected
        : this.#words.closed;
      for (const [side, pieces] of link.querySelectorAll(".pieces").entries()) {
        this.#fill(pieces, item(buffers, side), transport === "TCP");
      }
    }
    const words = this.#words;
    const count = words.step(this.#i + 1, this.#steps.length) + " · " +
      words.seconds(((step.at - at) / 1000).toFixed(3));
    part(this.#root, ".count").textContent = count;
    part(this.#root, ".sentences").textContent = this.#phrases.sentences(step);
    const scrubber = part(this.#root, "[type=range]") as HTMLInputElement;
    scrubber.value = String(this.#place(this.#i));
    scrubber.setAttribute("aria-valuetext", count);
    part(this.#root, ".here").setAttribute("href", this.#address());
    // Not `disabled`, with which a button would lose the focus.
    const last = this.#steps.length - 1;
    for (const [kind, end] of [["back", 0], ["forward", last]] as const) {
      const isEnd = String(this.#i === end);
      part(this.#root, `.${kind}`).setAttribute("aria-disabled", isEnd);
    }
  }

  #links(): NodeListOf<Element> {
    return this.#root.querySelectorAll(".link");
  }

  #state({ states }: Step, p: number): string {
    const { error, interrupted } = item(this.#run.programs, p);
    const words = this.#words;
    if (states[p] === "not started") return words.notStarted;
    if (states[p] === "runs") return "";
    if (error !== undefined) return words.failed;
    return interrupted === undefined ? words.done : words.stopped;
  }

  /** Marks the lines in which a program is. */
  #mark(pane: HTMLElement, step: Step, p: number): void {
    for (const line of pane.querySelectorAll(".now-line, .wait-line")) {
      line.classList.remove("now-line", "wait-line");
      part(line, ".marks").replaceChildren();
    }
    const lines: Element[] = [];
    for (const wait of item(step.waits, p)) {
      const line = pane.querySelector(`[data-line="${wait.line}"]`);
      if (line === null) continue;
      line.classList.add(wait.isWaiting ? "wait-line" : "now-line");
      const [kind, text] = wait.isWaiting
        ? ["wait", this.#phrases.wait(wait, p)]
        : ["act", this.#phrases.action(step)];
      part(line, ".marks").append(h("span", { class: kind }, text));
      // The line to be seen is not the one of accept, if there is another.
      if (wait.isWaiting && wait.op === "accept") lines.push(line);
      else lines.unshift(line);
    }
    const now = pane.querySelector(".now-line") ?? lines[0];
    if (now === undefined) return;
    const pre = part(pane, "pre");
    const [line, box] = [now, pre].map((e) => e.getBoundingClientRect());
    if (line === undefined || box === undefined) return;
    if (line.top < box.top || line.bottom > box.bottom) {
      pre.scrollTop += line.top - box.top - box.height / 3;
    }
  }

  /** Shows what has been sent and not been read. */
  #fill(
    element: Element,
    pieces: { n: number; data: string }[],
    isStream: boolean,
  ): void {
    // TCP is a stream: what was written twice is not kept apart.
    const shown = !isStream || pieces.length === 0 ? pieces : [{
      n: pieces.reduce((sum, { n }) => sum + n, 0),
      data: pieces.map(({ data }) => data).join(""),
    }];
    element.replaceChildren(
      ...shown.map(({ n, data }) =>
        h(
          "span",
          { class: "piece" },
          h("span", { class: "data" }, this.#phrases.bytes(data, n)),
          h("small", {}, this.#words.bytes(n)),
        )
      ),
    );
    if (shown.length > 0) return;
    element.append(h("span", { class: "none" }, this.#words.empty));
  }

  /** Where the bytes of a step are before it; undefined if none will travel. */
  #placeBefore(i: number): DOMRect | undefined {
    const { call } = item(this.#steps, i);
    if (!call?.n || call.error !== undefined) return undefined;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return undefined;
    }
    const [from] = this.#ends(item(this.#steps, i));
    return from?.getBoundingClientRect();
  }

  /** From where bytes travel in a step, and where to. */
  #ends({ program, call }: Step): (Element | undefined)[] {
    if (call?.link === undefined || call.side === undefined) return [];
    const line = item(this.#panes, program).querySelector(
      `[data-line="${call.line}"] code`,
    ) ?? undefined;
    if (!isSend(call) && !isRead(call)) return []; // It was lost, or doubled.
    const buffers = this.#links()[call.link]?.querySelectorAll(".pieces");
    const side = isRead(call) ? 1 - call.side : call.side;
    return isSend(call) ? [line, buffers?.[side]] : [buffers?.[side], line];
  }

  /** Bytes travel between a line and a buffer. */
  #fly(from: DOMRect): void {
    const step = item(this.#steps, this.#i);
    const to = this.#ends(step)[1]?.getBoundingClientRect();
    if (to === undefined) return;
    const { call, program } = step;
    if (call === undefined) return;
    const { data = "", n = 0 } = call;
    // In the colour of the side that has sent them.
    const side = (program === 0) === isSend(call) ? "server" : "client";
    const root = this.#root.getBoundingClientRect();
    const flying = h("span", {
      class: `flying ${side}`,
      style: `left:${from.left - root.left}px;top:${from.top - root.top}px`,
      "aria-hidden": "true",
    }, this.#phrases.bytes(data, n));
    this.#root.append(flying);
    const motion = flying.animate([{ transform: "none" }, {
      transform: `translate(${to.left - from.left}px, ${to.top - from.top}px)`,
    }], { duration: FLIGHT / Math.max(1, this.#speed), easing: "ease-in-out" });
    motion.onfinish = () => flying.remove();
  }

  #toggle(): void {
    if (this.#timer === undefined) this.#play();
    else {
      this.#pause();
      this.#setAddress();
    }
  }

  #play(): void {
    if (this.#i === this.#steps.length - 1) this.#show(0);
    this.#isFollowing = false;
    this.#setPlaying(true);
    const next = () => {
      const after = this.#steps[this.#i + 1];
      if (after === undefined) {
        this.#isFollowing = true;
        return this.#pause();
      }
      const pause = Math.max(LEAST, after.at - item(this.#steps, this.#i).at);
      this.#timer = setTimeout(() => {
        this.#move(this.#i + 1);
        next();
      }, pause / this.#speed);
    };
    next();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#following);
    this.#timer = this.#following = undefined;
    if (this.#panes.length > 0) this.#setPlaying(false);
  }

  #setPlaying(isPlaying: boolean): void {
    const { play, pause } = this.#words;
    part(this.#root, ".play").textContent = isPlaying ? pause : play;
    // A screen reader cannot speak as fast as it plays.
    const live = isPlaying ? "off" : "polite";
    part(this.#root, ".sentences").setAttribute("aria-live", live);
  }

  #key(event: KeyboardEvent): void {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (target instanceof HTMLSelectElement) return;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.#go(this.#i - 1),
      ArrowRight: () => this.#go(this.#i + 1),
      Home: () => this.#go(0),
      End: () => this.#go(this.#steps.length - 1),
    };
    // Elsewhere the space bar presses what has the focus.
    const isScrubber = target instanceof HTMLInputElement &&
      target.type === "range";
    if (isScrubber) acts[" "] = () => this.#toggle();
    const act = acts[key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}

customElements.define("run-player", RunPlayer);
