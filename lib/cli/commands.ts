import { isLoop, MAX_TCP_NAME, MAX_UDP_NAME } from "../greeting.ts";
import { formatHostname, isLoopback } from "../net/mod.ts";
import type { ServeTcpOptions } from "../tcp/mod.ts";
import { quote } from "../text/mod.ts";
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
  type OptionsOf,
  value,
} from "./command.ts";
import { UsageError } from "./errors.ts";

/** What the command line passes on to a `TcpServer`, under the same names. */
type TcpServerLimits =
  & {
    [
      K in
        | "maxConnections"
        | "idleTimeout"
        | "drainTimeout"
        | "reusePort"
    ]: Option<NonNullable<ServeTcpOptions[K]>>;
  }
  & Record<string, Option<unknown>>;

const serverAddress = {
  hostname: value({
    short: "H",
    placeholder: "HOST",
    default: "127.0.0.1",
    parse: hostname,
    help: "Address to listen on; 0.0.0.0: reachable from the whole network",
  }),
  port: value({
    short: "p",
    placeholder: "PORT",
    default: "9999",
    parse: port(0),
    help: "Port to listen on; 0 picks a free one",
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

const quiet = flag({ short: "q", help: "Print only the Bind line" });

const trace = flag({
  help: "Show on standard error what each read and write moved",
});

const tcpServerOptions = {
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
    help: "Maximum concurrent connections; further clients wait",
  }),
  idleTimeout: value({
    placeholder: "SECONDS",
    default: "300",
    parse: seconds("at least 0"),
    help: "Close a connection after this long without data; 0: never",
  }),
  drainTimeout: value({
    placeholder: "SECONDS",
    default: "5",
    parse: seconds("at least 0"),
    help: "Time to finish the last answers after Ctrl-C",
  }),
  reusePort: flag({
    help: "Share the port with other processes that have this option (Linux)",
  }),
  quiet,
  trace,
} satisfies TcpServerLimits;

/** Options of `tcp_server.ts`; times are in milliseconds. */
export type TcpServerArgs = OptionsOf<typeof tcpServerOptions>;

/** The command line of `tcp_server.ts`. */
export const tcpServerCommand: Command<TcpServerArgs> = {
  script: "tcp_server.ts",
  isServer: true,
  summary:
    "TCP server: welcomes each client and greets each name that it sends.",
  options: tcpServerOptions,
  attempt: ({ hostname, port }) => (
    { action: "listen on", transport: "TCP", hostname, port }
  ),
  check(options) {
    if (options.reusePort) requireReusePort(Deno.build.os);
    return options;
  },
};

const tcpClientOptions = {
  names: names(tcpName),
  ...clientAddress,
  timeout: value({
    placeholder: "SECONDS",
    default: "5",
    parse: seconds("above 0"),
    help: "Longest wait for the next bytes of the server",
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
    help: "With --get: write the body to FILE, if the status is 2xx",
  }),
  maxTime: optionalValue({
    placeholder: "SECONDS",
    parse: seconds("above 0"),
    help: "Time limit for the whole run",
  }),
  trace,
};

/** Options of `tcp_client.ts`; times are in milliseconds. */
export type TcpClientArgs = OptionsOf<typeof tcpClientOptions>;

/** The command line of `tcp_client.ts`. */
export const tcpClientCommand: Command<TcpClientArgs> = {
  script: "tcp_client.ts",
  summary:
    "TCP client: sends names to the server and prints its greetings, or fetches a URL over HTTP.",
  options: tcpClientOptions,
  attempt: ({ hostname, port, timeout, get }) => ({
    action: "talk to",
    transport: get?.protocol === "https:" ? "TLS" : "TCP",
    hostname,
    port,
    timeout,
  }),
  check(options, given) {
    const { names: [name = ""], get, output } = options;
    if (get === undefined) {
      if (output === undefined) return options;
      throw new UsageError(
        `Unexpected --output ${quote(output)}: it is allowed with --get only`,
      );
    }
    if (given.has("names")) {
      throw new UsageError(
        `Unexpected NAME ${quote(name)}: --get is allowed without names only`,
      );
    }
    for (const key of ["hostname", "port"] as const) {
      if (given.has(key)) {
        throw new UsageError(`Unexpected --${key}: --get has it in its URL`);
      }
    }
    return { ...options, ...addressOf(get) };
  },
};

const udpServerOptions = { ...serverAddress, quiet, trace };

/** Options of `udp_server.ts`; times are in milliseconds. */
export type UdpServerArgs = OptionsOf<typeof udpServerOptions>;

/** The command line of `udp_server.ts`. */
export const udpServerCommand: Command<UdpServerArgs> = {
  script: "udp_server.ts",
  isServer: true,
  summary: "UDP server: greets each name that it receives.",
  options: udpServerOptions,
  attempt: ({ hostname, port }) => ({
    action: "listen on",
    transport: "UDP",
    hostname,
    port,
    allowNet: udpServerPermission(hostname),
  }),
};

/** What a UDP server needs to listen, and to answer its clients on any port. */
export function udpServerPermission(hostname: string): string {
  if (hostname === "localhost") return "localhost,127.0.0.1,[::1]";
  return isLoopback(hostname) ? formatHostname(hostname) : "";
}

const udpClientOptions = {
  names: names(udpName),
  ...clientAddress,
  timeout: value({
    placeholder: "SECONDS",
    default: "1",
    parse: seconds("above 0"),
    help: "Longest wait for an answer to each try",
  }),
  retries: value({
    placeholder: "COUNT",
    default: "3",
    parse: count(0),
    help: "How often to resend when no answer comes",
  }),
  trace,
};

/** Options of `udp_client.ts`; times are in milliseconds. */
export type UdpClientArgs = OptionsOf<typeof udpClientOptions>;

/** The command line of `udp_client.ts`. */
export const udpClientCommand: Command<UdpClientArgs> = {
  script: "udp_client.ts",
  summary: "UDP client: sends names to the server and prints its greetings.",
  options: udpClientOptions,
  attempt: ({ hostname, port, timeout }) => (
    { action: "talk to", transport: "UDP", hostname, port, timeout }
  ),
};

/**
 * Refuses `--reuse-port` where the system does not share a TCP port: Linux deals
 * new connections out among all that listen with SO_REUSEPORT (socket(7)), and on
 * other systems Deno ignores the option.
 */
export function requireReusePort(os: typeof Deno.build.os): void {
  if (os === "linux") return;
  throw new UsageError(
    "Unexpected --reuse-port: only Linux shares a TCP port among processes",
  );
}

function names(parse: (text: string) => string): Option<string[]> {
  return operands({
    placeholder: "NAME",
    default: ["Michael", "Tracy", "Sarah"],
    parse,
    help: "Names to send, one after the other",
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

function udpName(text: string): string {
  if (isLoop(new TextEncoder().encode(text))) {
    throw new UsageError(
      "not a greeting of a greeting of a greeting, which the server does not answer",
    );
  }
  return utf8(MAX_UDP_NAME)(text);
}

/** The ports that a URL leaves out (RFC 9110, 4.2). */
const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/** Host and port of a URL, as `Deno.connect` takes them. */
export function addressOf({ hostname, port, protocol }: URL) {
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? DEFAULT_PORTS[protocol] ?? 0 : Number(port),
  };
}
