import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { Command, OptionsOf } from "../../../lib/cli/command.ts";
import { parseCommandLine } from "../../../lib/cli/_parse.ts";
import { helpText } from "../../../lib/cli/_help.ts";
import {
  flag,
  operand,
  operands,
  optionalValue,
  value,
} from "../../../lib/cli/command.ts";
import { UsageError } from "../../../lib/cli/errors.ts";

interface Options {
  names: string[];
  level: string;
  maxDepth: number;
  noDelay: boolean;
  quiet: boolean;
  output: string | undefined;
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError("a whole number");
}

const level = value({
  short: "l",
  placeholder: "LEVEL",
  default: "some",
  parse: String,
  help: "How much",
});

const command: Command<Options> = {
  script: "script.ts",
  summary: "Does nothing.",
  options: {
    names: operands({
      placeholder: "NAME",
      default: ["Ann", "Bob"],
      parse(text) {
        if (text !== "") return text;
        throw new UsageError("at least one letter");
      },
      help: "Who it is",
    }),
    level,
    maxDepth: value({
      placeholder: "N",
      default: "3",
      parse: wholeNumber,
      help: "How deep",
    }),
    noDelay: flag({ help: "At once" }),
    quiet: flag({ short: "q", help: "Say less" }),
    output: optionalValue({
      short: "o",
      placeholder: "FILE",
      parse: String,
      help: "Where to",
    }),
  },
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
  ["a short option joined without =", ["-lall"], { level: "all" }],
  ["a value with = in it", ["--level=a=b", "-o", "c=d"], {
    level: "a=b",
    output: "c=d",
  }],
  ["a short value with = in it", ["-o=a=b"], { output: "a=b" }],
  ["a value of several lines", ["-o=a\nb", "--level=c\n=d"], {
    output: "a\nb",
    level: "c\n=d",
  }],
  ["an empty value", ["--level=", "-o", ""], { level: "", output: "" }],
  ["an empty short value", ["-l="], { level: "" }],
  ["a negative number as a value", ["--level", "-1"], { level: "-1" }],
  ["a negative fraction as a value", ["-l", "-.5"], { level: "-.5" }],
  ["a lone hyphen as a value", ["-o", "-"], { output: "-" }],
  ["an option as a value, joined", ["--output=--quiet", "-l=-q"], {
    output: "--quiet",
    level: "-q",
  }],
  ["a number as a text", ["--level", "1e3", "0x10"], {
    level: "1e3",
    names: ["0x10"],
  }],
  ["camel case as kebab case", ["--max-depth", "5"], { maxDepth: 5 }],
  ["a flag", ["--quiet"], { quiet: true }],
  ["a short flag", ["-q"], { quiet: true }],
  ["a flag whose name begins with no", ["--no-delay"], { noDelay: true }],
  ["true behind a flag as an operand", ["--quiet", "true"], {
    quiet: true,
    names: ["true"],
  }],
  ["false behind a short flag as an operand", ["-q", "false"], {
    quiet: true,
    names: ["false"],
  }],
  ["short options in a row", ["-qoa"], { quiet: true, output: "a" }],
  ["short options in a row, their value behind", ["-qo", "a"], {
    quiet: true,
    output: "a",
  }],
  ["the last of several", ["-o", "a", "-q", "--output=b", "-q"], {
    output: "b",
    quiet: true,
  }],
  ["operands among options", ["Eve", "-q", "小明", "--max-depth=1", "é 😀"], {
    names: ["Eve", "小明", "é 😀"],
    quiet: true,
    maxDepth: 1,
  }],
  ["operands that look like numbers", ["1e3", "007", " 1 ", "Infinity"], {
    names: ["1e3", "007", " 1 ", "Infinity"],
  }],
  ["a lone hyphen as an operand", ["-"], { names: ["-"] }],
  ["options behind -- as operands", ["-q", "--", "-q", "--help", "--"], {
    quiet: true,
    names: ["-q", "--help", "--"],
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

const BAD: [what: string, args: string[], message: string][] = [
  ["an unknown option", ["--foo"], `Unknown option --foo: ${ALLOWED}`],
  ["one with a value", ["--foo=b"], `Unknown option --foo: ${ALLOWED}`],
  ["an unknown short option", ["-x9"], `Unknown option -x: ${ALLOWED}`],
  ["one in a row", ["-qx"], `Unknown option -x: ${ALLOWED}`],
  ["one out of ASCII", ["-😀q"], `Unknown option -😀: ${ALLOWED}`],
  ["a hyphen in a row", ["-q-"], `Unknown option --: ${ALLOWED}`],
  ["a negative number alone", ["-1"], `Unknown option -1: ${ALLOWED}`],
  ["an option without a name", ["--=x"], `Unknown option --=x: ${ALLOWED}`],
  [
    "a key for a name",
    ["--maxDepth=1"],
    `Unknown option --maxDepth: ${ALLOWED}`,
  ],
  ["a short name with --", ["--q"], `Unknown option --q: ${ALLOWED}`],
  ["a long name with -", ["-quiet"], `Unknown option -u: ${ALLOWED}`],
  ["the start of a name", ["--qui"], `Unknown option --qui: ${ALLOWED}`],
  ["a name in capitals", ["--QUIET"], `Unknown option --QUIET: ${ALLOWED}`],
  [
    "the name of the operands",
    ["--names=a"],
    `Unknown option --names: ${ALLOWED}`,
  ],
  ["a negated flag", ["--no-quiet"], `Unknown option --no-quiet: ${ALLOWED}`],
  [
    "a negated value",
    ["--no-level=a"],
    `Unknown option --no-level: ${ALLOWED}`,
  ],
  ["a path of names", ["--level.a=b"], `Unknown option --level.a: ${ALLOWED}`],
  ["a prototype", ["--__proto__=a"], `Unknown option --__proto__: ${ALLOWED}`],
  [
    "what a terminal obeys",
    ["--\x1b[2J\n"],
    `Unknown option --\\x1b[2J\\x0a: ${ALLOWED}`,
  ],
  [
    "a name that is very long",
    [`--${"x".repeat(1_000)}`],
    `Unknown option --${"x".repeat(58)}…: ${ALLOWED}`,
  ],
  [
    "a value for a flag",
    ["--quiet=no"],
    'Invalid --quiet "no": it takes no value',
  ],
  [
    "true for a flag",
    ["--quiet=true"],
    'Invalid --quiet "true": it takes no value',
  ],
  [
    "an empty value for a flag",
    ["--quiet="],
    'Invalid --quiet "": it takes no value',
  ],
  [
    "a value for a short flag",
    ["-q=\x1b"],
    'Invalid --quiet "\\x1b": it takes no value',
  ],
  ["a value for --help", ["--help=x"], 'Invalid --help "x": it takes no value'],
  [
    "no value at the end",
    ["--output"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "no short value at the end",
    ["-qo"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "an option for a value",
    ["--output", "--quiet"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "a short option for a value",
    ["-o", "-q"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "a capital for a value",
    ["-o", "-H"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "-- for a value",
    ["-o", "--", "a"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    "a value that is not allowed",
    ["--max-depth", "-1"],
    'Invalid --max-depth "-1": a whole number',
  ],
  [
    "one, then a better one",
    ["--max-depth=3", "--max-depth=x"],
    'Invalid --max-depth "x": a whole number',
  ],
  [
    "an operand that is not allowed",
    ["Ann", ""],
    'Invalid NAME "": at least one letter',
  ],
  [
    "what does not go together",
    ["-q", "-l", "a"],
    "Unexpected --level a: --quiet takes none",
  ],
  [
    "two problems, by the first",
    ["--output", "--foo"],
    "Missing value of --output: write --output=FILE",
  ],
];

for (const [what, args, message] of BAD) {
  Deno.test(`command line refuses ${what}`, () => {
    const error = assertThrows(
      () => parseCommandLine(command, args),
      UsageError,
    );
    assertEquals(error.message, message);
    assertEquals(String(error), `UsageError: ${message}`);
  });
}

Deno.test("command line without operands refuses one, and - and what is behind --", () => {
  const { level } = command.options;
  const noOperands = { script: "script.ts", summary: "", options: { level } };
  assertEquals(parseCommandLine(noOperands, ["-l", "a"]), { level: "a" });
  for (const args of [["80\n"], ["-la", "80\n"], ["--", "80\n", "-x"]]) {
    const error = assertThrows(
      () => parseCommandLine(noOperands, args),
      UsageError,
    );
    assertEquals(
      error.message,
      'Unexpected "80\\x0a": script.ts takes options only',
    );
  }
  assertThrows(() => parseCommandLine(noOperands, ["-"]), UsageError);
  assertThrows(() => parseCommandLine(noOperands, ["--", ""]), UsageError);
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
  const help = helpText(one);
  assertMatch(help, /^Usage: script\.ts \[OPTIONS\] FILE\n/);
  assertMatch(help, /\n {2}FILE {8}What\n/);
});

Deno.test("help goes before every problem, wherever it stands", () => {
  for (
    const args of [
      ["--help"],
      ["-h"],
      ["-qh"],
      ["--foo", "-h"],
      ["-h", "--foo"],
      ["--output", "--help"],
      ["-o", "-h"],
      ["--quiet=x", "--max-depth=x", "", "-h"],
      ["-q", "-la", "--help"],
    ]
  ) assertEquals(parseCommandLine(command, args), "help", args.join(" "));
});

Deno.test("help is not asked for behind --, or by the value of an option", () => {
  assertEquals(parseCommandLine(command, ["--", "-h"]), {
    ...DEFAULTS,
    names: ["-h"],
  });
  assertEquals(parseCommandLine(command, ["-o=-h", "--level=--help"]), {
    ...DEFAULTS,
    output: "-h",
    level: "--help",
  });
  assertEquals(parseCommandLine(command, ["-oh"]), {
    ...DEFAULTS,
    output: "h",
  });
});

Deno.test("check is told which options were typed, be it the default", () => {
  const seen: string[][] = [];
  const watched: Command<Options> = {
    ...command,
    check(options, given) {
      seen.push([...given]);
      return options;
    },
  };
  parseCommandLine(watched, []);
  parseCommandLine(watched, ["--level", "some", "-q", "Ann"]);
  assertEquals(seen, [[], ["names", "level", "quiet"]]);
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
    maxPerClient: optionalValue({
      placeholder: "N",
      parse: wholeNumber,
      help: "Limit of each client",
    }),
  };
  const oneTable: Command<OptionsOf<typeof options>> = {
    script: "script.ts",
    summary: "",
    options,
  };
  const parsed = parseCommandLine(oneTable, ["-t", "--max-per-client=3"]);
  assert(parsed !== "help");
  const isTimed: boolean = parsed.timestamps;
  const limit: number | undefined = parsed.maxPerClient;
  assertEquals([isTimed, limit], [true, 3]);
  assertMatch(helpText(oneTable), /-t, --timestamps +Print the time\n/);
});

Deno.test("a command line of 100,000 operands is read", () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `${i}`);
  assertEquals(parseCommandLine(command, names), { ...DEFAULTS, names });
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
  const text = helpText({
    script: "script.ts",
    summary: "x".repeat(39) + " " + "y".repeat(40) + " z",
    options: {
      a: flag({ help: "x".repeat(33) + " " + "y".repeat(32) }),
      b: flag({ help: "x".repeat(33) + " " + "y".repeat(33) }),
    },
  });
  const gap = " ".repeat(14);
  assertEquals(
    text,
    `\
Usage: script.ts [OPTIONS]

${"x".repeat(39)} ${"y".repeat(40)}
z

Options:
      --a     ${"x".repeat(33)} ${"y".repeat(32)}
      --b     ${"x".repeat(33)}
${gap}${"y".repeat(33)}
  -h, --help  Show this help and exit
`,
  );
});
