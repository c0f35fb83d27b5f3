import type { Figures } from "./figures.ts";
import { CURL, GET } from "../measure/get.ts";
import { EMPTY, PYTHON_SERVER, SCRIPTS } from "../measure/start.ts";
import {
  BARE,
  LIMIT,
  NODE,
  OURS,
  THREADS,
  UDP_LIMIT,
  UDP_NODE,
} from "../rivals.ts";

/** What is to be reached. */
export interface Goal {
  /** What is measured, and beside what. */
  what: string;
  /** What came out; NaN if it was not measured. */
  value: number;
  /** The least that is good enough. */
  atLeast?: number;
  /** The most that is good enough. */
  atMost?: number;
}

/** Whether a goal is reached, for the table. */
export function isMet(goal: Goal): string {
  const { value, atLeast = -Infinity, atMost = Infinity } = goal;
  if (Number.isNaN(value)) return "not measured";
  return value >= atLeast && value <= atMost ? "yes" : "**no**";
}

/** All goals, with what came out. */
export function goals(figures: Figures): Goal[] {
  const to = (rival: string, figure: string) =>
    figures.ratio(OURS, rival, figure);
  const even = (n: number) =>
    figures.get(OURS, `two cores ${n} slowest`) /
    figures.get(OURS, `two cores ${n} fastest`);
  const start = (script: string, rival: string) =>
    figures.ratio(script, rival, "start");
  return [
    ...[[LIMIT, 0.7], [BARE, 0.95], [NODE, 1], [THREADS, 1]].map((
      [rival, atLeast],
    ) => ({
      what: `requests/s at 50, one core, of ${rival}`,
      value: to(String(rival), "one core 50 rps"),
      atLeast: Number(atLeast),
    })),
    ...[[LIMIT, 0.6], [BARE, 0.95], [NODE, 1]].map(([rival, atLeast]) => ({
      what: `requests/s at 500, one core, of ${rival}`,
      value: to(String(rival), "one core 500 rps"),
      atLeast: Number(atLeast),
    })),
    ...[500, 1_000].flatMap((n) => [{
      what: `p99 at ${n}, two cores, of ${LIMIT}`,
      value: to(LIMIT, `two cores ${n} p99`),
      atMost: 2,
    }, {
      what: `least served over most served at ${n}`,
      value: even(n),
      atLeast: 0.75,
    }]),
    {
      what: "2,000 bytes, both answers, in ms",
      value: figures.get(OURS, "two p50") / 1e3,
      atMost: 1,
    },
    {
      what: `new connections/s, of ${LIMIT}`,
      value: to(LIMIT, "connect cps"),
      atLeast: 0.65,
    },
    {
      what: `new connections/s, of ${NODE}`,
      value: to(NODE, "connect cps"),
      atLeast: 1.4,
    },
    {
      what: `5,000 at once, of ${LIMIT}'s time`,
      value: to(LIMIT, "burst seconds"),
      atMost: 2.5,
    },
    {
      what: "an idle connection, in KiB",
      value: figures.get(OURS, "memory"),
      atMost: 9,
    },
    ...[[UDP_LIMIT, 0.36], ["Deno, for await", 1.5], [UDP_NODE, 1]].map((
      [rival, atLeast],
    ) => ({
      what: `datagrams/s, of ${rival}`,
      value: to(String(rival), "udp dps"),
      atLeast: Number(atLeast),
    })),
    {
      what: "datagrams lost",
      value: figures.get(OURS, "udp lost"),
      atMost: 0,
    },
    ...SCRIPTS.flatMap((script) => [{
      what: `start of ${script}, of ${EMPTY}`,
      value: start(script, EMPTY),
      atMost: 1.5,
    }, {
      what: `start of ${script}, of ${PYTHON_SERVER}`,
      value: start(script, PYTHON_SERVER),
      atMost: 1,
    }]),
    {
      what: "fetching 1 GB, of curl's speed",
      value: figures.ratio(GET, CURL, "MB/s"),
      atLeast: 0.5,
    },
  ];
}
