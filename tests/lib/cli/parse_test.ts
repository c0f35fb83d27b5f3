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
    help: "Who it is",
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

/** What each command line changes of the defaults. */
const GOOD: [what: string, args: string[], changes: Partial<Options>][] = [
  ["nothing", [], {}],
  ["a value behind its option", ["--level", "all"], { level: "all" }],
  ["a value joined to its option", ["--level=all"], { level: "all" }],
  ["a short option", ["-l", "all"], { level: "all" }],
  ["a short option joined by =", ["-l=all"], { level: "all" }],
  ["a number joined to a short option", ["-l80"], { level: "80" }],
  ["an address joined to a short option", ["-l::1"], { level: "::1" }],
  ["a path joined to a short option", ["-o./a"], { output: "./a" }],
  ["values with = in them", ["--level=a=b", "-o", "c=d"], {
    level: "a=b",
    output: "c=d",
  }],
  ["a short value with = in it", ["-o=a=b"], { output: "a=b" }],
  ["values of several lines", ["-o=a\nb", "--level=c\n=d"], {
    output: "a\nb",
    level: "c\n=d",
  }],
  ["a lone hyphen as a value", ["-o", "-"], { output: "-" }],
  ["an option as a value, joined", ["--output=--quiet", "-l=-q"], {
    output: "--quiet",
    level: "-q",
  }],
  ["numbers as texts", ["--level", "1e3", "007", "0x10", " 1 ", "Infinity"], {
    level: "1e3",
    names: ["007", "0x10", " 1 ", "Infinity"],
  }],
  ["camel case as kebab case", ["--max-depth", "5"], { maxDepth: 5 }],
  ["a flag whose name begins with no", ["--no-delay"], { noDelay: true }],
  ["an operand behind a flag", ["--no-delay", "true", "-q", "false", "a"], {
    noDelay: true,
    quiet: true,
    names: ["true", "false", "a"],
  }],
  ["a flag and an option in one", ["-qo", "a"], { quiet: true, output: "a" }],
  ["operands among options", ["Eve", "-q", "小明", "--max-depth=1", "é 😀"], {
    names: ["Eve", "小明", "é 😀"],
    quiet: true,
    maxDepth: 1,
  }],
  ["a lone hyphen as an operand", ["-"], { names: ["-"] }],
  ["all behind -- as operands", ["-q", "a", "--", "-5", "--help", "--"], {
    quiet: true,
    names: ["a", "-5", "--help", "--"],
  }],
  ["-- without operands", ["--"], {}],
];

for (const [what, args, changes] of GOOD) {
  Deno.test(`command line takes ${what}`, () => {
    assertEquals(parseCommandLine(command, args), { ...DEFAULTS, ...changes });
  });
}

const ALLOWED =
  "allowed are --level, --max-depth, --no-delay, --quiet, --output, --help";
const NO_FILE = "Missing value of --output: write --output=FILE";

