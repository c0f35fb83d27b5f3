import { formatAddress } from "../net/address.ts";
import { printable } from "../text/printable.ts";

/** What a program was about to do with a socket. */
export interface Attempt {
  /** What it did. */
  action: "connect to" | "listen on" | "talk to";
  /** Over what. */
  transport: "TCP" | "TLS" | "UDP";
  /** The host, as the person gave it. */
  hostname: string;
  /** The port. */
  port: number;
  /** How long it was to wait, in milliseconds, where it did. */
  timeout?: number;
  /**
   * What Deno has to allow: the value of `--allow-net`.
   *
   * @default {undefined} Host and port.
   */
  allowNet?: string;
}

/**
 * Words an error of a socket for the person who runs the program.
 *
 * Deno's errors name neither host nor port, and some can be told from others by
 * their `code` alone, or by their words.
 *
 * @param error What was thrown.
 * @param attempt What was attempted.
 * @returns A {@linkcode CommandError} in one line: what was attempted, why it failed,
 * what to do. The error itself if it is a failure already, or no error of the
 * network but a mistake of the program.
 *
 * @example
 * ```ts
 * import { explainError } from "./errors.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = explainError(new Deno.errors.ConnectionRefused("refused"), {
 *   action: "connect to",
 *   transport: "TCP",
 *   hostname: "127.0.0.1",
 *   port: 9999,
 * });
 * assertEquals(
 *   error.message,
 *   "Cannot connect to 127.0.0.1:9999 over TCP: nobody listens there; start the server first",
 * );
 * ```
 */
export function explainError(error: unknown, attempt: Attempt): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof CommandError || isMistake(error)) return error;
  const { action, transport } = attempt;
  return new CommandError(
    `Cannot ${action} ${formatAddress(attempt)} over ${transport}: ${
      reasonOf(error, attempt)
    }`,
    { cause: error },
  );
}

/** A mistake of the program's, whose stack has to be seen. */
function isMistake(error: Error): boolean {
  // A datagram to port 0 is a TypeError, but one of the system's: with a code.
  return codeOf(error) === undefined &&
    (error instanceof TypeError || error instanceof RangeError ||
      error instanceof ReferenceError);
}

function codeOf(error: Error): string | undefined {
  // A firewall's refusal has the code EPERM, as Node's missing permission has.
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  // Codes that begin with ERR_ are not the system's: Node calls mistakes so.
  if (
    "code" in error && typeof error.code === "string" &&
    !error.code.startsWith("ERR_")
  ) return error.code;
  // Not every such error has its code, and a wrapped one has only its name.
  if (error.message.startsWith("failed to lookup address")) return "ENOTFOUND";
  return CODES[error.name];
}

const CODES: Record<string, string> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  BrokenPipe: "EPIPE",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  NetworkUnreachable: "ENETUNREACH",
  NotCapable: "EPERM",
  PermissionDenied: "EACCES",
  TimedOut: "ETIMEDOUT",
  TimeoutError: "ETIMEDOUT",
};

function reasonOf(error: Error, attempt: Attempt): string {
  const { action, port, timeout, transport } = attempt;
  switch (codeOf(error)) {
    case "EACCES":
      if (action !== "listen on") {
        return "the system does not allow it; look at its firewall";
      }
      return port < 1024
        ? "a port below 1024 needs an administrator's right; take another port"
        : "the system keeps the port to itself; take another port";
    case "EADDRINUSE":
      return "the port is in use; take another port, or stop who has it";
    case "EADDRNOTAVAIL":
      return "the address is not one of this machine; take one that is, such as 127.0.0.1";
    case "ECONNREFUSED":
      return "nobody listens there; start the server first";
    case "ECONNRESET":
    case "EPIPE":
      return "the peer has broken the connection off";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no network leads there; look at the address and the network";
    case "EMFILE":
    case "ENFILE":
      return "out of file descriptors; allow more (ulimit -n)";
    case "EMSGSIZE":
      return "the datagram would be too long: 65,507 bytes are the most";
    case "ENOTFOUND":
      return "the name has no address; look at its spelling";
    case "EPERM":
      return `Deno may not; grant --allow-net=${
        attempt.allowNet ?? formatAddress(attempt)
      }`;
    case "ETIMEDOUT":
      return timeout === undefined
        ? "nothing came in time"
        : `nothing came within ${
          timeout / 1_000
        } s; is the server busy, or is it another one?`;
  }
  const message = printable(error.message);
  const isTls = transport === "TLS" && error instanceof Deno.errors.InvalidData;
  if (isTls) return `${message}${tlsAdvice(message)}`;
  const advice = ADVICE[error.name];
  return advice === undefined ? message : `${message}; ${advice}`;
}

/** What to do about errors of this library, by their names. */
const ADVICE: Record<string, string> = {
  NoAnswerError: "start the server, or look at host and port",
  UnexpectedEof: "look at what the server says",
};

function tlsAdvice(message: string): string {
  if (message.includes("UnknownIssuer")) {
    return "; to trust a certificate of one's own, --cert=FILE of deno run";
  }
  // The server's first bytes were no TLS record: it speaks in the clear.
  return message.includes("InvalidContentType")
    ? "; the server seems not to speak TLS on this port"
    : "";
}

/**
 * Something outside the program went wrong, and the message tells a person so:
 * what was attempted, with what, and what to do next, in one line.
 *
 * A program prints the message and ends; of any other error it shows the stack,
 * for that one is a mistake of the program's own.
 *
 * @example
 * ```ts
 * import { CommandError } from "./errors.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const cause = new Deno.errors.NotFound("No such file or directory");
 * const failure = new CommandError('Cannot write "a/b": there is no "a"', { cause });
 * assertEquals(String(failure), 'CommandError: Cannot write "a/b": there is no "a"');
 * ```
 */
export class CommandError extends Error {
  /** The name that a printed error begins with. */
  override name = "CommandError";
}

/**
 * A command line is wrong. The message is one line for the person who typed it:
 * what was wrong, and what is allowed.
 *
 * @example
 * ```ts
 * import { UsageError } from "./errors.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new UsageError('Invalid --retries "x": a whole number');
 * assertEquals(error.message, 'Invalid --retries "x": a whole number');
 * ```
 */
export class UsageError extends Error {
  /** The name that a printed error begins with. */
  override name = "UsageError";
}
