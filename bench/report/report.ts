import { type Figures, show, spread } from "./figures.ts";
import { goals, isMet } from "./goals.ts";
import { CURL, GET } from "../measure/get.ts";
import { EMPTY, PYTHON, PYTHON_SERVER, SCRIPTS } from "../measure/start.ts";
import { LIMIT, NODE, type Rival, UDP_LIMIT, UDP_NODE } from "../rivals.ts";
import type { Setting } from "../setting.ts";
import { table } from "./table.ts";

/** The text of RESULTS.md, its explanations left out. */
export function report(
  setting: Setting,
  here: Rival[],
  missing: string[],
  machine: string,
): string {
  const { figures, rounds, seconds, page } = setting;
  const names = (transport: string) =>
    here.filter((rival) => rival.transport === transport).map((r) => r.name);
  const spreads = names("tcp").map((name) =>
    spread(figures.values(name, "one core 50 rps"))
  );
  return `${machine}

Medians of ${rounds} rounds of ${seconds} s, the rivals one after the other in each
round; a ratio is the median of the rounds' ratios. Where it says one core, server and load share it, which is the steadiest way
on a shared machine; with two, each has its own. Of one figure (requests/s, 50
connections, one core) the highest round was up to ${
    show(Math.max(...spreads))
  } times the lowest.
Left out, as not installed: ${missing.join("; ") || "none"}.

### TCP

${throughput(setting, names("tcp"))}

${tails(setting, names("tcp"))}

${connections(setting, names("tcp"))}

### UDP

${
    table(
      ["128 in flight, one core", "datagrams/s", "of C", "of Node", "lost"],
      names("udp").map((name) => [
        name,
        show(figures.get(name, "udp dps")),
        ratio(figures, name, "udp dps", UDP_LIMIT),
        ratio(figures, name, "udp dps", UDP_NODE),
        show(figures.get(name, "udp lost")),
      ]),
    )
  }

### Start-up

${
    table(
      ["From the start to the first action", "ms", `of ${EMPTY}`],
      [EMPTY, ...SCRIPTS, PYTHON_SERVER, PYTHON].map((name) => [
        name,
        show(figures.get(name, "start")),
        ratio(figures, name, "start", EMPTY),
      ]),
    )
  }

A server's first action is its Bind line, a client's its connection or its datagram;
the empty script and Python's imports are measured to their end.

### A page of ${show(page / 1e6)} MB from nginx

${
    table(
      ["", "MB/s", "peak memory in MiB"],
      [CURL, GET].map((name) => [
        name,
        show(figures.get(name, "MB/s")),
        show(figures.get(name, "peak MiB")),
      ]),
    )
  }

### Goals

${
    table(
      ["", "Goal", "Measured", "Met"],
      goals(figures).map((goal) => [
        goal.what,
        goal.atLeast === undefined
          ? `at most ${show(goal.atMost ?? NaN)}`
          : `at least ${show(goal.atLeast)}`,
        show(goal.value),
        isMet(goal),
      ]),
    )
  }
`;
}

function ratio(figures: Figures, name: string, figure: string, to: string) {
  return show(figures.ratio(name, to, figure));
}

function heading(connections: number): string {
  return `${show(connections)} ${
    connections === 1 ? "connection" : "connections"
  }`;
}

function throughput({ figures, connections }: Setting, names: string[]) {
  return table(
    [
      "requests/s, one core (of C; of Node)",
      ...connections.map(heading),
    ],
    names.map((name) => [
      name,
      ...connections.map((n) => {
        const figure = `one core ${n} rps`;
        const [ofC, ofNode] = [LIMIT, NODE].map((rival) =>
          ratio(figures, name, figure, rival)
        );
        return `${show(figures.get(name, figure))} (${ofC}; ${ofNode})`;
      }),
    ]),
  );
}

function tails({ figures, connections }: Setting, names: string[]) {
  return table(
    [
      "p50 / p99 / p99.9 in ms, two cores; least served over most",
      ...connections.map(heading),
    ],
    names.map((name) => [
      name,
      ...connections.map((n) => {
        const get = (figure: string) =>
          figures.get(name, `two cores ${n} ${figure}`);
        const tail = ["p50", "p99", "p999"].map((p) => show(get(p) / 1e3));
        return `${tail.join(" / ")}; ${show(get("slowest") / get("fastest"))}`;
      }),
    ]),
  );
}

function connections({ figures, many }: Setting, names: string[]) {
  return table(
    [
      "",
      "2,000 bytes, both answers, ms",
      "new connections/s (of C; of Node)",
      `${show(many)} at once, s`,
      `KiB a connection, ${show(many)} idle`,
    ],
    names.map((name) => [
      name,
      show(figures.get(name, "two p50") / 1e3),
      `${show(figures.get(name, "connect cps"))} (${
        ratio(figures, name, "connect cps", LIMIT)
      }; ${ratio(figures, name, "connect cps", NODE)})`,
      burst(figures, name),
      show(figures.get(name, "memory")),
    ]),
  );
}

function burst(figures: Figures, name: string): string {
  const seconds = show(figures.get(name, "burst seconds"));
  const failed = figures.get(name, "burst failed");
  return failed > 0 ? `${seconds} (${show(failed)} never)` : seconds;
}
