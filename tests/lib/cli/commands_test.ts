import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Command, entries } from "../../../lib/cli/command.ts";
import { UsageError } from "../../../lib/cli/errors.ts";
import {
  tcpClientCommand,
  tcpServerCommand,
  udpClientCommand,
  udpServerCommand,
} from "../../../lib/cli/mod.ts";
import { helpText, parseCommandLine } from "../../../lib/cli/parse.ts";
import { MAX_UDP_NAME } from "../../../lib/greeting.ts";

/** The longest name over UDP. */
const LONGEST = "x".repeat(MAX_UDP_NAME);

/** A command with its type left open, so that all four fit one table. */
interface Script {
  script: string;
  parse: (args: string[]) => unknown;
  help: string;
  /** Its options as they are typed: `--port`. */
  labels: string[];
}

function scriptOf<T>(command: Command<T>): Script {
  return {
    script: command.script,
    parse: (args) => parseCommandLine(command, args),
    help: helpText(command),
    labels: entries(command).filter(({ option }) => option.kind !== "operands")
      .map(({ label }) => label).concat("--help"),
  };
}

const TCP_SERVER = scriptOf(tcpServerCommand);
const TCP_CLIENT = scriptOf(tcpClientCommand);
const UDP_SERVER = scriptOf(udpServerCommand);
const UDP_CLIENT = scriptOf(udpClientCommand);
const SERVERS = [TCP_SERVER, UDP_SERVER];
const CLIENTS = [TCP_CLIENT, UDP_CLIENT];
const ALL = [...SERVERS, ...CLIENTS];

const ADDRESS = { hostname: "127.0.0.1", port: 9999 };
const NAMES = ["Michael", "Tracy", "Sarah"];

/** The defaults of the tutorial. */
const DEFAULTS: [Script, Record<string, unknown>][] = [
  [TCP_SERVER, {
    ...ADDRESS,
    delay: 1_000,
    maxConnections: 1_000,
    idleTimeout: 300_000,
    drainTimeout: 5_000,
    reusePort: false,
    quiet: false,
    trace: false,
  }],
  [TCP_CLIENT, {
    names: NAMES,
    ...ADDRESS,
    timeout: 5_000,
    get: undefined,
    output: undefined,
    maxTime: undefined,
    trace: false,
  }],
  [UDP_SERVER, { ...ADDRESS, quiet: false, trace: false }],
  [UDP_CLIENT, {
    names: NAMES,
    ...ADDRESS,
    timeout: 1_000,
    retries: 3,
    trace: false,
  }],
];

for (const [{ script, parse, help, labels }, defaults] of DEFAULTS) {
  Deno.test(`${script} has the defaults of the tutorial`, () => {
    assertEquals(parse([]), defaults);
  });

  Deno.test(`${script} has help for each option, in 80 columns`, () => {
    for (const label of labels) assertStringIncludes(help, `${label} `);
    for (const line of help.split("\n")) {
      assertEquals(line.length <= 80, true, line);
    }
  });
}

/** What a command line says; tests/faults reads each option back at random. */
const GOOD: [Script[], args: string[], says: Record<string, unknown>][] = [
  [ALL, ["-H", "[::1]", "-p65535"], { hostname: "::1", port: 65_535 }],
  [SERVERS, ["-p0", "-q", "--trace"], { port: 0, quiet: true, trace: true }],
  [[TCP_SERVER], ["--idle-timeout=0", "--drain-timeout=2147483"], {
    idleTimeout: 0,
    drainTimeout: 2_147_483_000,
  }],
  [[TCP_SERVER], ["--delay=.5", `--idle-timeout=.${"0".repeat(400)}1`], {
    delay: 500,
    idleTimeout: 1,
  }],
  [[TCP_SERVER], ["--max-connections=1000000"], { maxConnections: 1_000_000 }],
  [CLIENTS, ["--timeout", "0.0011"], { timeout: 2 }],
  [CLIENTS, ["Ann", "a\nb", "a\r", "Exit", "exit!", " ", "--", "-x"], {
    names: ["Ann", "a\nb", "a\r", "Exit", "exit!", " ", "-x"],
  }],
  [[TCP_CLIENT], ["é".repeat(512)], { names: ["é".repeat(512)] }],
  [[UDP_CLIENT], ["exit", "Ann\n", LONGEST, "--retries", "0"], {
    names: ["exit", "Ann\n", LONGEST],
    retries: 0,
  }],
  ...[
    ["HTTP://Example.com/?#a", "example.com", 80] as const,
    ["https://[::1]/", "::1", 443] as const,
    ["https://localhost.:65535", "localhost.", 65_535] as const,
    ["http://例子.测试:1/", "xn--fsqu00a.xn--0zwm56d", 1] as const,
  ].map(([url, hostname, port]): typeof GOOD[number] => [
    [TCP_CLIENT],
    ["--get", url, "-o", "a b"],
    { get: new URL(url), hostname, port, output: "a b" },
  ]),
];

for (const [scripts, args, says] of GOOD) {
  for (const { script, parse } of scripts) {
    Deno.test(`${script} takes ${JSON.stringify(args).slice(0, 60)}`, () => {
      assertEquals(parse(args), { ...parse([]) as object, ...says });
    });
  }
}

const AT_LEAST_0 = "seconds such as 5 or 0.5, at least 0 and at most 2147483";
const ABOVE_0 = "seconds such as 5 or 0.5, above 0 and at most 2147483";
const HOST =
  '1 to 63 letters, digits, "_" or inner "-" between dots, 253 in all';
