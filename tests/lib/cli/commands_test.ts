import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  requireReusePort,
  tcpClientCommand,
  tcpServerCommand,
  udpClientCommand,
  udpServerCommand,
} from "../../../lib/cli/commands.ts";
import { type Command, entries } from "../../../lib/cli/command.ts";
import { parseCommandLine } from "../../../lib/cli/_parse.ts";
import { helpText } from "../../../lib/cli/_help.ts";
import { UsageError } from "../../../lib/cli/errors.ts";
import { MAX_UDP_NAME } from "../../../lib/greeting.ts";

/** The longest name over UDP. */
const LONGEST = "x".repeat(MAX_UDP_NAME);

Deno.test("tcp_server.ts has the defaults of the tutorial", () => {
  assertEquals(parseCommandLine(tcpServerCommand, []), {
    hostname: "127.0.0.1",
    port: 9999,
    delay: 1_000,
    maxConnections: 1_000,
    idleTimeout: 300_000,
    drainTimeout: 5_000,
    reusePort: false,
    quiet: false,
    trace: false,
  });
});

Deno.test("tcp_client.ts has the defaults of the tutorial", () => {
  assertEquals(parseCommandLine(tcpClientCommand, []), {
    names: ["Michael", "Tracy", "Sarah"],
    hostname: "127.0.0.1",
    port: 9999,
    timeout: 5_000,
    get: undefined,
    output: undefined,
    maxTime: undefined,
    trace: false,
  });
});

Deno.test("udp_server.ts has the defaults of the tutorial", () => {
  assertEquals(parseCommandLine(udpServerCommand, []), {
    hostname: "127.0.0.1",
    port: 9999,
    quiet: false,
    trace: false,
  });
});

Deno.test("udp_client.ts has the defaults of the tutorial", () => {
  assertEquals(parseCommandLine(udpClientCommand, []), {
    names: ["Michael", "Tracy", "Sarah"],
    hostname: "127.0.0.1",
    port: 9999,
    timeout: 1_000,
    retries: 3,
    trace: false,
  });
});

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

/** What a command line says, as some of the options. */
const GOOD: [Script[], args: string[], says: Record<string, unknown>][] = [
  [ALL, ["--hostname=localhost", "--port", "80"], {
    hostname: "localhost",
    port: 80,
  }],
  [ALL, ["-H", "[::1]", "-p65535"], { hostname: "::1", port: 65_535 }],
  [ALL, ["-p", "1", "--trace"], { port: 1, trace: true }],
  [SERVERS, ["-p0", "-q"], { port: 0, quiet: true }],
  [SERVERS, ["--quiet"], { quiet: true }],
  [[TCP_SERVER], ["--delay", "0", "--max-connections", "1"], {
    delay: 0,
    maxConnections: 1,
  }],
  [[TCP_SERVER], ["--idle-timeout=0", "--drain-timeout=0"], {
    idleTimeout: 0,
    drainTimeout: 0,
  }],
  [[TCP_SERVER], ["--delay=.5", "--idle-timeout=16.1"], {
    delay: 500,
    idleTimeout: 16_100,
  }],
  [[TCP_SERVER], [`--idle-timeout=.${"0".repeat(400)}1`], { idleTimeout: 1 }],
  [[TCP_SERVER], ["--delay=0.0001", "--drain-timeout=2147483"], {
    delay: 1,
    drainTimeout: 2_147_483_000,
  }],
  [[TCP_SERVER], ["--max-connections=1000000"], { maxConnections: 1_000_000 }],
  [CLIENTS, ["--timeout", "0.0011"], { timeout: 2 }],
  [CLIENTS, ["--timeout", "2147483.000"], { timeout: 2_147_483_000 }],
  [CLIENTS, ["Ann", "小明", "1e3", " ", "--", "-x"], {
    names: ["Ann", "小明", "1e3", " ", "-x"],
  }],
  [CLIENTS, ["a\nb", "a\r", "Exit", "exit!"], {
    names: ["a\nb", "a\r", "Exit", "exit!"],
  }],
  [[TCP_CLIENT], ["é".repeat(512)], { names: ["é".repeat(512)] }],
  [[UDP_CLIENT], ["exit", "Ann\n"], { names: ["exit", "Ann\n"] }],
  [[UDP_CLIENT], [LONGEST], { names: [LONGEST] }],
  [[UDP_CLIENT], ["--retries", "0"], { retries: 0 }],
  [[TCP_CLIENT], ["--get", "HTTPS://Example.com/?#a", "-o", "a b"], {
    get: new URL("https://example.com/?#a"),
    hostname: "example.com",
    port: 443,
    output: "a b",
  }],
  [[TCP_CLIENT], ["--get=http://[::1]:8000"], {
    get: new URL("http://[::1]:8000/"),
    hostname: "::1",
    port: 8000,
    output: undefined,
  }],
];

