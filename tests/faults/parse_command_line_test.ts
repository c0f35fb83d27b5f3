import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  addressOf,
  tcpClientCommand,
  tcpServerCommand,
  udpClientCommand,
  udpServerCommand,
} from "../../lib/cli/commands.ts";
import { type Command, entries, HELP } from "../../lib/cli/command.ts";
import { parseCommandLine } from "../../lib/cli/_parse.ts";
import { parseHostname } from "../../lib/net/address.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { host } from "../support/hosts.ts";
import { outcome, property } from "../support/property.ts";
import { anyText, nearly } from "../support/random.ts";

const table = [
  ...entries(tcpServerCommand),
  ...entries(tcpClientCommand),
  ...entries(udpClientCommand),
  HELP,
];
const labels = table.map(({ label }) => label);
const shorts = table.flatMap(({ option }) => option.short ?? []);

const value = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "1",
    "9999",
    "65536",
    "1e3",
    "-1",
    "0.5",
    ".5",
    "5.",
  ),
  fc.constantFrom(
    "exit",
    "Ann",
    "小明",
    "a\n",
    "-",
    "--",
    "true",
    "false",
    "-q",
  ),
  fc.constantFrom("x".repeat(1_025), "é".repeat(513), "x".repeat(65_500)),
  fc.constantFrom("http://h/", "http://u:p@h/", "ftp://h/", "2147483.001"),
  host,
  nearly(host),
  anyText,
);

const arg = fc.oneof(
  value,
  fc.constantFrom(...labels),
  fc.tuple(fc.constantFrom(...labels), value).map(([label, value]) =>
    `${label}=${value}`
  ),
  fc.constantFrom(...shorts).map((short) => `-${short}`),
  fc.tuple(
    fc.array(fc.constantFrom(...shorts)),
    fc.constantFrom("", "="),
    value,
  )
    .map(([shorts, equals, value]) => `-${shorts.join("")}${equals}${value}`),
  nearly(fc.constantFrom(...labels, "--port=80", "-qp80")),
  fc.constantFrom("--", "--=", "-=", "--__proto__=a", "--constructor.name=b"),
  fc.constantFrom(
    "--no-quiet",
    "--_=a",
    "--names=a",
    "--port.a=1",
    "-h=1",
    "---",
  ),
);

/** What an option may be, told by its key. */
const RIGHT: Record<string, (value: unknown) => boolean> = {
  hostname: (value) => parseHostname(String(value)) === value,
  port: (value) => isWhole(value, 65_535),
  delay: (value) => isWhole(value, 2_147_483_000),
  maxConnections: (value) => isWhole(value, 1_000_000) && value !== 0,
  idleTimeout: (value) => isWhole(value, 2_147_483_000),
  drainTimeout: (value) => isWhole(value, 2_147_483_000),
  maxTime: (value) =>
    value === undefined || (isWhole(value, 2_147_483_000) && value !== 0),
  timeout: (value) => isWhole(value, 2_147_483_000) && value !== 0,
  retries: (value) => isWhole(value, 1_000_000),
  names: (value) =>
    Array.isArray(value) && value.length > 0 &&
    value.every((name) => typeof name === "string" && name !== ""),
  get: (value) => value === undefined || value instanceof URL,
  output: (value) =>
    value === undefined || (typeof value === "string" && value !== ""),
};

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

attack(tcpServerCommand);
attack(tcpClientCommand);
attack(udpServerCommand);
attack(udpClientCommand);

function attack<T extends object>(command: Command<T>): void {
  const inherited = Reflect.ownKeys(Object.prototype).length;
  property({
    target: `lib/cli/_parse.ts, ${command.script}`,
    fault: "random input",
    from: fc.array(arg, { maxLength: 8 }),
    async holds(args) {
      const result = await outcome(
        () => parseCommandLine(command, args),
        UsageError,
      );
      assertEquals(Reflect.ownKeys(Object.prototype).length, inherited);
      if ("error" in result || result.value === "help") return;
      const keys = entries(command).map(({ key }) => key);
      assertEquals(Object.keys(result.value), keys);
      for (const [key, value] of Object.entries(result.value)) {
        const isRight = RIGHT[key] ?? ((value) => typeof value === "boolean");
        assert(isRight(value), `${key} ${value}`);
      }
    },
  });
}

/** What is typed, and what comes of it. */
interface Typed {
  args: string[];
  sets: Record<string, unknown>;
  /** A name, in addition to those before it. */
  name?: string;
}

/** What `takeValue` leaves alone. */
const OPTION = /^-[-a-z]/i;

interface Way {
  style: number;
  /** How many short flags stand in front, as in `-qqp80`. */
  lead: number;
}
const way = fc.record({ style: fc.nat(4), lead: fc.nat(2) });

function type(
  label: string,
  short: string | undefined,
  text: string,
  { style, lead }: Way,
): string[] {
  const start = `-${"q".repeat(lead)}${short}`;
  if (short === undefined || style < 2) {
    return style % 2 === 0 && !OPTION.test(text)
      ? [label, text]
      : [`${label}=${text}`];
  }
  if (style === 2 && !OPTION.test(text)) return [start, text];
  return [
    style === 3 && /^[^=]/.test(text) ? start + text : `${start}=${text}`,
  ];
}

