/** The parts of a scene that stay while its steps change. */
import {
  item,
  type Kind,
  type RecordedRun,
} from "../../../tools/record/recording.ts";
import { tint } from "./diagram.ts";
import { partsOf } from "./text.ts";
import { e, type Tree } from "./tree.ts";
import { KINDS, orderOf, type Teller, type Word } from "./words.ts";

/** How many sockets of a program have a box at once. */
export const BOXES = 3;

/** What a scene asks, and what is to be seen in it. */
export interface Head {
  question: string;
  lead: string;
}

/** The question, the lead, and the kinds of programs to choose from. */
export function headOf(
  { question, lead }: Head,
  kinds: readonly Kind[],
  chosen: Kind,
  level: string,
): Tree {
  const title = { class: "question", role: "heading", "aria-level": level };
  return e(
    "header",
    {},
    e("div", {}, e("p", title, question), e("p", { class: "lead" }, lead)),
    e(
      "div",
      { class: "kinds" },
      ...kinds.map((kind) =>
        kinds.length === 1 ? e("span", {}, KINDS[kind]) : e("button", {
          type: "button",
          "data-kind": kind,
          "aria-pressed": String(kind === chosen),
        }, KINDS[kind])
      ),
    ),
  );
}

/** The sequence diagram; its rows are put into it. */
export function wireOf(teller: Teller, rows: readonly Tree[] = []): Tree {
  const heads = orderOf(teller.run).map((p) =>
    e("span", { style: tint(p) }, teller.head(p))
  );
  return e(
    "div",
    { class: "wire" },
    e("div", { class: "heads", "aria-hidden": "true" }, ...heads),
    e("ol", {
      class: "rows",
      "aria-label": teller.word("wire"),
      tabindex: 0,
    }, ...rows),
  );
}

/** Programs that share a pane, as they have the same code: those of the clients. */
export function panesOf({ programs }: RecordedRun): number[][] {
  const panes = new Map<string, number[]>();
  for (const [p, { file, lines }] of programs.entries()) {
    const key = p === 0 ? "server" : `${file} ${lines.length}`;
    const same = panes.get(key);
    if (same === undefined) panes.set(key, [p]);
    else same.push(p);
  }
  // The clients stand before the server, as on the page.
  const [server = [], ...clients] = panes.values();
  return [...clients, server];
}

/** Programs with their code, their sockets and what they print. */
export function paneOf(
  teller: Teller,
  programs: number[],
  k: number,
  source: string,
): Tree {
  const first = item(programs, 0);
  const program = item(teller.run.programs, first);
  const { file, lines, language, unrecorded = [], more } = program;
  const missing = more === undefined
    ? unrecorded
    : [...unrecorded, teller.word("more", { n: more.toLocaleString("en") })];
  const names = programs.map((p) =>
    e(
      "span",
      { class: "name", style: tint(p) },
      e("b", {}, teller.head(p)),
      e("small", { "data-state": p }),
    )
  );
  const code = lines.map((line, i) =>
    e(
      "div",
      {
        class: "line",
        "data-line": program.first + i,
        style: `--in:${/^ */.exec(line)?.[0].length ?? 0}`,
      },
      e("span", { class: "nr" }, String(program.first + i)),
      e(
        "span",
        {},
        ...partsOf(line, language).map(({ kind, text }) =>
          kind === "" ? text : e("i", { class: kind }, text)
        ),
      ),
      e("span", { class: "pill" }),
    )
  );
  const label = teller.word("code", { w: teller.name(first), f: file });
  return e(
    "figure",
    {
      class: `prog ${programs.includes(0) ? "server" : "client"}`,
      "data-k": k,
      style: tint(first),
    },
    e(
      "figcaption",
      {},
      ...names,
      e(
        "a",
        { class: "file", href: `${source}${file}/#L${program.first}` },
        file.split("/").at(-1),
      ),
    ),
    missing.length === 0 ? undefined : e(
      "p",
      { class: "unrecorded" },
      teller.word("unrecorded", { f: missing.join(teller.word("and")) }),
    ),
    e(
      "div",
      { class: "codebox" },
      e("pre", {
        class: "code",
        tabindex: 0,
        role: "group",
        "aria-label": label,
      }, ...code),
      e("div", { class: "pins up", "aria-hidden": "true" }),
      e("div", { class: "pins down", "aria-hidden": "true" }),
    ),
    e("div", { class: "boxes" }),
    e(
      "div",
      { class: "terms" },
      ...programs.map((p) =>
        e("pre", {
          class: "term",
          "data-p": p,
          tabindex: 0,
          role: "group",
          "aria-label": teller.word("output", { w: teller.name(p) }),
        })
      ),
    ),
  );
}

const ICONS = {
  back: "M10 3L5 8l5 5",
  play: "M5 3l8 5-8 5z",
  pause: "M5 3v10M11 3v10",
  newest: "M4 3l7 5-7 5M13 3v10",
};

/** The picture on a button. */
export const icon = (name: keyof typeof ICONS): Tree =>
  e(
    "svg",
    { viewBox: "0 0 16 16", "aria-hidden": "true" },
    e("path", { d: ICONS[name] }),
  );

/** The sentence and the controls. */
export function barOf(teller: Teller, isGrowing: boolean): Tree {
  const word = (key: Word) => teller.word(key);
  const button = (kind: string, ...children: (Tree | string)[]) =>
    e("button", { type: "button", class: kind }, ...children);
  const named = (kind: "back" | "newest", icon: Tree) => {
    const tree = button(kind, icon);
    Object.assign(tree.attributes, {
      "aria-label": word(kind),
      title: word(kind),
    });
    return tree;
  };
  return e(
    "div",
    { class: "bar" },
    e(
      "div",
      { class: "say" },
      e("p", { class: "what", "aria-live": "polite" }),
      e("p", { class: "who" }),
    ),
    e(
      "div",
      { class: "controls" },
      named("back", icon("back")),
      button("next", e("b", {}, word("next")), e("kbd", {}, word("key"))),
      isGrowing ? named("newest", icon("newest")) : undefined,
    ),
    e(
      "div",
      { class: "time" },
      button("play"),
      e(
        "div",
        { class: "axis" },
        e("div", { class: "ticks", "aria-hidden": "true" }),
        e("input", {
          type: "range",
          ...{ min: 0, max: 1000, "aria-label": word("time") },
        }),
      ),
      e("span", { class: "count" }),
      e(
        "select",
        { class: "speed", "aria-label": word("speed") },
        ...[0.5, 1, 2, 4].map((speed) =>
          e(
            "option",
            { value: speed, selected: speed === 1 ? "" : undefined },
            `${speed}×`,
          )
        ),
      ),
    ),
  );
}

/** The switch for hexadecimal digits, and the address of the step. */
export const footOf = (teller: Teller): Tree =>
  e(
    "footer",
    {},
    e(
      "label",
      {},
      e("input", { type: "checkbox", class: "hex" }),
      ` ${teller.word("hex")}`,
    ),
    e("a", { class: "here" }, teller.word("here")),
  );