for (const [scripts, args, says] of GOOD) {
  for (const { script, parse } of scripts) {
    Deno.test(`${script} takes ${JSON.stringify(args).slice(0, 60)}`, () => {
      const options = { ...parse([]) as object, ...says };
      assertEquals(parse(args), options);
    });
  }
}

const SERVER_PORT = "a whole number from 0 to 65535";
const CLIENT_PORT = "a whole number from 1 to 65535";
const AT_LEAST_0 = "seconds such as 5 or 0.5, at least 0 and at most 2147483";
const ABOVE_0 = "seconds such as 5 or 0.5, above 0 and at most 2147483";
const WEB_URL = "an http:// or https:// URL without user name and password";
const X = `"${"x".repeat(60)}…"`;

const BAD: [Script[], args: string[], message: string][] = [
  [SERVERS, ["--port", "80a"], `Invalid --port "80a": ${SERVER_PORT}`],
  [SERVERS, ["-p70000"], `Invalid --port "70000": ${SERVER_PORT}`],
  [SERVERS, ["-p", "-1"], `Invalid --port "-1": ${SERVER_PORT}`],
  [SERVERS, ["-p="], `Invalid --port "": ${SERVER_PORT}`],
  [CLIENTS, ["-p", "0"], `Invalid --port "0": ${CLIENT_PORT}`],
  [CLIENTS, ["-p", "1e3"], `Invalid --port "1e3": ${CLIENT_PORT}`],
  [
    ALL,
    ["-H", ""],
    'Invalid --hostname "": 1 to 63 letters, digits, "_" or inner "-" between dots, 253 in all',
  ],
  [
    ALL,
    ["-H", '"h": '],
    'Invalid --hostname "\\"h\\": ": a name or an IP address without a port',
  ],
  [
    ALL,
    ["-H", "127.1"],
    'Invalid --hostname "127.1": four numbers from 0 to 255, without leading zeros',
  ],
  [
    ALL,
    ["-H", "http://h"],
    'Invalid --hostname "http://h": a name or an IP address, not a URL',
  ],
  [SERVERS, ["9999"], 'Unexpected "9999": SCRIPT takes options only'],
  [ALL, ["--trace=no"], 'Invalid --trace "no": it takes no value'],
  [[TCP_SERVER], ["--delay", "-1"], `Invalid --delay "-1": ${AT_LEAST_0}`],
  ...["", "1e3", "1s", "5.", ".", "+1", " 1", "0x1", "1,5", "Infinity", "٣"]
    .map((text): [Script[], string[], string] => [
      [TCP_SERVER],
      ["--delay", text],
      `Invalid --delay "${text}": ${AT_LEAST_0}`,
    ]),
  [
    [TCP_SERVER],
    ["--idle-timeout=2147483.1"],
    `Invalid --idle-timeout "2147483.1": ${AT_LEAST_0}`,
  ],
  [
    [TCP_SERVER],
    ["--drain-timeout=" + "9".repeat(50)],
    `Invalid --drain-timeout "${"9".repeat(50)}": ${AT_LEAST_0}`,
  ],
  [CLIENTS, ["--timeout", "0"], `Invalid --timeout "0": ${ABOVE_0}`],
  [CLIENTS, ["--timeout", "0.0"], `Invalid --timeout "0.0": ${ABOVE_0}`],
  [CLIENTS, ["--timeout=-.5"], `Invalid --timeout "-.5": ${ABOVE_0}`],
  [CLIENTS, ["--timeout=2147484"], `Invalid --timeout "2147484": ${ABOVE_0}`],
  ...["0", "-1", "1.5", "1e3", "1000001", ""]
    .map((text): [Script[], string[], string] => [
      [TCP_SERVER],
      ["--max-connections", text],
      `Invalid --max-connections "${text}": a whole number from 1 to 1000000`,
    ]),
  [
    [UDP_CLIENT],
    ["--retries", "-1"],
    'Invalid --retries "-1": a whole number from 0 to 1000000',
  ],
  [
    [TCP_CLIENT],
    ["Ann", ""],
    'Invalid NAME "": 1 to 1024 bytes of UTF-8, not 0',
  ],
  [
    [TCP_CLIENT],
    ["x".repeat(1_025)],
    `Invalid NAME ${X}: 1 to 1024 bytes of UTF-8, not 1025`,
  ],
  [
    [TCP_CLIENT],
    ["x".repeat(60) + "é".repeat(483)],
    `Invalid NAME ${X}: 1 to 1024 bytes of UTF-8, not 1026`,
  ],
  [
    [TCP_CLIENT],
    ["exit"],
    'Invalid NAME "exit": any name but this one, which ends the conversation',
  ],
  ...["Ann\n", "Ann\r\n", "\n", "exit\n"]
    .map((text): [Script[], string[], string] => [
      [TCP_CLIENT],
      [text],
      `Invalid NAME "${
        text.replace("\r", "\\x0d").replace("\n", "\\x0a")
      }": a name without a line break at its end, which the server leaves out`,
    ]),
  [
    [UDP_CLIENT],
    [""],
    `Invalid NAME "": 1 to ${MAX_UDP_NAME} bytes of UTF-8, not 0`,
  ],
  [
    [UDP_CLIENT],
    [`${LONGEST}x`],
    `Invalid NAME ${X}: 1 to ${MAX_UDP_NAME} bytes of UTF-8, not ${
      MAX_UDP_NAME + 1
    }`,
  ],
  ...[
    "ftp://h/",
    "h",
    "localhost:80",
    "http://",
    "",
    "file:///a",
    "http://user@h/",
    "https://:password@h/",
    "http://h:65536/",
  ].map((text): [Script[], string[], string] => [
    [TCP_CLIENT],
    ["--get", text],
    `Invalid --get "${text}": ${WEB_URL}`,
  ]),
  [
    [TCP_CLIENT],
    ["--get", "http://h/", "Ann", "Bob"],
    'Unexpected NAME "Ann": --get is allowed without names only',
  ],
  [
    [TCP_CLIENT],
    ["--get", "http://h/", "Michael", "Tracy", "Sarah"],
    'Unexpected NAME "Michael": --get is allowed without names only',
  ],
  [
    [TCP_CLIENT],
    ["-o", "a\n"],
    'Unexpected --output "a\\x0a": it is allowed with --get only',
  ],
  [
    [TCP_CLIENT],
    ["--get", "http://h/", "--output", ""],
    'Invalid --output "": the name of a file',
  ],
  [
    [TCP_CLIENT],
    ["--output"],
    "Missing value of --output: write --output=FILE",
  ],
  [
    [TCP_SERVER],
    ["--foo"],
    "Unknown option --foo: allowed are LABELS",
  ],
  [
    [TCP_CLIENT],
    ["--delay=1"],
    "Unknown option --delay: allowed are LABELS",
  ],
  [
    [UDP_SERVER],
    ["--delay=1"],
    "Unknown option --delay: allowed are LABELS",
  ],
  [
    [UDP_CLIENT],
    ["-q"],
    "Unknown option -q: allowed are LABELS",
  ],
];

