/** The parts of a scene that stay while its steps change. */
import type { Kind } from "../../../tools/record/recording.ts";
import { tint } from "./diagram.ts";
import { e, type Tree } from "./tree.ts";
import { KINDS, orderOf, type Teller } from "./words.ts";

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
  const buttons = kinds.map((kind) =>
    kinds.length === 1 ? e("span", KINDS[kind]) : e("button", {
      "data-kind": kind,
      "aria-pressed": String(kind === chosen),
    }, KINDS[kind])
  );
  return e(
    "header",
    e(
      "div",
      e("p.question", { role: "heading", "aria-level": level }, question),
      e("p.lead", lead),
    ),
    e("div.kinds", ...buttons),
  );
}

/** The sequence diagram; its rows are put into it. */
export const wireOf = (teller: Teller, rows: readonly Tree[] = []): Tree =>
  e(
    "div.wire",
    e(
      "div.heads",
      { "aria-hidden": "true" },
      ...orderOf(teller.run).map((p) =>
        e("span", { style: tint(p) }, teller.head(p))
      ),
    ),
    e("ol.rows", { "aria-label": teller.word("wire"), tabindex: 0 }, ...rows),
  );

/** The buttons of the programs, of which a phone shows one at a time. */
export const tabsOf = (teller: Teller, panes: readonly number[][]): Tree =>
  e(
    "div.tabs",
    ...panes.map((all, k) =>
      e(
        "button",
        { "data-pane": k },
        ...all.map((p) =>
          e(
            "span.tab",
            { style: tint(p) },
            e("i"),
            teller.head(p),
            e("small", { "data-state": p }),
          )
        ),
      )
    ),
  );

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
  const button = (kind: "back" | "newest") => {
    const name = teller.word(kind);
    return e(`button.${kind}`, { "aria-label": name, title: name }, icon(kind));
  };
  return e(
    "div.bar",
    e("div.say", e("p.what", { "aria-live": "polite" }), e("p.who")),
    e(
      "div.controls",
      button("back"),
      e(
        "button.next",
        e("b", teller.word("next")),
        e("kbd", "→"),
      ),
      isGrowing ? button("newest") : undefined,
    ),
    e(
      "div.time",
      e("button.play"),
      e(
        "div.axis",
        e("div.ticks", { "aria-hidden": "true" }),
        e("input", {
          type: "range",
          max: 1000,
          "aria-label": teller.word("time"),
        }),
      ),
      e("a.count", { title: teller.word("here") }),
      e(
        "select.speed",
        { "aria-label": teller.word("speed") },
        ...[0.5, 1, 2, 4].map((n) => e("option", { value: n }, `${n}×`)),
      ),
    ),
  );
}

/** What the lines of the diagram mean, and the switch for hexadecimal digits. */
export const footOf = (teller: Teller): Tree =>
  e(
    "footer",
    e("span", teller.word("legend")),
    e("label", e("input.hex", { type: "checkbox" }), ` ${teller.word("hex")}`),
  );
