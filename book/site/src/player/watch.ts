/**
 * The page of `deno task watch`: chooses programs, types to them, and plays what they
 * do. The server sends its state, and this page sends what the reader wants.
 */
import {
  type Action,
  type Conditions,
  type LiveProgram,
  type LiveState,
  OWN,
  type PageData,
} from "../../../tools/watch/live_state.ts";
import type { Kind } from "../../../tools/record/recording.ts";
import { type RunPlayer, words as playerWords } from "./run_player.ts";
import { WATCH_WORDS } from "./watch_words.ts";
import { KINDS, nameIn } from "./words.ts";

const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const words = WATCH_WORDS[language];

/** An element with attributes and children. */
function h<K extends keyof HTMLElementTagNameMap>(
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

/** A program on the page. */
interface Terminal {
  root: HTMLElement;
  /** Shows what is new. */
  show(program: LiveProgram, isRunning: boolean): void;
}

const data = JSON.parse(
  document.getElementById("data")?.textContent ?? "",
) as PageData;
const nameOf = (name: string) => {
  const label = nameIn(playerWords, name).replace(/^the /, "");
  return label.charAt(0).toUpperCase() + label.slice(1);
};

const problem = h("p", { class: "problem", role: "alert" });

/** Sends what the reader wants; what is wrong with it is shown. */
async function send(action: Action): Promise<void> {
  problem.textContent = "";
  try {
    const response = await fetch("action", {
      method: "POST",
      body: JSON.stringify(action),
    });
    if (!response.ok) problem.textContent = await response.text();
  } catch {
    problem.textContent = words.noServer;
  }
}

function button(text: string, act: () => void, hint?: string) {
  const element = h(
    "button",
    { type: "button", ...(hint === undefined ? {} : { title: hint }) },
    text,
  );
  element.onclick = () => {
    if (element.getAttribute("aria-disabled") !== "true") act();
  };
  return element;
}

const select = (label: string, options: [value: string, text: string][]) => {
  const element = h(
    "select",
    {},
    ...options.map(([value, text]) => h("option", { value }, text)),
  );
  return { element, label: h("label", {}, label, element) };
};

/** What is done to datagrams, as the reader has set it. */
const conditions: Conditions = { loss: 0, duplication: 0, delay: 0 };

function slider(what: keyof Conditions, most: number, step: number) {
  const shown = h("span", {}, words.amount[what](0));
  const input = h("input", {
    type: "range",
    min: "0",
    max: String(most),
    step: String(step),
    value: "0",
  });
  input.oninput = () => {
    conditions[what] = Number(input.value);
    shown.textContent = words.amount[what](conditions[what]);
    input.setAttribute("aria-valuetext", shown.textContent);
    void send({ do: "set", conditions });
  };
  return h("label", {}, `${words.conditions[what]} `, shown, input);
}

function terminal({ name, command }: LiveProgram, p: number): Terminal {
  const label = nameOf(name);
  const state = h("span", { class: "state" });
  const input = h("input", {
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": words.input(label),
    placeholder: words.placeholder,
  });
  const enter = h("button", { type: "submit" }, words.enter);
  const interrupt = () => void send({ do: "interrupt", program: p });
  const controls = [
    button("Ctrl-C", interrupt, words.interrupt),
    button(
      "Ctrl-D",
      () => void send({ do: "end input", program: p }),
      words.endInput,
    ),
  ];
  const form = h("form", {}, input, enter, ...controls);
  form.onsubmit = (event) => {
    event.preventDefault();
    if (input.readOnly) return;
    void send({ do: "type", program: p, line: input.value });
    input.value = "";
  };
  input.onkeydown = (event) => {
    // As in a terminal; with a selection it copies.
    const isCopy = input.selectionStart !== input.selectionEnd;
    if (!event.ctrlKey || event.key !== "c" || isCopy) return;
    event.preventDefault();
    interrupt();
  };
  const side = p === 0 ? "server" : "client";
  const root = h(
    "section",
    { class: `terminal ${side}`, "aria-label": label },
    h(
      "header",
      {},
      h("b", {}, label),
      h("code", { title: command }, command),
      state,
    ),
    form,
  );
  return {
    root,
    show({ hasStarted, hasEnded }, isRunning) {
      const isOn = hasStarted && !hasEnded && isRunning;
      state.textContent = isOn
        ? words.runs
        : hasEnded
        ? words.ended
        : words.notStarted;
      // Not `disabled`, with which they would lose the focus.
      input.readOnly = !isOn;
      for (const control of [enter, ...controls]) {
        control.setAttribute("aria-disabled", String(!isOn));
      }
    },
  };
}

const names = words.choices as Record<string, string>;
const choice = select(words.programs, [
  ...data.choices.map(({ name }): [string, string] => [
    name,
    names[name] ?? name,
  ]),
  [OWN, words.own],
]);
const kind = select(words.kind, []);
const commands = h("textarea", {
  rows: "3",
  spellcheck: "false",
  placeholder: "book/2-tcp-server/plain.ts\nbook/2-tcp-server/plain_client.ts",
});
commands.value = data.own;
const own = h("label", { class: "own" }, words.commands, commands);
const start = h("button", { type: "submit", class: "go" }, words.start);
const stop = button(words.stop, () => void send({ do: "stop" }));
const form = h(
  "form",
  { class: "choose" },
  choice.label,
  kind.label,
  start,
  stop,
  own,
);
const status = h("p", { class: "status", role: "status" }, words.ready);
const network = h(
  "fieldset",
  { class: "network" },
  h("legend", {}, words.network),
  slider("loss", 100, 10),
  slider("duplication", 100, 10),
  slider("delay", 3_000, 100),
);
const terminals = h("div", { class: "terminals" });
const play = h("div", { class: "play" });

let shown: LiveState = { number: 0, programs: [], isRunning: false };
let parts: Terminal[] = [];
let player: RunPlayer | undefined;
/** After this run the reader has started one here, and types next. */
let typesAfter = Infinity;

function showChoice(): void {
  const chosen = data.choices.find(({ name }) => name === choice.element.value);
  const kinds = chosen?.kinds ?? [];
  const before = kind.element.value as Kind;
  kind.element.replaceChildren(
    ...kinds.map((kind) => h("option", { value: kind }, KINDS[kind])),
  );
  const first = kinds.includes("deno") ? "deno" : kinds[0];
  kind.element.value = kinds.includes(before) ? before : first ?? "";
  kind.label.hidden = kinds.length < 2;
  own.hidden = chosen !== undefined;
  showNetwork();
}

function showNetwork(): void {
  const chosen = data.choices.find(({ name }) => name === choice.element.value);
  const isRunning = shown.isRunning && shown.conditions !== undefined;
  network.hidden = !isRunning && !chosen?.isUdp;
}

function show(state: LiveState): void {
  const isNew = state.number !== shown.number;
  shown = state;
  if (isNew) {
    player = document.createElement("run-player") as RunPlayer;
    player.setAttribute("name", "run");
    player.setAttribute("source", "source/");
    player.setAttribute("level", "2");
    play.replaceChildren(player);
    parts = state.programs.map(terminal);
    // The server stands on the right, as in the player.
    const roots = parts.map(({ root }) => root);
    terminals.replaceChildren(...roots.slice(1), ...roots.slice(0, 1));
  }
  for (const [p, program] of state.programs.entries()) {
    parts[p]?.show(program, state.isRunning);
  }
  if (state.run !== undefined) player?.take(state.run);
  stop.setAttribute("aria-disabled", String(!state.isRunning));
  const client = parts[1];
  if (state.number > typesAfter && state.programs[1]?.hasStarted) {
    typesAfter = Infinity;
    client?.root.querySelector("input")?.focus();
  }
  status.textContent = state.number === 0
    ? words.ready
    : state.isRunning
    ? words.running
    : words.over[state.reason ?? "end"](data.limit);
  showNetwork();
}

form.onsubmit = (event) => {
  event.preventDefault();
  const name = choice.element.value;
  typesAfter = name.startsWith("typed") ? shown.number : Infinity;
  void send({
    do: "start",
    choice: name,
    kind: kind.element.value as Kind,
    commands: commands.value,
    conditions,
  });
};
choice.element.onchange = showChoice;
if (data.own !== "") choice.element.value = OWN;
showChoice();
document.title = words.title;
document.getElementById("watch")?.append(
  h("h1", {}, words.title),
  form,
  problem,
  status,
  network,
  terminals,
  play,
);

/** After a lost stream, the next one is tried in so many milliseconds. */
const PATIENCE = 2_000;

function follow(): void {
  const events = new EventSource("events");
  events.onmessage = ({ data }) => show(JSON.parse(data) as LiveState);
  events.onerror = () => {
    // The browser gives up after some errors, and not after others.
    events.close();
    stop.setAttribute("aria-disabled", "true");
    status.textContent = words.noServer;
    setTimeout(follow, PATIENCE);
  };
}

follow();
