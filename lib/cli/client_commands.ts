import { MAX_TCP_NAME, MAX_UDP_NAME, refusal } from "../greeting.ts";
import { quote } from "../text/printable.ts";
import {
  type Command,
  count,
  fileName,
  flag,
  hostname,
  operands,
  type Option,
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

const time = { placeholder: "SECONDS", parse: seconds("above 0") };

const trace = flag({
  help: "Show on standard error what each read and write moved",
});

function names(parse: (text: string) => string): Option<string[]> {
  return operands({
    placeholder: "NAME",
    default: ["Michael", "Tracy", "Sarah"],
    parse,
    help: "Names to send, one after the other",
  });
}

const tcpOptions = {
  names: names(tcpName),
  ...address,
  timeout: value({
    ...time,
    default: "5",
    help: "Time limit for the next bytes of the server",
  }),
  get: value({
    placeholder: "URL",
    parse: webUrl,
    help: "Fetch URL, http or https, instead of sending names",
  }),
  output: value({
    short: "o",
    placeholder: "FILE",
    parse: fileName,
    help: "With --get: write the body to FILE, if the status is 2xx",
  }),
  maxTime: value({ ...time, help: "Time limit for the whole run" }),
  trace,
};

/** The command line of `tcp_client.ts`; times are in milliseconds. */
export const tcpClientCommand: Command<OptionsOf<typeof tcpOptions>> = {
  script: "tcp_client.ts",
  summary:
    "TCP client: sends names to the server and prints its greetings, or fetches a URL over HTTP.",
  options: tcpOptions,
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

/** The ports that a URL leaves out (RFC 9110, 4.2). */
const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/** Host and port of a URL, as `Deno.connect` takes them. */
function addressOf({ hostname: host, port, protocol }: URL) {
  return {
    hostname: hostname(host),
    port: port === "" ? DEFAULT_PORTS[protocol] ?? 0 : Number(port),
  };
}

/**
 * Reads the URL of a web page. A user name and a password are not allowed: they
 * would have to be sent, and what is typed stays in the history of the shell.
 */
function webUrl(text: string): URL {
  const url = URL.parse(text);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === "" && url.port !== "0";
  if (!isUsable) {
    throw new UsageError(
      "an http:// or https:// URL without user name, password and port 0",
    );
  }
  hostname(url.hostname); // The URL parser allows names that no host can have.
  return url;
}

function tcpName(text: string): string {
  if (text === "exit") {
    throw new UsageError("any name but this one, which ends the connection");
  }
  if (text.endsWith("\n")) {
    throw new UsageError(
      "a name without a line break at its end, which the server leaves out",
    );
  }
  return utf8(text, MAX_TCP_NAME);
}

const udpOptions = {
  names: names(udpName),
  ...address,
  timeout: value({
    ...time,
    default: "1",
    help: "Time limit for the response to each try",
  }),
  retries: value({
    placeholder: "COUNT",
    default: "3",
    parse: count(0),
    help: "Number of times to resend when no response comes",
  }),
  trace,
};

/** The command line of `udp_client.ts`; times are in milliseconds. */
export const udpClientCommand: Command<OptionsOf<typeof udpOptions>> = {
  script: "udp_client.ts",
  summary: "UDP client: sends names to the server and prints its greetings.",
  options: udpOptions,
  attempt: ({ hostname, port, timeout }) => (
    { action: "talk to", transport: "UDP", hostname, port, timeout }
  ),
};

/** A port that a client may have. */
const ANY_CLIENT_PORT = 65_535;

function udpName(text: string): string {
  if (refusal(new TextEncoder().encode(text), ANY_CLIENT_PORT) !== null) {
    throw new UsageError(
      "not a greeting of a greeting of a greeting, to which the server does not respond",
    );
  }
  return utf8(text, MAX_UDP_NAME);
}

/** Checks that a name has at least 1 and at most `max` bytes. */
function utf8(text: string, max: number): string {
  const { length } = new TextEncoder().encode(text);
  if (length >= 1 && length <= max) return text;
  throw new UsageError(`1 to ${max} bytes of UTF-8, not ${length}`);
}