const WEB_URL =
  "an http:// or https:// URL without user name, password and port 0";
const LINE =
  "a name without a line break at its end, which the server leaves out";

/** Texts that an option, or NAME, refuses with the same words. */
const REFUSED: [Script[], label: string, words: string, ...texts: string[]][] =
  [
    [SERVERS, "--port", "a whole number from 0 to 65535", "80a", "70000", "-1"],
    [CLIENTS, "--port", "a whole number from 1 to 65535", "0", "1e3"],
    [ALL, "--hostname", HOST, "a..b", "-a"],
    [ALL, "--hostname", "a name or an IP address without a port", "h:80"],
    [
      ALL,
      "--hostname",
      "four numbers from 0 to 255, without leading zeros",
      "127.1",
    ],
    [
      [TCP_SERVER],
      "--delay",
      AT_LEAST_0,
      ...["1e3", "1s", "5.", ".", "+1", " 1", "0x1", "1,5", "-1", "Infinity"],
    ],
    [[TCP_SERVER], "--drain-timeout", AT_LEAST_0, "2147483.1", "9".repeat(50)],
    [CLIENTS, "--timeout", ABOVE_0, "0", "0.0", "-.5", "2147484", "٣"],
    [
      [TCP_SERVER],
      "--max-connections",
      "a whole number from 1 to 1000000",
      ...["0", "-1", "1.5", "1e3", "1000001"],
    ],
    [
      [UDP_CLIENT],
      "--retries",
      "a whole number from 0 to 1000000",
      "-1",
      "0.5",
    ],
    [[TCP_CLIENT], "NAME", "1 to 1024 bytes of UTF-8, not 0", ""],
    [
      [TCP_CLIENT],
      "NAME",
      "1 to 1024 bytes of UTF-8, not 1026",
      ...["x".repeat(1_026), "x".repeat(60) + "é".repeat(483)],
    ],
    [
      [TCP_CLIENT],
      "NAME",
      "any name but this one, which ends the connection",
      "exit",
    ],
    [[TCP_CLIENT], "NAME", LINE, "Ann\n", "Ann\r\n", "\n", "exit\n"],
    [
      [UDP_CLIENT],
      "NAME",
      `1 to ${MAX_UDP_NAME} bytes of UTF-8, not ${MAX_UDP_NAME + 1}`,
      `${LONGEST}x`,
    ],
    [
      [TCP_CLIENT],
      "--get",
      WEB_URL,
      ...["ftp://h/", "h", "localhost:80", "http://", "http://user@h/"],
      ...["https://:password@h/", "http://h:65536/", "http://[::1]:00/"],
    ],
    [
      [TCP_CLIENT],
      "--get",
      '1 to 63 letters, digits, "_" or inner "-" between dots, 253 in all',
      ...["https://-h/", "http://a..b/", "http://h!/"],
    ],
  ];

/** A text as a message shows it. */
function shown(text: string): string {
  const line = text.replaceAll("\r", "\\x0d").replaceAll("\n", "\\x0a");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

for (const [scripts, label, words, ...texts] of REFUSED) {
  for (const { script, parse } of scripts) {
    Deno.test(`${script} ${label} takes only ${words.slice(0, 60)}`, () => {
      for (const text of texts) {
        const args = label === "NAME" ? [text] : [`${label}=${text}`];
        assertEquals(
          assertThrows(() => parse(args), UsageError).message,
          `Invalid ${label} "${shown(text)}": ${words}`,
        );
      }
    });
  }
}

const GET = ["--get", "http://h/"];
const NO_NAMES = "--get is allowed without names only";

/** Command lines as a whole; LABELS are the options of the script. */
const BAD: [Script, args: string[], message: string][] = [
  [TCP_SERVER, ["80"], 'Unexpected "80": tcp_server.ts takes options only'],
  [TCP_CLIENT, [...GET, "Ann", "Bob"], `Unexpected NAME "Ann": ${NO_NAMES}`],
  [
    TCP_CLIENT,
    [...GET, "-p", "9999"],
    "Unexpected --port: --get has it in its URL",
  ],
  [
    TCP_CLIENT,
    [...GET, "-H", "127.0.0.1"],
    "Unexpected --hostname: --get has it in its URL",
  ],
  [
    TCP_CLIENT,
    ["-o", "a\n"],
    'Unexpected --output "a\\x0a": it is allowed with --get only',
  ],
  [TCP_SERVER, ["--foo"], "Unknown option --foo: allowed are LABELS"],
  [TCP_CLIENT, ["--delay=1"], "Unknown option --delay: allowed are LABELS"],
  [UDP_SERVER, ["--delay=1"], "Unknown option --delay: allowed are LABELS"],
  [UDP_CLIENT, ["-q"], "Unknown option -q: allowed are LABELS"],
];

for (const [{ script, parse, labels }, args, message] of BAD) {
  Deno.test(`${script} refuses ${JSON.stringify(args)}`, () => {
    const error = assertThrows(() => parse(args), UsageError);
    assertEquals(error.message, message.replace("LABELS", labels.join(", ")));
  });
}

Deno.test("--reuse-port is refused where the system does not share a port", () => {
  const parse = () => TCP_SERVER.parse(["--reuse-port"]);
  if (Deno.build.os === "linux") parse();
  else assertThrows(parse, UsageError, "only Linux");
});
