import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  type Command,
  flag,
  operand,
  operands,
  type OptionsOf,
  value,
} from "../../../lib/cli/command.ts";
import { UsageError } from "../../../lib/cli/errors.ts";
import { helpText, parseCommandLine } from "../../../lib/cli/parse.ts";

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError("a whole number");
}

const options = {
  names: operands({
    placeholder: "NAME",
    default: ["Ann", "Bob"],
    parse(text) {
      if (text !== "") return text;
      throw new UsageError("at least one letter");
    },
    help: "Names to greet",
  }),
  level: value({
    short: "l",
    placeholder: "LEVEL",
    default: "some",
    parse: String,
    help: "How much",
  }),
  maxDepth: value({
    placeholder: "N",
    default: "3",
    parse: wholeNumber,
    help: "How deep",
  }),
  noDelay: flag({ help: "At once" }),
  quiet: flag({ short: "q", help: "Say less" }),
  // Without a default: it may be absent.
  output: value({
    short: "o",
    placeholder: "FILE",
    parse: String,
    help: "Where to",
  }),
};

type Options = OptionsOf<typeof options>;

const command: Command<Options> = {
  script: "script.ts",
  summary: "Does nothing.",
  options,
  check(options, given) {
    const { quiet, level } = options;
    if (quiet && given.has("level")) {
      throw new UsageError(`Unexpected --level ${level}: --quiet takes none`);
    }
    return options;
  },
};

const DEFAULTS: Options = {
  names: ["Ann", "Bob"],
  level: "some",
  maxDepth: 3,
  noDelay: false,
  quiet: false,
  output: undefined,
};

/** A command line: words between spaces, or words that have some. */
type Line = string | string[];

const wordsOf = (line: Line) =>
  typeof line === "string" ? line.split(" ") : line;

/** What each command line changes of the defaults. */
const GOOD: [Line, changes: Partial<Options>][] = [
  [[], {}],
  ["--level all", { level: "all" }],
  ["--level=all", { level: "all" }],
  ["-l all", { level: "all" }],
  ["-l=all", { level: "all" }],
  // What may be joined to a short option.
  ["-l80", { level: "80" }],
  ["-l::1", { level: "::1" }],
  ["-qo./a", { quiet: true, output: "./a" }],
  ["--level=a=b -o c=d", { level: "a=b", output: "c=d" }],
  ["-o=a=b", { output: "a=b" }],
  [["-o=a\nb", "--level=c\n=d"], { output: "a\nb", level: "c\n=d" }],
  ["-o -", { output: "-" }],
  ["--output=--quiet -l=-q", { output: "--quiet", level: "-q" }],
  ["--level 1e3 007 0x10 Infinity", {
    level: "1e3",
    names: ["007", "0x10", "Infinity"],
  }],
  ["--max-depth 5", { maxDepth: 5 }],
  ["--no-delay", { noDelay: true }],
  ["--no-delay true -q false a", {
    noDelay: true,
    quiet: true,
    names: ["true", "false", "a"],
  }],
  ["-qo a", { quiet: true, output: "a" }],
  [["Eve", "-q", "小明", "--max-depth=1", "é 😀"], {
    names: ["Eve", "小明", "é 😀"],
    quiet: true,
    maxDepth: 1,
  }],
  ["-", { names: ["-"] }],
  ["-q a -- -5 --help --", {
    quiet: true,
    names: ["a", "-5", "--help", "--"],
  }],
  ["--", {}],
];

for (const [line, changes] of GOOD) {
  Deno.test(`command line takes ${JSON.stringify(line)}`, () => {
    const options = parseCommandLine(command, wordsOf(line));
    assertEquals(options, { ...DEFAULTS, ...changes });
  });
}

const ALLOWED =
  "allowed are --level, --max-depth, --no-delay, --quiet, --output, --help";

/** Command lines with an option that is unknown, and how the error calls it. */
const UNKNOWN: [Line, name: string][] = [
  ["--foo", "--foo"],
  ["--foo=b c", "--foo"],
  ["-x9", "-x"],
  ["-qx", "-x in -qx"],
  ["-quiet", "-u in -quiet"],
  ["--qui", "--qui"],
  ["--QUIET", "--QUIET"],
  ["--maxDepth=1", "--maxDepth"],
  ["--no-quiet", "--no-quiet"],
  ["--__proto__=a", "--__proto__"],
  ["Ann -5", "-5"],
  [["--\x1b[2J\n"], "--\\x1b[2J\\x0a"],
  [[`--${"x".repeat(1_000)}`], `--${"x".repeat(58)}…`],
];

const NO_FILE = "Missing value of --output: write --output=FILE";
const FLAG = "it takes no value";

