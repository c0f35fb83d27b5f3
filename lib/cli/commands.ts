import type { Address } from "../net/address.ts";
import { quote } from "../text/printable.ts";
import {
  count,
  fileName,
  hostname,
  port,
  seconds,
  utf8,
  webUrl,
} from "./_values.ts";
import {
  type Command,
  flag,
  operands,
  type Option,
  optionalValue,
  type ServerCommand,
  value,
} from "./command.ts";
import { UsageError } from "./errors.ts";

/** What all four scripts are told. */
export interface CommonOptions {
  /** The host: a name or an IP address, IPv6 without brackets. */
  hostname: string;
  /** The port. */
  port: number;
  /** Whether to show each thing that crosses the wire. */
  trace: boolean;
}

/** What both servers are told. */
export interface ServerOptions extends CommonOptions {
  /** How many threads serve. */
  workers: number;
}

/** What `tcp_server.ts` is told. */
export interface TcpServerOptions extends ServerOptions {
  /** Whether to print the line of the start alone. */
  quiet: boolean;
  /** The wait before each answer, in milliseconds. */
  delay: number;
  /** How many conversations there may be at once. */
  maxConnections: number;
  /** The longest wait for a client, in milliseconds; 0: for ever. */
  idleTimeout: number;
  /** The longest wait for conversations to end at shutdown, in milliseconds. */
  drainTimeout: number;
}

/** What `tcp_client.ts` is told. */
export interface TcpClientOptions extends CommonOptions {
  /** Whom to have greeted. */
  names: string[];
  /** The longest wait for the server, in milliseconds. */
  timeout: number;
  /** What to fetch instead of having anyone greeted. */
  get: URL | undefined;
  /** The file for the body of what is fetched. */
  output: string | undefined;
}

/** What `udp_server.ts` is told. */
export interface UdpServerOptions extends ServerOptions {
  /** Whether to print the line of the start alone. */
  quiet: boolean;
}

/** What `udp_client.ts` is told. */
export interface UdpClientOptions extends CommonOptions {
  /** Whom to have greeted. */
  names: string[];
  /** The longest wait for each answer, in milliseconds. */
  timeout: number;
  /** How many times to ask again. */
  retries: number;
}

/** The most bytes of a TCP name: the server reads so many at once. */
const MAX_TCP_NAME = 1_024;

/** The most bytes of a UDP name: 65,507 fit a datagram, and 8 are the greeting. */
const MAX_UDP_NAME = 65_499;

const serverAddress = {
  hostname: value({
    short: "H",
    placeholder: "HOST",
    default: "127.0.0.1",
    parse: hostname,
    help: "Address to listen on; 0.0.0.0 lets in the whole network",
  }),
  port: value({
    short: "p",
    placeholder: "PORT",
    default: "9999",
    parse: port(0),
    help: "Port to listen on; 0: any free one",
  }),
};

const clientAddress = {
  hostname: value({
    short: "H",
    placeholder: "HOST",
    default: "127.0.0.1",
    parse: hostname,
    help: "Host of the server",
  }),
  port: value({
    short: "p",
    placeholder: "PORT",
    default: "9999",
    parse: port(1),
    help: "Port of the server",
  }),
};

const workers = value({
  placeholder: "COUNT",
  default: "1",
  parse: count(1, 64),
  help: "Threads that serve on the port together, where the system shares it",
});

const quiet = flag({ short: "q", help: "Print the Bind line alone" });

const trace = flag({
  help: "Show on standard error what crosses the wire",
});

