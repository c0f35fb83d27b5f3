import {
  type Command,
  count,
  flag,
  hostname,
  type OptionsOf,
  port,
  seconds,
  value,
} from "./command.ts";
import { UsageError } from "./errors.ts";

const address = {
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

const notes = {
  quiet: flag({ short: "q", help: "Print only the Bind line" }),
  trace: flag({
    help: "Show on standard error what each read and write moved",
  }),
};

function time(byDefault: string, help: string) {
  const parse = seconds("at least 0");
  return value({ placeholder: "SECONDS", default: byDefault, parse, help });
}

const tcpOptions = {
  ...address,
  delay: time("1", "Wait before each response"),
  maxConnections: value({
    placeholder: "COUNT",
    default: "1000",
    parse: count(1),
    help: "Maximum concurrent connections; further clients wait",
  }),
  idleTimeout: time(
    "300",
    "Close a connection after this long without data; 0: never",
  ),
  drainTimeout: time("5", "Time to finish the last responses after Ctrl-C"),
  reusePort: flag({
    help: "Share the port with other processes that have this option (Linux)",
  }),
  ...notes,
};

/** The command line of `tcp_server.ts`; times are in milliseconds. */
export const tcpServerCommand: Command<OptionsOf<typeof tcpOptions>> = {
  script: "tcp_server.ts",
  isServer: true,
  summary:
    "TCP server: welcomes each client and greets each name that it sends.",
  options: tcpOptions,
  attempt: ({ hostname, port }) => (
    { action: "listen on", transport: "TCP", hostname, port }
  ),
  check(options) {
    // Linux deals new connections out among all that listen with SO_REUSEPORT
    // (socket(7)); on other systems Deno ignores the option.
    if (!options.reusePort || Deno.build.os === "linux") return options;
    throw new UsageError(
      "Unexpected --reuse-port: only Linux shares a TCP port among processes",
    );
  },
};

const udpOptions = { ...address, ...notes };

/** The command line of `udp_server.ts`. */
export const udpServerCommand: Command<OptionsOf<typeof udpOptions>> = {
  script: "udp_server.ts",
  isServer: true,
  summary: "UDP server: greets each name that it receives.",
  options: udpOptions,
  attempt: ({ hostname, port }) => (
    { action: "listen on", transport: "UDP", hostname, port }
  ),
};
