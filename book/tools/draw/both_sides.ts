import type { DiagramOptions } from "./sequence_diagram.ts";
import { participantsOf } from "./participants.ts";
import { preview, roomBeside } from "./preview.ts";
import { arrow, label, picture, type Side, text, upright } from "./shapes.ts";
import type { TraceEvent } from "./trace_events.ts";
import { WORDS } from "./words.ts";

const WIDTH = 640;
const MIDDLE = WIDTH / 2;
const X: Record<Side, number> = { client: 70, server: WIDTH - 70 };
const TOP = 60;
const ROW = 36;
const LEAST_PAUSE = 0.5;

/**
 * Draws the traces of both sides of one TCP connection: what each call has written
 * into the kernels' buffers, and what each call has read from them. So it shows
 * where writes and reads differ.
 *
 * @throws {RangeError} If the traces do not belong to one connection.
 *
 * @param traces The trace of either side.
 * @param options The language.
 * @returns An SVG file for light and dark.
 *
 * @example
 * ```ts
 * import { bothSides } from "./both_sides.ts";
 * import { parseTrace } from "./trace_events.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const client = parseTrace("0.000 TCP 127.0.0.1:51234 -> 127.0.0.1:9999 5 bytes");
 * const server = parseTrace("0.100 TCP 127.0.0.1:9999 <- 127.0.0.1:51234 5 bytes");
 * const svg = bothSides([client, server], { language: "en" });
 * assertStringIncludes(svg, "5 bytes");
 * ```
 */
export function bothSides(
  traces: TraceEvent[][],
  { language }: DiagramOptions,
): string {
  const words = WORDS[language];
  const all = traces.flat();
  const { sides: [client = "", server = ""], servers } = participantsOf(
    all.slice(0, 1),
  );
  const ends = [client, server];
  if (
    traces.length !== 2 ||
    all.some(({ local, remote }) =>
      !ends.includes(local) || !ends.includes(remote)
    )
  ) throw new RangeError("These are not the two sides of one connection");

  const lines: string[] = [];
  const drawn = [
    text("name", X.client, 28, words.client),
    text("address", X.client, 48, client),
    text("name", MIDDLE, 28, words.buffers),
    text("name", X.server, 28, words.server),
    text("address", X.server, 48, server),
  ];
  let y = TOP;
  let drawnTo = TOP;
  const extend = (kind: string, to: number) => {
    for (const x of [X.client, MIDDLE, X.server]) {
      lines.push(upright(kind, x, drawnTo, to));
    }
    drawnTo = to;
  };
  let last = 0;
  for (const event of inOrder(traces)) {
    const pause = event.time - last;
    if (pause >= LEAST_PAUSE) {
      extend("side", y + 12);
      extend("pause", y + ROW + 8);
      const x = (X.client + MIDDLE) / 2;
      drawn.push(text("word", x, y + ROW, words.seconds(Math.round(pause))));
      y += ROW + 8;
    }
    last = event.time;
    y += ROW;
    const side: Side = servers.includes(event.local) ? "server" : "client";
    const isWrite = event.from === "local";
    const [from, to] = isWrite ? [X[side], MIDDLE] : [MIDDLE, X[side]];
    const sender = isWrite ? side : side === "client" ? "server" : "client";
    const count = words.bytes(event.length);
    const room = roomBeside(count, Math.abs(to - from));
    drawn.push(
      arrow(from, to, y, sender, false),
      label(
        (from + to) / 2,
        y - 8,
        count,
        preview(event.bytes, event.length, room),
      ),
    );
  }
  extend("side", y + 24);
  return picture([...lines, ...drawn], {
    width: WIDTH,
    height: y + 40,
    tag: words.tag,
    title: words.title(client, server),
  });
}

/**
 * The reads and writes of both sides in one order. Their clocks began at about the
 * same time; a read comes after the writes whose bytes it has.
 */
function* inOrder(traces: TraceEvent[][]): Generator<TraceEvent> {
  const queues = traces.map((trace) =>
    trace.filter(({ what }) => what === "bytes")
  );
  /** How many bytes each side has written and the other has not read yet. */
  const buffered = new Map<string, number>();
  const isPossible = ({ from, remote, length }: TraceEvent) =>
    from === "local" || (buffered.get(remote) ?? 0) >= length;
  while (true) {
    const next = queues
      .flatMap(([first]) => first === undefined ? [] : [first])
      .filter(isPossible)
      // At the same time a read comes first: it has waited for its bytes.
      .sort((a, b) => a.time - b.time || a.from.localeCompare(b.from) * -1)
      .at(0);
    if (next === undefined) return;
    const writer = next.from === "local" ? next.local : next.remote;
    const change = next.from === "local" ? next.length : -next.length;
    buffered.set(writer, (buffered.get(writer) ?? 0) + change);
    for (const queue of queues) if (queue[0] === next) queue.shift();
    yield next;
  }
}
