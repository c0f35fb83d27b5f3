import { escapeHtml } from "../escape_html.ts";
import { type Cast, castOf } from "./cast.ts";
import { columnsOf, preview } from "./preview.ts";
import { arrow, cross, label, type Side, text, upright } from "./shapes.ts";
import { STYLE } from "./style.ts";
import type { TraceEvent } from "./trace_events.ts";
import { type Language, WORDS, type Words } from "./words.ts";

/** How a picture is drawn. */
export interface DiagramOptions {
  /** The language of its words. */
  language: Language;
}

const WIDTH = 720;
/** From an edge to the outermost line, so that its name has room. */
const MARGIN = 100;
/** Where the lines begin, below the names. */
const TOP = 60;
const ROW = 40;
const PAUSE = 44;
/** The least time without anything that is shown, in seconds. */
const LEAST_PAUSE = 0.5;
/** How wide a column of the monospaced font is, at its 13 pixels. */
const COLUMN = 7.9;

/**
 * Draws who has said what, from top to bottom.
 *
 * Each side is a line, each event an arrow from who spoke to the other, with how
 * many bytes it was and how they begin. Where nothing happens for half a second or
 * more, the lines are dotted and say for how long.
 *
 * @throws {RangeError} If nothing has happened.
 *
 * @param events What has happened, as `parseTrace` reads it.
 * @param options The language.
 * @returns An SVG file for light and dark.
 *
 * @example
 * ```ts
 * import { parseTrace } from "./trace_events.ts";
 * import { sequenceDiagram } from "./sequence_diagram.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const events = parseTrace("0.000 UDP 127.0.0.1:51234 -> 127.0.0.1:9999 5 bytes");
 * const svg = sequenceDiagram(events, { language: "en" });
 * assertStringIncludes(svg, "5 bytes");
 * ```
 */
export function sequenceDiagram(
  events: TraceEvent[],
  { language }: DiagramOptions,
): string {
  const [first] = events;
  if (first === undefined) throw new RangeError("Nothing has happened");
  const sheet = new Sheet(castOf(events), WORDS[language]);
  let last = first.time;
  for (const event of events) {
    const pause = event.time - last;
    if (pause >= LEAST_PAUSE) sheet.pause(Math.round(pause));
    sheet.event(event);
    last = event.time;
  }
  return sheet.finish();
}

/** A picture that grows downwards. */
class Sheet {
  readonly #cast: Cast;
  readonly #say: Words;
  /** The lines of the sides, which are behind everything. */
  readonly #lines: string[] = [];
  readonly #drawn: string[] = [];
  #y = TOP;
  /** From where the lines of the sides are still to be drawn. */
  #undrawn = TOP;

  constructor(cast: Cast, words: Words) {
    this.#cast = cast;
    this.#say = words;
    for (const side of cast.sides) {
      const name = words[this.#kind(side)];
      this.#drawn.push(text("name", this.#x(side), 28, name));
      this.#drawn.push(text("address", this.#x(side), 48, side));
    }
  }

  pause(seconds: number): void {
    this.#sides("side", this.#y + 12);
    this.#sides("pause", this.#y + PAUSE);
    const words = this.#say.seconds(seconds);
    this.#drawn.push(text("word", WIDTH / 2, this.#y + PAUSE - 11, words));
    this.#y += PAUSE;
  }

  event(event: TraceEvent): void {
    this.#y += ROW;
    const { what, local, remote, from } = event;
    const ends = from === "local" ? [local, remote] : [remote, local];
    // Whoever writes the trace, it is the client who connects.
    if (what === "open") ends.sort((a) => this.#kind(a) === "client" ? -1 : 1);
    const [speaker = "", hearer = ""] = ends;
    if (what === "close" || what === "error") {
      this.#end(speaker, hearer, this.#say[what]);
    } else this.#arrow(speaker, hearer, event);
  }

  finish(): string {
    this.#sides("side", this.#y + 24);
    const { sides: [client = ""], servers: [server = ""] } = this.#cast;
    const title = escapeHtml(this.#say.title(client, server));
    const height = this.#y + 40;
    return `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="${this.#say.tag}" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${
      height - 1
    }" rx="8"/>
${[...this.#lines, ...this.#drawn].join("\n")}
</svg>
`;
  }

  #arrow(speaker: string, hearer: string, event: TraceEvent): void {
    const { what, length, bytes } = event;
    const [from, to] = [this.#x(speaker), this.#x(hearer)];
    const middle = (from + to) / 2;
    const isFaint = what !== "bytes";
    this.#drawn.push(arrow(from, to, this.#y, this.#kind(speaker), isFaint));
    if (what !== "bytes") {
      this.#drawn.push(text("word", middle, this.#y - 8, this.#say[what]));
      return;
    }
    const count = this.#say.bytes(length);
    const columns = Math.floor((Math.abs(to - from) - 24) / COLUMN);
    const room = columns - columnsOf(count) - 2;
    const said = preview(bytes, length, Math.max(1, room));
    const some = said === "…" ? "" : said;
    this.#drawn.push(label(middle, this.#y - 8, count, some));
  }

  /** A side has closed the connection, or lost it; it says so beside its line. */
  #end(side: string, other: string, what: string): void {
    const x = this.#x(side);
    const inward = x < WIDTH / 2 ? 1 : -1;
    // Among several it is to be said which one.
    const words = this.#cast.sides.length > 2 ? `${what} ${other}` : what;
    const at = x + inward * (16 + columnsOf(words) * COLUMN / 2);
    this.#drawn.push(
      cross(x, this.#y, this.#kind(side)),
      text("word", at, this.#y + 4, words),
    );
  }

  /** Draws the lines of all sides further down. */
  #sides(kind: string, to: number): void {
    for (const side of this.#cast.sides) {
      this.#lines.push(upright(kind, this.#x(side), this.#undrawn, to));
    }
    this.#undrawn = to;
  }

  #x(side: string): number {
    const { sides } = this.#cast;
    const gap = (WIDTH - 2 * MARGIN) / Math.max(1, sides.length - 1);
    return MARGIN + sides.indexOf(side) * gap;
  }

  #kind(side: string): Side {
    return this.#cast.servers.includes(side) ? "server" : "client";
  }
}