/** Other command lines that are refused, and the message. */
const BAD: [Line, message: string][] = [
  ...UNKNOWN.map((
    [line, name],
  ): [Line, string] => [line, `Unknown option ${name}: ${ALLOWED}`]),
  ["--quiet=no", `Invalid --quiet "no": ${FLAG}`],
  ["--quiet=", `Invalid --quiet "": ${FLAG}`],
  ["-q=\x1b", `Invalid --quiet "\\x1b": ${FLAG}`],
  ["-qo=a", `Invalid --quiet "o=a": ${FLAG}`],
  ["-qo7", `Invalid --quiet "o7": ${FLAG}`],
  ["--output", NO_FILE],
  ["-qo", NO_FILE],
  ["--output=", NO_FILE],
  ["-o=", NO_FILE],
  [["--output", ""], NO_FILE],
  ["--output --quiet", NO_FILE],
  ["-o -q", NO_FILE],
  ["-o -- a", NO_FILE],
  ["-output", NO_FILE],
  ["--output --foo", NO_FILE],
  ["-o a --output=a", "Repeated --output: give it once"],
  ["-q --quiet", "Repeated --quiet: give it once"],
  ["--max-depth=-1", 'Invalid --max-depth "-1": a whole number'],
  [["Ann", ""], 'Invalid NAME "": at least one letter'],
  ["-q -l some", "Unexpected --level some: --quiet takes none"],
];

for (const [line, message] of BAD) {
  const shown = JSON.stringify(line).slice(0, 60);
  Deno.test(`command line refuses ${shown}`, () => {
    const parse = () => parseCommandLine(command, wordsOf(line));
    assertEquals(assertThrows(parse, UsageError).message, message);
  });
}

Deno.test("a command line without operands refuses one, wherever it stands", () => {
  const { level, quiet } = options;
  const none = { script: "script.ts", summary: "", options: { level, quiet } };
  const parse = (line: Line) => parseCommandLine(none, wordsOf(line));
  assertEquals(parse("-l a"), { level: "a", quiet: false });
  for (const line of ["80", "-l a 80", "-q 80", "--quiet 80 -", "-- 80 -x"]) {
    const { message } = assertThrows(() => parse(line), UsageError);
    assertEquals(message, 'Unexpected "80": script.ts takes options only');
  }
  for (const line of ["-", "-- ", "-q "]) {
    assertThrows(() => parse(line), UsageError, "Unexpected");
  }
});

Deno.test("a command line with one operand needs it, and takes no second one", () => {
  const file = operand({ placeholder: "FILE", parse: String, help: "What" });
  const one = { script: "script.ts", summary: "Sends.", options: { file } };
  assertEquals(parseCommandLine(one, ["a"]), { file: "a" });
  assertEquals(parseCommandLine(one, ["--", "-a"]), { file: "-a" });
  assertThrows(() => parseCommandLine(one, []), UsageError, "Missing FILE");
  assertThrows(
    () => parseCommandLine(one, ["a", "b"]),
    UsageError,
    'Unexpected "b": only one FILE is allowed',
  );
  assertMatch(helpText(one), /^Usage: script\.ts \[OPTIONS\] FILE\n/);
  assertMatch(helpText(one), /\n {2}FILE {8}What\n/);
});

Deno.test("help goes before every problem, but not behind -- or as a value", () => {
  for (
    const line of [
      "--help",
      "-h",
      "-qh",
      "--foo -h",
      "-h --foo",
      "--output --help",
      "-o -h",
      "-q -q --max-depth=x -h",
      "--help Ann",
    ]
  ) assertEquals(parseCommandLine(command, line.split(" ")), "help", line);
  for (const line of ["-- -h", "-o=-h", "--level=--help"]) {
    assert(parseCommandLine(command, line.split(" ")) !== "help", line);
  }
});

Deno.test("a mistake in a parser stays what it is", () => {
  const broken = value({
    placeholder: "X",
    default: "",
    parse(): string {
      throw new TypeError("x is not a function");
    },
    help: "",
  });
  const options = { broken };
  assertThrows(
    () => parseCommandLine({ script: "", summary: "", options }, []),
    TypeError,
    "x is not a function",
  );
});

Deno.test("a command line of 100,000 operands is read", () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `${i}`);
  for (const args of [names, ["--", ...names]]) {
    assertEquals(parseCommandLine(command, args), { ...DEFAULTS, names });
  }
});

Deno.test("help text shows the table with its defaults", () => {
  assertEquals(
    helpText(command),
    `\
Usage: script.ts [OPTIONS] [NAME...]

Does nothing.

Arguments:
  NAME...            Names to greet (default: Ann Bob)

Options:
  -l, --level LEVEL  How much (default: some)
      --max-depth N  How deep (default: 3)
      --no-delay     At once
  -q, --quiet        Say less
  -o, --output FILE  Where to
  -h, --help         Show this help and exit
`,
  );
});