/** Right texts for an option, and what they mean. */
type Texts = fc.Arbitrary<readonly [text: string, means: unknown]>;

const time = fc.nat(2_147_483_000).map((ms) => [`${ms / 1_000}`, ms] as const);
const timeout = time.map(([text, ms]) =>
  ms === 0 ? ["0.0001", 1] as const : [text, ms] as const
);
const whole = (min: number, max: number): Texts =>
  fc.tuple(fc.integer({ min, max }), fc.nat(3))
    .map(([n, zeros]) => ["0".repeat(zeros) + n, n]);
const file = anyText.filter((text) => text !== "").map((text) =>
  [text, text] as const
);
const page = fc.constantFrom(
  "http://h/",
  "https://h:444/a?b#c",
  "HTTP://[::1]/",
)
  .map((text) => [text, new URL(text)] as const);

const TEXTS: Record<string, Texts> = {
  hostname: fc.tuple(host, fc.boolean()).map(([host, brackets]) =>
    [brackets && host.includes(":") ? `[${host}]` : host, host] as const
  ),
  port: whole(1, 65_535),
  delay: time,
  maxConnections: whole(1, 1_000_000),
  idleTimeout: time,
  drainTimeout: time,
  timeout,
  retries: whole(0, 1_000_000),
  get: page,
  output: file,
};

/** One option of a command, typed in any way. */
function typed<T>(command: Command<T>, key: string): fc.Arbitrary<Typed> {
  const entry = [...entries(command)].find((entry) => entry.key === key);
  assert(entry !== undefined);
  const { label, option: { kind, short } } = entry;
  if (kind === "flag") {
    const forms = [
      label,
      ...short === undefined ? [] : [`-${short}`, `-${short}${short}`],
    ];
    return fc.constantFrom(...forms).map((arg) => ({
      args: [arg],
      sets: { [key]: true },
    }));
  }
  const texts = TEXTS[key];
  assert(texts !== undefined, `Add ${key} to TEXTS`);
  const hasQuiet = "quiet" in command.options;
  return fc.tuple(texts, way).map(([[text, means], way]) => {
    const lead = hasQuiet && short !== undefined && way.style >= 2
      ? way.lead
      : 0;
    return {
      args: type(label, short, text, { ...way, lead }),
      sets: { [key]: means, ...lead > 0 ? { quiet: true } : {} },
    };
  });
}

const names = fc.oneof(
  anyText,
  fc.constantFrom(
    "Ann",
    "1e3",
    "true",
    "-",
    "-q",
    "--",
    "--help",
    "é".repeat(512),
  ),
).filter((name) => name !== "" && name !== "exit" && !name.endsWith("\n"));

/** Types a command line at random, and reads it back. */
function readBack<T>(
  command: Command<T>,
  keys: (keyof T & string)[],
  form: "names" | "no names" | "get",
): void {
  const option = fc.oneof(...keys.map((key) => typed(command, key)));
  const operand = names.filter((name) => !/^-./s.test(name))
    .map((name): Typed => ({ args: [name], sets: {}, name }));
  const hasNames = form === "names";
  property({
    target: `lib/cli/_parse.ts, ${command.script}`,
    fault: `random right options${form === "get" ? " of --get" : ""}`,
    from: fc.tuple(
      fc.array(hasNames ? fc.oneof(option, operand) : option, { maxLength: 8 }),
      fc.array(names, { maxLength: hasNames ? 3 : 0 }),
      fc.boolean(),
      page,
    ),
    holds([typed, last, hasEnd, [url, page]]) {
      if (form === "get") {
        typed = [{ args: ["--get", url], sets: { get: page } }, ...typed];
      }
      const args = typed.flatMap(({ args }) => args);
      if (hasEnd || last.length > 0) args.push("--", ...last);
      const given = typed.flatMap(({ name }) => name ?? []).concat(last);
      const sets = Object.assign({}, ...typed.map(({ sets }) => sets));
      const defaults = parseCommandLine(command, []);
      assert(defaults !== "help");
      const expected = {
        ...defaults,
        ...sets,
        ...form === "get" ? addressOf(sets.get) : {},
        ...given.length > 0 ? { names: given } : {},
      };
      assertEquals(parseCommandLine(command, args), expected);
      // A request for help goes before, if it is not behind the end.
      assertEquals(parseCommandLine(command, ["-h", ...args]), "help");
    },
  });
}

const keysOf = <T>({ options }: Command<T>) =>
  Object.keys(options) as (keyof T & string)[];

readBack(tcpServerCommand, keysOf(tcpServerCommand), "no names");
readBack(tcpClientCommand, ["hostname", "port", "timeout", "trace"], "names");
readBack(tcpClientCommand, ["get", "output", "timeout", "trace"], "get");
readBack(udpServerCommand, keysOf(udpServerCommand), "no names");
readBack(
  udpClientCommand,
  ["hostname", "port", "timeout", "retries", "trace"],
  "names",
);
