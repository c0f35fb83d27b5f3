/**
 * A scene as the build writes it: what it asks, and the diagram of what happened. The
 * player takes its place, and needs the same room.
 */
import { escapeHtml } from "../../../tools/escape_html.ts";
import type { Recording } from "../../../tools/record/recording.ts";
import { stepsOf } from "../../../tools/record/steps.ts";
import { rowOf } from "./diagram.ts";
import { footOf, headOf, wireOf } from "./frame.ts";
import { answerOf, sceneOf } from "./scenes.ts";
import { e, type Tree } from "./tree.ts";
import { EN, kindsOf, type PlayerLanguage, Teller } from "./words.ts";
import { ZH } from "./words_zh.ts";

/** How wide the diagram is: as on a small phone. */
const WIDTH = 360;

/** A scene as HTML. */
export function sceneHtml(
  name: string,
  { runs }: Recording,
  language: PlayerLanguage,
  level = "3",
): string {
  const [kinds, kind] = kindsOf(runs);
  const run = runs[kind] ?? { programs: [], links: [], calls: [] };
  const steps = stepsOf(run);
  const teller = new Teller(run, steps, { en: EN, zh: ZH }[language]);
  const scene = sceneOf(language, name);
  // The player has no texts of its own: it takes them from here.
  const answers = kinds.map((kind) => [`data-${kind}`, answerOf(scene, kind)]);
  const rows = steps.map((_, i) => {
    const id = `${name}-${kind}-step-${i + 1}`;
    return rowOf(teller, WIDTH, i, `#${id}`, { id });
  });
  return htmlOf(e(
    "section.scene",
    { "aria-label": scene.question, ...Object.fromEntries(answers) },
    headOf(scene, kinds, kind, level),
    e("div.bar"),
    e("div.tabs"),
    e("div.stage", wireOf(teller, rows)),
    footOf(teller),
  ));
}

function htmlOf(tree: Tree | string): string {
  if (typeof tree === "string") return escapeHtml(tree);
  const { tag, attributes, children } = tree;
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeHtml(String(value))}"`);
  return `<${tag}${written.join("")}>${children.map(htmlOf).join("")}</${tag}>`;
}
