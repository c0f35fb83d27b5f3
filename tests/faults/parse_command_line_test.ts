import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Command, entries } from "../../lib/cli/command.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import {
  tcpClientCommand,
  tcpServerCommand,
  udpClientCommand,
  udpServerCommand,
} from "../../lib/cli/mod.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { formatAddress, parseHostname } from "../../lib/net/mod.ts";
import { anyText, host, nearly, outcome, property } from "./random.ts";

const table = [
  ...entries(tcpServerCommand),
  ...entries(tcpClientCommand),
  ...entries(udpClientCommand),
];
const labels = [...table.map(({ label }) => label), "--help"];
const shorts = [...table.flatMap(({ option }) => option.short ?? []), "h"];

const text = fc.oneof(
  fc.constantFrom(..." 0 1 9999 65536 1e3 -1 0.5 .5 5. 2147483.001".split(" ")),
  fc.constantFrom(..."exit Ann 小明 a\n - -- true false -q".split(" ")),
  fc.constantFrom("http://h/", "http://u:p@h/", "ftp://h/"),
  nearly(fc.constantFrom("http://u:p@h/", "https://h:80/?a#b", "http://[::1]")),
  nearly(fc.webUrl()),
  host.map((host) => `http://${formatAddress({ hostname: host, port: 81 })}`),
  host,
  nearly(host),
  anyText,
);

const arg = fc.oneof(
  text,
  // Not behind one hyphen: the time of parseArgs grows with the square of that.
  fc.constantFrom("x".repeat(1_025), "é".repeat(513), "x".repeat(65_500)),
  fc.constantFrom(...labels),
  fc.tuple(fc.constantFrom(...labels), text).map((both) => both.join("=")),
  fc.constantFrom(...shorts).map((short) => `-${short}`),
  fc.tuple(
    fc.array(fc.constantFrom(...shorts)),
    fc.constantFrom("", "="),
    text,
  ).map(([shorts, equals, text]) => `-${shorts.join("")}${equals}${text}`),
  nearly(fc.constantFrom(...labels, "--port=80", "-qp80")),
  fc.constantFrom("--", "--=", "-=", "---", "--__proto__=a", "--_=a", "-h=1"),
  fc.constantFrom("--constructor.name=b", "--no-quiet", "--names=a"),
);

attack(tcpServerCommand);
attack(tcpClientCommand);
attack(udpServerCommand);
attack(udpClientCommand);

function attack<
  T extends { hostname: string; port: number; get?: URL | undefined },
