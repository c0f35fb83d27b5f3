import { type Participants, participantsOf } from "./participants.ts";
import { COLUMN, columnsOf, preview, roomBeside } from "./preview.ts";
import {
  arrow,
  cross,
  label,
  picture,
  type Side,
  text,
  upright,
} from "./shapes.ts";
import type { TraceEvent } from "./trace_events.ts";
import { type Language, WORDS, type Words } from "./words.ts";

/** How a picture is drawn. */
export interface DiagramOptions {
  /** The language of its words. */
  language: Language;
}

/** For two sides: narrow, so that its words can be read on a phone. */
const NARROW = 480;
const WIDE = 600;
/** From an edge to the outermost line, so that its name has room. */
const MARGIN = 76;
/** Where the lines begin, below the names. */
const TOP = 60;
const ROW = 40;
const PAUSE = 44;
/** The shortest pause that is shown, in seconds. */
const LEAST_PAUSE = 0.5;

/**
 * Draws the events of a trace from top to bottom.
 *
 * Each side is a line, each event an arrow from sender to receiver, with the number
 * of bytes and the first of them. Where nothing happens for half a second or more,
 * the lines are dotted and show the time.
 *
 * @throws {RangeError} If there are no events.
 *
 * @param events The events, as `parseTrace` reads them.
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
  if (first === undefined) throw new RangeError("There are no events");
  const sheet = new Sheet(participantsOf(events), WORDS[language]);
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
  readonly #participants: Participants;
  readonly #words: Words;
  readonly #width: number;
  /** The lines of the sides, which are behind everything. */
  readonly #lines: string[] = [];
  readonly #drawn: string[] = [];
  #y = TOP;
  /** Where the lines of the sides end so far. */
  #undrawn = TOP;

  constructor(participants: Participants, words: Words) {
    this.#participants = participants;
    this.#words = words;
    this.#width = participants.sides.length > 2 ? WIDE : NARROW;
    for (const side of participants.sides) {
      const name = words[this.#kind(side)];
      this.#drawn.push(text("name", this.#x(side), 28, name));
      this.#drawn.push(text("address", this.#x(side), 48, side));
    }
  }

  pause(seconds: number): void {
    this.#sides("side", this.#y + 12);
    this.#sides("pause", this.#y + PAUSE);
    const words = this.#words.seconds(seconds);
    this.#drawn.push(
      text("word", this.#width / 2, this.#y + PAUSE - 11, words),
    );
    this.#y += PAUSE;
  }

  event(event: TraceEvent): void {
    this.#y += ROW;
    const { what, local, remote, from } = event;
    const ends = from === "local" ? [local, remote] : [remote, local];
    // The client connects, whichever side wrote the trace.
    if (what === "open") ends.sort((a) => this.#kind(a) === "client" ? -1 : 1);
    const [sender = "", receiver = ""] = ends;
    if (what === "close" || what === "error") {
      this.#end(sender, receiver, this.#words[what]);
    } else this.#arrow(sender, receiver, event);
  }

  finish(): string {
    this.#sides("side", this.#y + 24);
    const { sides: [client = ""], servers: [server = ""] } = this.#participants;
    return picture([...this.#lines, ...this.#drawn], {
      width: this.#width,
      height: this.#y + 40,
      tag: this.#words.tag,
      title: this.#words.title(client, server),
    });
  }

  #arrow(sender: string, receiver: string, event: TraceEvent): void {
    const { what, length, bytes } = event;
    const [from, to] = [this.#x(sender), this.#x(receiver)];
    const middle = (from + to) / 2;
    const isFaint = what !== "bytes";
    this.#drawn.push(arrow(from, to, this.#y, this.#kind(sender), isFaint));
    if (what !== "bytes") {
      this.#drawn.push(text("word", middle, this.#y - 8, this.#words[what]));
      return;
    }
    const count = this.#words.bytes(length);
    const room = roomBeside(count, Math.abs(to - from));
    const begin = preview(bytes, length, room);
    const shown = begin === "…" ? "" : begin;
    this.#drawn.push(label(middle, this.#y - 8, count, shown));
  }

  /** A side closed the connection, or lost it: a cross, and a word beside its line. */
  #end(side: string, other: string, what: string): void {
    const x = this.#x(side);
    const inward = x < this.#width / 2 ? 1 : -1;
    // Among several connections, the other side tells which one.
    const words = this.#participants.sides.length > 2
      ? `${what} ${other}`
      : what;
    const at = x + inward * (16 + columnsOf(words) * COLUMN / 2);
    this.#drawn.push(
      cross(x, this.#y, this.#kind(side)),
      text("word", at, this.#y + 4, words),
    );
  }

  /** Draws the lines of all sides further down. */
  #sides(kind: string, to: number): void {
    for (const side of this.#participants.sides) {
      this.#lines.push(upright(kind, this.#x(side), this.#undrawn, to));
    }
    this.#undrawn = to;
  }

  #x(side: string): number {
    const { sides } = this.#participants;
    const gap = (this.#width - 2 * MARGIN) / Math.max(1, sides.length - 1);
    return MARGIN + sides.indexOf(side) * gap;
  }

  #kind(side: string): Side {
    return this.#participants.servers.includes(side) ? "server" : "client";
  }
}