/** Each command line that is refused, and the message; "" for an unknown option. */
const BAD: [what: string, args: string[], message: string][] = [
  ["an unknown option", ["--foo"], "--foo"],
  ["one with a value", ["--foo=b", "c"], "--foo"],
  ["an unknown short option", ["-x9"], "-x"],
  ["one behind another", ["-qx"], "-x in -qx"],
  ["a long name with one hyphen", ["-quiet"], "-u in -quiet"],
  ["a short name with two hyphens", ["--q"], "--q"],
  ["the start of a name", ["--qui"], "--qui"],
  ["a name in capitals", ["--QUIET"], "--QUIET"],
  ["a key for a name", ["--maxDepth=1"], "--maxDepth"],
  ["the key of the operands", ["--names=a"], "--names"],
  ["the parser's own key of operands", ["--_=a", "b"], "--_"],
  ["a negated flag", ["--no-quiet"], "--no-quiet"],
  ["a negated value", ["--no-level=a"], "--no-level"],
  ["a path of names", ["--level.a=b"], "--level.a"],
  ["a prototype", ["--__proto__=a"], "--__proto__"],
  ["a negative number without --", ["Ann", "-5"], "-5"],
  ["what a terminal obeys", ["--\x1b[2J\n"], "--\\x1b[2J\\x0a"],
  ["a very long name", [`--${"x".repeat(1_000)}`], `--${"x".repeat(58)}…`],
  ...[["--quiet=no", "no"], ["--quiet=", ""], ["-q=\x1b", "\\x1b"]]
    .map((
      [arg = "", text],
    ): [string, string[], string] => [
      arg,
      [arg],
      `Invalid --quiet "${text}": it takes no value`,
    ]),
  [
    "a value in a row of flags",
    ["-qo=a"],
    'Invalid --quiet "o=a": it takes no value',
  ],
  [
    "a number in a row of options",
    ["-qo7"],
    'Invalid --quiet "o7": it takes no value',
  ],
  ["no value at the end", ["--output"], NO_FILE],
  ["no short value at the end", ["-qo"], NO_FILE],
  ["an empty value", ["--output="], NO_FILE],
  ["an empty short value", ["-o="], NO_FILE],
  ["an empty value behind its option", ["--output", ""], NO_FILE],
  ["an option for a value", ["--output", "--quiet"], NO_FILE],
  ["a short option for a value", ["-o", "-q"], NO_FILE],
  ["-- for a value", ["-o", "--", "a"], NO_FILE],
  ["a word joined to a short option", ["-output"], NO_FILE],
  [
    "an option twice",
    ["-o", "a", "--output=a"],
    "Repeated --output: give it once",
  ],
  ["a flag twice", ["-q", "--quiet"], "Repeated --quiet: give it once"],
  [
    "a value that is not allowed",
    ["--max-depth=-1"],
    'Invalid --max-depth "-1": a whole number',
  ],
  [
    "an operand that is not allowed",
    ["Ann", ""],
    'Invalid NAME "": at least one letter',
  ],
  [
    "what does not go together",
    ["-q", "-l", "some"],
    "Unexpected --level some: --quiet takes none",
  ],
  ["two problems, by the first", ["--output", "--foo"], NO_FILE],
];

for (const [what, args, message] of BAD) {
  Deno.test(`command line refuses ${what}`, () => {
    const error = assertThrows(
      () => parseCommandLine(command, args),
      UsageError,
    );
    assertEquals(
      error.message,
      message.startsWith("-")
        ? `Unknown option ${message}: ${ALLOWED}`
        : message,
    );
  });
}

Deno.test("a command line without operands refuses one, wherever it stands", () => {
  const { level, quiet } = options;
  const none = { script: "script.ts", summary: "", options: { level, quiet } };
  assertEquals(parseCommandLine(none, ["-l", "a"]), {
    level: "a",
    quiet: false,
  });
  for (
    const args of [
      ["80\n"],
      ["-l", "a", "80\n"],
      ["-q", "80\n"],
      ["--quiet", "80\n", "-"],
      ["--", "80\n", "-x"],
    ]
  ) {
    const { message } = assertThrows(
      () => parseCommandLine(none, args),
      UsageError,
    );
    assertEquals(message, 'Unexpected "80\\x0a": script.ts takes options only');
  }
  for (const args of [["-"], ["--", ""], ["-q", ""]]) {
    assertThrows(() => parseCommandLine(none, args), UsageError, "Unexpected");
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

Deno.test("one entry of a table is enough: its type, its names and its help follow", () => {
  const options = {
    timestamps: flag({ short: "t", help: "Print the time" }),
    maxPerClient: value({
      placeholder: "N",
      parse: wholeNumber,
      help: "Limit",
    }),
  };
  const oneTable = { script: "script.ts", summary: "", options };
  const parsed = parseCommandLine(oneTable, ["-t", "--max-per-client=3"]);
  assert(parsed !== "help");
  const isTimed: boolean = parsed.timestamps;
  const limit: number | undefined = parsed.maxPerClient;
  assertEquals([isTimed, limit], [true, 3]);
  assertEquals(parseCommandLine(oneTable, []), {
    timestamps: false,
    maxPerClient: undefined,
  });
  assertMatch(helpText(oneTable), /-t, --timestamps +Print the time\n/);
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
  NAME...            Who it is (default: Ann Bob)

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

Deno.test("help text fills 80 columns, and not one more", () => {
  const [x, y] = ["x".repeat(33), "y".repeat(33)];
  const text = helpText({
    script: "script.ts",
    summary: `${x}${x.slice(27)} ${y}${y.slice(26)} z`,
    options: {
      a: flag({ help: `${x} ${y.slice(1)}` }),
      b: flag({ help: `${x} ${y}` }),
    },
  });
  assertEquals(
    text,
    `\
Usage: script.ts [OPTIONS]

${x}${x.slice(27)} ${y}${y.slice(26)}
z

Options:
      --a     ${x} ${y.slice(1)}
      --b     ${x}
              ${y}
  -h, --help  Show this help and exit
`,
  );
});