>(
  command: Command<T>,
): void {
  const inherited = Reflect.ownKeys(Object.prototype).length;
  property({
    target: `lib/cli/parse.ts, ${command.script}`,
    fault: "random input",
    from: fc.array(arg, { maxLength: 8 }),
    async holds(args) {
      const parse = () => parseCommandLine(command, args);
      const result = await outcome(parse, UsageError);
      assertEquals(Reflect.ownKeys(Object.prototype).length, inherited);
      if ("error" in result || result.value === "help") return;
      const { value: options } = result;
      assertEquals(Object.keys(options), Object.keys(command.options));
      // What each option may be is for commands_test; an address can be connected to.
      const { get, hostname } = options;
      if (get === undefined) assertEquals(parseHostname(hostname), hostname);
      else {
        const address = new URL(`${get.protocol}//${formatAddress(options)}`);
        assertEquals(address.origin, get.origin);
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

/** Right texts for an option, and what they mean. */
type Texts = fc.Arbitrary<readonly [text: string, means: unknown]>;

const time: Texts = fc.nat(2_147_483_000).map((ms) => [`${ms / 1_000}`, ms]);
const timeout: Texts = fc.integer({ min: 1, max: 2_147_483_000 })
  .map((ms) => [`${(ms - 0.5) / 1_000}`, ms]);
const whole = (min: number, max: number): Texts =>
  fc.tuple(fc.integer({ min, max }), fc.nat(3))
    .map(([n, zeros]) => ["0".repeat(zeros) + n, n]);

const TEXTS: Record<string, Texts> = {
  hostname: fc.tuple(host, fc.boolean()).map((
    [host, brackets],
  ) => [brackets && host.includes(":") ? `[${host}]` : host, host]),
  port: whole(1, 65_535),
  delay: time,
  maxConnections: whole(1, 1_000_000),
  idleTimeout: time,
  drainTimeout: time,
  timeout,
  maxTime: timeout,
  retries: whole(0, 1_000_000),
  output: anyText.filter((text) => text !== "").map((text) => [text, text]),
};

/** One option of a command, typed in any way that it may be. */
function typed<T>(command: Command<T>, key: string): fc.Arbitrary<Typed> {
  const entry = entries(command).find((entry) => entry.key === key);
  assert(entry !== undefined);
  const { label, option: { kind, short } } = entry;
  const names = short === undefined ? [label] : [label, `-${short}`];
  if (kind === "flag") {
    return fc.constantFrom(...names)
      .map((name) => ({ args: [name], sets: { [key]: true } }));
  }
  const texts = TEXTS[key];
  assert(texts !== undefined, `Add ${key} to TEXTS`);
  return fc.tuple(texts, fc.constantFrom(...names), fc.boolean())
    .map(([[text, means], name, isApart]) => ({
      args: isApart && !text.startsWith("-")
        ? [name, text]
        : [`${name}=${text}`],
      sets: { [key]: means },
    }));
}

const anyName = fc.oneof(
  anyText,
  fc.constantFrom(..."Ann 007 1e3 true - -5 -q -- --help".split(" ")),
).filter((name) => !/^(?:exit|[^]*\n|)$/.test(name));

/** The options of a URL, which is given in addition to the others. */
const GET: Typed = {
  args: ["--get", "https://[::1]:444/a?b#c"],
  sets: {
    get: new URL("https://[::1]:444/a?b#c"),
    hostname: "::1",
    port: 444,
  },
};

/** Types a command line at random, and reads it back. */
function readBack<T>(
  command: Command<T>,
  keys: string[],
  form: "names" | "no names" | "get",
): void {
  const hasNames = form === "names";
  const operand = anyName.filter((name) => !/^-./s.test(name))
    .map((name): Typed => ({ args: [name], sets: {}, name }));
  property({
    target: `lib/cli/parse.ts, ${command.script}`,
    fault: `random right options${form === "get" ? " of --get" : ""}`,
    from: fc.tuple(
      fc.shuffledSubarray(keys).chain((some) =>
        fc.tuple(...some.map((key) => typed(command, key)))
      ),
      fc.array(operand, { maxLength: hasNames ? 3 : 0 }),
      fc.array(anyName, { maxLength: hasNames ? 3 : 0 }),
      fc.nat(),
    ),
    holds([options, operands, last, at]) {
      const all: Typed[] = options.toSpliced(
        at % (options.length + 1),
        0,
        ...operands,
        ...(form === "get" ? [GET] : []),
      );
      const args = all.flatMap(({ args }) => args);
      if (at % 2 === 0 || last.length > 0) args.push("--", ...last);
      const names = all.flatMap(({ name }) => name ?? []).concat(last);
      assertEquals(parseCommandLine(command, args), {
        ...parseCommandLine(command, []) as T,
        ...Object.assign({}, ...all.map(({ sets }) => sets)),
        ...names.length > 0 ? { names } : {},
      });
      // A request for help goes before, if it is not behind the end.
      assertEquals(parseCommandLine(command, ["-h", ...args]), "help");
    },
  });
}

const keysOf = <T>({ options }: Command<T>) =>
  Object.keys(options).filter((key) => key !== "names" && key !== "reusePort");
const onlyOfGet = (key: string) => key === "get" || key === "output";
const ofAddress = (key: string) => key === "hostname" || key === "port";
const tcpKeys = keysOf(tcpClientCommand);

readBack(tcpServerCommand, keysOf(tcpServerCommand), "no names");
readBack(tcpClientCommand, tcpKeys.filter((key) => !onlyOfGet(key)), "names");
readBack(
  tcpClientCommand,
  tcpKeys.filter((key) => key !== "get" && !ofAddress(key)),
  "get",
);
readBack(udpServerCommand, keysOf(udpServerCommand), "no names");
readBack(udpClientCommand, keysOf(udpClientCommand), "names");