/** The command line of `tcp_server.ts`. */
export const tcpServer: ServerCommand<TcpServerOptions> = {
  script: "tcp_server.ts",
  transport: "TCP",
  summary:
    "TCP server: welcomes everyone who connects, and greets every name they send.",
  options: {
    ...serverAddress,
    delay: value({
      placeholder: "SECONDS",
      default: "1",
      parse: seconds("at least 0"),
      help: "Wait before each answer",
    }),
    maxConnections: value({
      placeholder: "COUNT",
      default: "1000",
      parse: count(1),
      help: "Most conversations at once; who comes then waits",
    }),
    idleTimeout: value({
      placeholder: "SECONDS",
      default: "300",
      parse: seconds("at least 0"),
      help: "Longest wait for a silent client; 0: for ever",
    }),
    drainTimeout: value({
      placeholder: "SECONDS",
      default: "5",
      parse: seconds("at least 0"),
      help: "Longest wait for conversations to end after Ctrl-C",
    }),
    workers,
    quiet,
    trace,
  },
};

/** The command line of `tcp_client.ts`. */
export const tcpClient: Command<TcpClientOptions> = {
  script: "tcp_client.ts",
  summary:
    "TCP client: has names greeted by the TCP server, or fetches a URL over HTTP.",
  options: {
    names: names(tcpName),
    ...clientAddress,
    timeout: value({
      placeholder: "SECONDS",
      default: "5",
      parse: seconds("above 0"),
      help: "Longest wait for the server",
    }),
    get: optionalValue({
      placeholder: "URL",
      parse: webUrl,
      help: "Fetch URL, http or https, instead of sending names",
    }),
    output: optionalValue({
      short: "o",
      placeholder: "FILE",
      parse: fileName,
      help: "With --get: write the body to FILE",
    }),
    trace,
  },
  check({ names: [name = ""], get, output }, given) {
    if (get !== undefined && given.has("names")) {
      throw new UsageError(
        `Unexpected NAME ${quote(name)}: --get is allowed without names only`,
      );
    }
    for (const key of ["hostname", "port"] as const) {
      if (get !== undefined && given.has(key)) {
        throw new UsageError(`Unexpected --${key}: --get has it in its URL`);
      }
    }
    if (get === undefined && output !== undefined) {
      throw new UsageError(
        `Unexpected --output ${quote(output)}: it is allowed with --get only`,
      );
    }
  },
};

/** The command line of `udp_server.ts`. */
export const udpServer: ServerCommand<UdpServerOptions> = {
  script: "udp_server.ts",
  transport: "UDP",
  summary: "UDP server: greets every name it receives, whoever has sent it.",
  options: { ...serverAddress, workers, quiet, trace },
};

/** The command line of `udp_client.ts`. */
export const udpClient: Command<UdpClientOptions> = {
  script: "udp_client.ts",
  summary: "UDP client: has names greeted by the UDP server.",
  options: {
    names: names(utf8(MAX_UDP_NAME)),
    ...clientAddress,
    timeout: value({
      placeholder: "SECONDS",
      default: "1",
      parse: seconds("above 0"),
      help: "Longest wait for an answer, in each try",
    }),
    retries: value({
      placeholder: "COUNT",
      default: "3",
      parse: count(0),
      help: "Times to ask again when no answer comes",
    }),
    trace,
  },
};

function names(parse: (text: string) => string): Option<string[]> {
  return operands({
    placeholder: "NAME",
    default: ["Michael", "Tracy", "Sarah"],
    parse,
    help: "Who is to be greeted, one after the other",
  });
}

function tcpName(text: string): string {
  if (text === "exit") {
    throw new UsageError("any name but this one, which ends the conversation");
  }
  if (text.endsWith("\n")) {
    throw new UsageError(
      "a name without a line break at its end, which the server leaves out",
    );
  }
  return utf8(MAX_TCP_NAME)(text);
}

/** The ports that a URL leaves out (RFC 9110, 4.2). */
const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/**
 * Tells where the server of a web page is.
 *
 * @param url The page's address, http or https.
 * @returns Host and port as `Deno.connect` takes them.
 *
 * @example
 * ```ts
 * import { addressOf } from "./commands.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(addressOf(new URL("https://[::1]/")), {
 *   hostname: "::1",
 *   port: 443,
 * });
 * ```
 */
export function addressOf({ hostname, port, protocol }: URL): Address {
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? DEFAULT_PORTS[protocol] ?? 0 : Number(port),
  };
}
