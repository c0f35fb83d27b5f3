/**
 * Plays a recording: the programs left and right, the wire between them, one step after
 * the other. Without script the picture inside the element stays.
 */
import {
  isRead,
  isSend,
  type Step,
  stepsOf,
} from "../../../../tools/record/steps.ts";
import type {
  RecordedRun,
  Recording,
} from "../../../../tools/record/recording.ts";
import { Phrases, type PlayerLanguage, WORDS } from "./words.ts";

const NAMES = { python: "Python", deno: "Deno" };
const SPEEDS = [0.5, 1, 2, 4];
/** How long a step is shown at least, in milliseconds. */
const LEAST = 900;
const FLIGHT = 600;

type Language = keyof typeof NAMES;

/** An element with attributes and children. */
function h(
  tag: string,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

class RunPlayer extends HTMLElement {
  #runs: Recording["runs"] = {};
  #language: Language = "deno";
  #steps: Step[] = [];
  #i = 0;
  #isHex = false;
  #speed = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #phrases!: Phrases;
  #root = h("section", { class: "player" });
  #words = WORDS[this.#uiLanguage];

  get #uiLanguage(): PlayerLanguage {
    return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  }

  get #name(): string {
    return this.getAttribute("name") ?? "";
  }

  async connectedCallback(): Promise<void> {
    const response = await fetch(this.getAttribute("src") ?? "");
    if (!response.ok) return;
    this.#runs = (await response.json() as Recording).runs;
    this.replaceChildren(this.#root);
    this.#choose("deno" in this.#runs ? "deno" : "python");
    this.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#followAddress());
    this.#followAddress();
  }

  #get<T extends HTMLElement>(selector: string): T {
    return this.#root.querySelector<T>(selector)!;
  }

  /** Begins with the programs of one language. */
  #choose(language: Language, i = 0): void {
    this.#pause();
    const run = this.#runs[language]!;
    this.#language = language;
    this.#steps = stepsOf(run);
    this.#phrases = new Phrases(this.#uiLanguage, run, () => this.#isHex);
    this.#draw(run);
    this.#show(i);
  }

  #draw(run: RecordedRun): void {
    const words = this.#words;
    const { programs, links } = run;
    const names = programs.map((_, p) => this.#phrases.name(p));
    this.#root.setAttribute(
      "aria-label",
      words.player(names.join(words.between)),
    );
    const all = programs.map((_, p) => this.#program(run, p));
    const [server, ...clients] = all;
    const languages = (Object.keys(NAMES) as Language[]).filter((l) =>
      l in this.#runs
    );
    const buttons = languages.map((l) => {
      if (languages.length === 1) return h("b", {}, NAMES[l]);
      const button = h("button", {
        type: "button",
        "aria-pressed": String(l === this.#language),
        class: "language",
      }, NAMES[l]);
      button.onclick = () => {
        this.#choose(l);
        this.#get<HTMLElement>(".language[aria-pressed=true]").focus();
      };
      return button;
    });
    const button = (
      kind: string,
      label: string,
      sign: string,
      act: () => void,
    ) => {
      const element = h("button", {
        type: "button",
        class: kind,
        "aria-label": label,
        title: label,
      }, sign);
      element.onclick = act;
      return element;
    };
    const speed = h(
      "select",
      { "aria-label": words.speed },
      ...SPEEDS.map((speed) =>
        h("option", { value: String(speed) }, `${speed}×`)
      ),
    ) as HTMLSelectElement;
    speed.value = String(this.#speed);
    speed.onchange = () => this.#speed = Number(speed.value);
    const hex = h("input", { type: "checkbox" }) as HTMLInputElement;
    hex.checked = this.#isHex;
    hex.onchange = () => {
      this.#isHex = hex.checked;
      this.#show(this.#i);
    };
    const scrubber = h("input", {
      type: "range",
      min: "0",
      max: "1000",
      step: "1",
      "aria-label": words.time,
    }) as HTMLInputElement;
    scrubber.oninput = () => this.#go(this.#nearest(Number(scrubber.value)));
    const axis = h("div", { class: "axis", "aria-hidden": "true" });
    for (const [i, { program }] of this.#steps.entries()) {
      axis.append(
        h("i", {
          class: program === 0 ? "server" : "client",
          style: `left:${this.#place(i) / 10}%`,
        }),
      );
    }
    this.#root.replaceChildren(
      h(
        "div",
        { class: "top" },
        h("div", { class: "languages" }, ...buttons),
        h("label", {}, hex, ` ${words.hex}`),
      ),
      h(
        "div",
        { class: "panes" },
        h("div", { class: "programs" }, ...clients),
        h(
          "div",
          { class: "wire" },
          ...links.map((_, l) => this.#link(run, l)),
        ),
        h("div", { class: "programs" }, server!),
      ),
      h(
        "div",
        { class: "now" },
        h("p", { class: "count" }),
        h("p", { class: "sentences", "aria-live": "polite" }),
      ),
      h("div", { class: "time" }, axis, scrubber),
      h(
        "div",
        { class: "controls" },
        button("start", words.toStart, "|◀", () => this.#go(0)),
        button("back", words.back, "◀", () => this.#go(this.#i - 1)),
        button(
          "play",
          words.play,
          "▶",
          () => this.#timer === undefined ? this.#play() : this.#pause(),
        ),
        button("forward", words.forward, "▶|", () => this.#go(this.#i + 1)),
        speed,
        h("a", { class: "here" }, words.here),
      ),
    );
  }

  #program({ programs }: RecordedRun, p: number): HTMLElement {
    const { file, first, lines } = programs[p]!;
    const name = this.#phrases.name(p);
    const where = `${this.getAttribute("source")}${file}/#L${first}`;
    return h(
      "figure",
      { class: `program ${p === 0 ? "server" : "client"}` },
      h(
        "figcaption",
        {},
        h("b", {}, name),
        " ",
        h("a", { href: where }, file.split("/").at(-1)!),
        h("span", { class: "state" }),
      ),
      h(
        "pre",
        {
          tabindex: "0",
          role: "region",
          "aria-label": `${name}${this.#words.between}${file}`,
        },
        ...lines.map((line, i) =>
          h(
            "div",
            { class: "line", "data-line": String(first + i) },
            h("span", { class: "number" }, String(first + i)),
            h("code", {}, line),
            h("span", { class: "marks" }),
          )
        ),
      ),
    );
  }

  #link({ links }: RecordedRun, l: number): HTMLElement {
    const { transport, programs, ports } = links[l]!;
    const [a, b] = programs.map((p) => this.#phrases.name(p));
    const buffer = (side: 0 | 1) =>
      h(
        "div",
        {
          class: `buffer ${side === 0 ? "client" : "server"}`,
          title: this.#words.unread,
        },
        h("span", { class: "way" }, side === 0 ? `${a} → ${b}` : `${b} → ${a}`),
        h("span", { class: "pieces" }),
      );
    return h(
      "div",
      { class: "link" },
      h("b", {}, `${transport} ${ports.join(" – ")}`),
      buffer(0),
      buffer(1),
      h("small", {}, this.#words.unread),
    );
  }

  /** Where a step stands on the axis, of 1000: time passes, and each step has room. */
  #place(i: number): number {
    const steps = this.#steps;
    const length = (i: number) => {
      const whole = steps[i]!.at - steps[0]!.at;
      return whole / 1000 + i * 0.15;
    };
    return 1000 * length(i) / (length(steps.length - 1) || 1);
  }

  #nearest(place: number): number {
    const away = this.#steps.map((_, i) => Math.abs(this.#place(i) - place));
    return away.indexOf(Math.min(...away));
  }

  /** Goes to a step because the reader wants to. */
  #go(i: number): void {
    this.#pause();
    this.#step(i);
  }

  #step(i: number): void {
    const to = Math.max(0, Math.min(i, this.#steps.length - 1));
    const from = this.#departure(to);
    this.#show(to);
    if (from !== null) this.#fly(from);
    history.replaceState(history.state, "", this.#address());
  }

  #address(): string {
    return `#${this.#name}-${this.#language}-step-${this.#i + 1}`;
  }

  /** Opens the step that the page's address names. */
  #followAddress(): void {
    const [, name = this.#name, language = this.#language, number] =
      /^#(?:([\w-]+?)-(python|deno)-)?step-(\d+)$/.exec(location.hash) ?? [];
    const first = document.querySelector("run-player");
    if (number === undefined || name !== this.#name) return;
    if (!location.hash.startsWith(`#${name}-`) && first !== this) return;
    if (!(language in this.#runs)) return;
    this.#choose(language as Language, Math.min(Number(number), 1e6) - 1);
    this.scrollIntoView({ block: "nearest" });
  }

  #show(i: number): void {
    this.#i = Math.max(0, Math.min(i, this.#steps.length - 1));
    const step = this.#steps[this.#i]!;
    const words = this.#words;
    const { programs } = this.#runs[this.#language]!;
    const figures = this.#figures();
    for (const [p, figure] of figures.entries()) this.#mark(figure, step, p);
    for (const [p, figure] of figures.entries()) {
      const { isStopped, error } = programs[p]!;
      const state = error !== undefined
        ? words.failed
        : isStopped
        ? words.stopped
        : words.done;
      figure.querySelector(".state")!.textContent = step.ended[p] ? state : "";
    }
    for (const [l, link] of this.#root.querySelectorAll(".link").entries()) {
      for (const [side, pieces] of link.querySelectorAll(".pieces").entries()) {
        this.#fill(pieces, step, l, side as 0 | 1);
      }
    }
    const seconds = ((step.at - this.#steps[0]!.at) / 1000).toFixed(3);
    this.#get(".count").textContent = `${
      words.step(this.#i + 1, this.#steps.length)
    } · ${words.seconds(seconds)}`;
    this.#get(".sentences").textContent = this.#phrases.sentences(step);
    const scrubber = this.#get<HTMLInputElement>("input[type=range]");
    scrubber.value = String(this.#place(this.#i));
    scrubber.setAttribute("aria-valuetext", this.#get(".count").textContent!);
    this.#get(".here").setAttribute("href", this.#address());
    // Not `disabled`, with which a button would lose the focus.
    const last = this.#steps.length - 1;
    for (const [kind, end] of [["back", 0], ["forward", last]] as const) {
      this.#get(`.${kind}`).setAttribute("aria-disabled", `${this.#i === end}`);
    }
  }

  /** The programs in their order: the server stands last on the page. */
  #figures(): HTMLElement[] {
    const all = [...this.#root.querySelectorAll<HTMLElement>(".program")];
    return [all.at(-1)!, ...all.slice(0, -1)];
  }

  #mark(figure: HTMLElement, step: Step, p: number): void {
    for (const line of figure.querySelectorAll(".now-line, .wait-line")) {
      line.classList.remove("now-line", "wait-line");
      line.querySelector(".marks")!.replaceChildren();
    }
    let shown: Element | null = null;
    for (const wait of step.waits[p]!) {
      const line = figure.querySelector(`[data-line="${wait.line}"]`);
      if (line === null) continue;
      line.classList.add(wait.isWaiting ? "wait-line" : "now-line");
      const text = wait.isWaiting
        ? this.#phrases.wait(wait, p)
        : this.#phrases.action(step);
      line.querySelector(".marks")!.append(
        h("span", { class: wait.isWaiting ? "wait" : "act" }, text),
      );
      if (!wait.isWaiting || wait.op !== "accept") shown ??= line;
      shown ??= line;
    }
    const pre = figure.querySelector("pre")!;
    if (shown === null) return;
    const [line, box] = [shown, pre].map((e) => e.getBoundingClientRect());
    if (line!.top < box!.top || line!.bottom > box!.bottom) {
      pre.scrollTop += line!.top - box!.top - box!.height / 3;
    }
  }

  #fill(pieces: Element, { buffers }: Step, link: number, side: 0 | 1): void {
    const { transport } = this.#runs[this.#language]!.links[link]!;
    const all = buffers[link]![side];
    // TCP is a stream: what was written twice is not kept apart.
    const shown = transport === "UDP" || all.length === 0 ? all : [{
      n: all.reduce((sum, { n }) => sum + n, 0),
      data: all.map(({ data }) => data).join(""),
    }];
    pieces.replaceChildren(
      ...shown.map(({ n, data }) =>
        h(
          "span",
          { class: "piece" },
          h("span", { class: "data" }, this.#phrases.bytes(data, n)),
          h("small", {}, this.#words.bytes(n)),
        )
      ),
    );
    if (shown.length === 0) {
      pieces.append(h("span", { class: "none" }, this.#words.empty));
    }
  }

  /** From where bytes set out in a step, which is one ahead; null if none move. */
  #departure(i: number): { text: string; box: DOMRect; step: Step } | null {
    const step = this.#steps[i]!;
    const { call } = step;
    if (i !== this.#i + 1 || !call?.n || call.link === undefined) return null;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
    const from = isSend(call) ? this.#lineOf(step) : this.#bufferOf(step);
    if (from === null) return null;
    return {
      text: this.#phrases.bytes(call.data ?? "", call.n),
      box: from.getBoundingClientRect(),
      step,
    };
  }

  #lineOf({ program, call }: Step): Element | null {
    return this.#figures()[program]!.querySelector(
      `[data-line="${call!.line}"] code`,
    );
  }

  #bufferOf({ call }: Step): Element | null {
    const side = isRead(call!) ? 1 - call!.side! : call!.side!;
    return this.#root.querySelectorAll(".link")[call!.link!]!.querySelectorAll(
      ".pieces",
    )[side] ?? null;
  }

  /** Bytes travel between a line and the buffer. */
  #fly({ text, box, step }: { text: string; box: DOMRect; step: Step }): void {
    const to = (isSend(step.call!) ? this.#bufferOf(step) : this.#lineOf(step))
      ?.getBoundingClientRect();
    if (to === undefined) return;
    const flying = h("span", {
      class: `flying ${step.program === 0 ? "server" : "client"}`,
      "aria-hidden": "true",
    }, text);
    flying.style.left = `${box.left}px`;
    flying.style.top = `${box.top}px`;
    this.#root.append(flying);
    const motion = flying.animate([{ transform: "none" }, {
      transform: `translate(${to.left - box.left}px, ${to.top - box.top}px)`,
    }], { duration: FLIGHT / Math.max(1, this.#speed), easing: "ease-in-out" });
    motion.onfinish = () => flying.remove();
  }

  #play(): void {
    if (this.#i === this.#steps.length - 1) this.#show(0);
    this.#setPlaying(true);
    const next = () => {
      const step = this.#steps[this.#i]!;
      const after = this.#steps[this.#i + 1];
      if (after === undefined) return this.#pause();
      this.#timer = setTimeout(() => {
        this.#step(this.#i + 1);
        next();
      }, Math.max(LEAST, after.at - step.at) / this.#speed);
    };
    next();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setPlaying(false);
  }

  #setPlaying(isPlaying: boolean): void {
    const button = this.#root.querySelector(".play");
    if (button === null) return;
    const label = isPlaying ? this.#words.pause : this.#words.play;
    button.textContent = isPlaying ? "❚❚" : "▶";
    button.setAttribute("aria-label", label);
    button.setAttribute("title", label);
    // Nobody can listen as fast as it plays.
    this.#get(".sentences").setAttribute(
      "aria-live",
      isPlaying ? "off" : "polite",
    );
  }

  #key(event: KeyboardEvent): void {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (target instanceof HTMLSelectElement) return;
    const to: Record<string, number> = {
      ArrowLeft: this.#i - 1,
      ArrowRight: this.#i + 1,
      Home: 0,
      End: this.#steps.length - 1,
    };
    if (!(key in to)) return;
    event.preventDefault();
    this.#go(to[key]!);
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
  }
}

customElements.define("run-player", RunPlayer);