for (const [scripts, args, message] of BAD) {
  for (const { script, parse, labels } of scripts) {
    Deno.test(`${script} refuses ${JSON.stringify(args).slice(0, 60)}`, () => {
      const error = assertThrows(() => parse(args), UsageError);
      assertEquals(
        error.message,
        message.replace("SCRIPT", script).replace("LABELS", labels.join(", ")),
      );
    });
  }
}

for (const { script, labels, help } of ALL) {
  Deno.test(`${script} has help for each option, in 80 columns`, () => {
    for (const label of labels) assertStringIncludes(help, `${label} `);
    for (const line of help.split("\n")) {
      assertEquals(line.length <= 80, true, line);
    }
  });
}

Deno.test("--reuse-port is refused where the system does not share a port", () => {
  requireReusePort("linux");
  for (const os of ["darwin", "windows", "freebsd"] as const) {
    assertThrows(() => requireReusePort(os), UsageError, "only Linux");
  }
});

Deno.test("--get replaces host and port by those of its URL", () => {
  for (
    const [url, hostname, port] of [
      ["http://localhost/", "localhost", 80],
      ["https://[::1]/", "::1", 443],
      ["http://a.example:8080/b?c", "a.example", 8080],
    ]
  ) {
    const options = parseCommandLine(tcpClientCommand, ["--get", String(url)]);
    assert(options !== "help");
    assertEquals([options.hostname, options.port], [hostname, port]);
  }
});
