import {
  formatAddress,
  formatHostname,
  ipVersion,
  isLoopback,
} from "../net/address.ts";
import { printable, shellWord } from "../text/printable.ts";

/**
 * Something outside the program went wrong. The message tells a person in one
 * line: what was attempted, with what, and what to do next.
 *
 * A program prints the message and ends. Of any other error it shows the stack,
 * because that is a mistake in the program itself.
 */
export class CommandError extends Error {
  /** The name that a printed error begins with. */
  override name = "CommandError";
}

/** A command line is wrong. The message says what, and what is allowed. */
export class UsageError extends Error {
  /** The name that a printed error begins with. */
  override name = "UsageError";
}

/** What a program was about to do with a socket. */
export interface Attempt {
  /** What it did. */
  action: "listen on" | "talk to";
  /** The transport, or a protocol that has two of them. */
  transport: "TCP" | "TLS" | "UDP" | "DNS";
  /** The host, as the person gave it. */
  hostname: string;
  /** The port. */
  port: number;
  /** The longest wait, in milliseconds, where there is one. */
  timeout?: number | undefined;
}

/**
 * Words an error of a socket for the person who runs the program.
 *
 * Deno's errors name neither host nor port, and some can be told from others by
 * their `code` alone, by Windows' number, or by their words.
 *
 * @param error What was thrown.
 * @param attempt What was attempted.
 * @returns A {@linkcode CommandError} in one line: what was attempted, why it
 * failed, what to do. An error of a file, which has nothing to do with the attempt,
 * is one in the system's words. The error itself if it is a `CommandError` or
 * `UsageError` already, or a mistake in the program.
 */
export function explainError(error: unknown, attempt: Attempt): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (
    error instanceof CommandError || error instanceof UsageError ||
    isMistake(error)
  ) return error;
  if (isFileError(error)) {
    return new CommandError(systemMessage(error), { cause: error });
  }
  const { action, transport } = attempt;
  const what = `${action} ${formatAddress(attempt)} over ${transport}`;
  const message = `Cannot ${what}: ${reasonOf(error, attempt)}`;
  return new CommandError(message, { cause: error });
}

/** A mistake in the program, whose stack has to be seen. */
function isMistake(error: Error): boolean {
  // A datagram to port 0 is a TypeError, but one of the system's: with a code.
  const kinds = [TypeError, RangeError, ReferenceError];
  return codeOf(error) === undefined &&
    kinds.some((kind) => error instanceof kind);
}

function codeOf(error: Error): string | undefined {
  const [, number = ""] = / \(os error (1\d{4})\)/.exec(error.message) ?? [];
  if (CODES[number] !== undefined) return CODES[number];
  // A firewall's refusal has the code EPERM, as Node's missing permission has.
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  // Codes that begin with ERR_ are not the system's: Node calls mistakes so.
  const code = "code" in error ? error.code : null;
  if (typeof code === "string" && !code.startsWith("ERR_")) return code;
  // Not every such error has its code, and a wrapped one has only its name.
  if (error.message.startsWith("failed to lookup address")) {
    // The words of glibc and of musl.
    return /Temporary failure|Try again/.test(error.message)
      ? "EAI_AGAIN"
      : "ENOTFOUND";
  }
  return CODES[error.name];
}

/**
 * Codes by the name of an error, and by Windows' number: of those that Winsock has,
 * Deno gives these no code, or that of a missing file.
 */
const CODES: Record<string, string> = {
  AddrInUse: "EADDRINUSE",
  AddrNotAvailable: "EADDRNOTAVAIL",
  BrokenPipe: "EPIPE",
  ConnectionAborted: "ECONNABORTED",
  ConnectionRefused: "ECONNREFUSED",
  ConnectionReset: "ECONNRESET",
  NetworkUnreachable: "ENETUNREACH",
  NotCapable: "EPERM",
  TimedOut: "ETIMEDOUT",
  TimeoutError: "ETIMEDOUT",
  10013: "WSAEACCES",
  10050: "ENETDOWN",
  10064: "EHOSTDOWN",
  11001: "ENOTFOUND",
  11002: "EAI_AGAIN",
  11003: "EAI_AGAIN",
  11004: "ENOTFOUND",
};

const REFUSED = "nothing listens there; start the server first";
const RESET = "the peer has reset the connection";
const NO_ROUTE = "no route to that address; check the address and the network";
const NO_DESCRIPTORS = "out of file descriptors; raise the limit (ulimit -n)";
const NO_MEMORY = "the system is out of memory";
const FIREWALL = "the system does not allow it; check its firewall";

/** What a code means; a function where that depends on the attempt. */
const REASONS: Record<string, string | ((attempt: Attempt) => string)> = {
  EACCES: ({ action, port }) => {
    if (action !== "listen on") return FIREWALL;
    return port < 1024
      ? "a port below 1024 needs an administrator's rights; choose another port"
      : "the system reserves the port; choose another port";
  },
  EADDRINUSE:
    "the port is in use; choose another port, or stop the program that uses it",
  EADDRNOTAVAIL: ({ action }) =>
    action === "listen on"
      ? "this machine does not have that address; choose one that it has, such as 127.0.0.1"
      : "this machine has no address or free port to reach it from; check the address and the network",
  EAFNOSUPPORT:
    "this machine does not support that kind of address, IPv4 or IPv6; use the other kind",
  EAI_AGAIN:
    "the name server does not answer; check the network, or give an IP address",
  ECONNABORTED: RESET,
  ECONNREFUSED: REFUSED,
  // Windows reports so that a datagram came back: no port listens (ICMP).
  ECONNRESET: ({ transport }) => transport === "UDP" ? REFUSED : RESET,
  EHOSTDOWN: NO_ROUTE,
  EHOSTUNREACH: NO_ROUTE,
  EMFILE: NO_DESCRIPTORS,
  EMSGSIZE: "the datagram is too long; 65,507 bytes fit",
  ENETDOWN: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ENFILE: NO_DESCRIPTORS,
  ENOBUFS: NO_MEMORY,
  ENOMEM: NO_MEMORY,
  ENOTFOUND: "the name has no address; check its spelling",
  EPERM: (attempt) =>
    `the permission is missing; grant ${shellWord(permissionFor(attempt))}`,
  EPIPE: "the peer has closed the connection",
  ETIMEDOUT: ({ timeout }) => noAnswer(timeout),
  WSAEACCES: ({ action }) =>
    action === "listen on"
      ? "Windows reserves the port, or another program holds it; choose another port"
      : FIREWALL,
};

/** The permission that Deno needs. A UDP server responds to clients on any port. */
function permissionFor(attempt: Attempt): string {
  const { action, transport, hostname } = attempt;
  const isUdp = transport === "UDP" || transport === "DNS";
  if (action === "talk to" || !isUdp) {
    return `--allow-net=${formatAddress(attempt)}`;
  }
  if (hostname === "localhost") return "--allow-net=localhost,127.0.0.1,[::1]";
  if (!isLoopback(hostname)) return "--allow-net";
  return `--allow-net=${formatHostname(hostname)}`;
}

function reasonOf(error: Error, attempt: Attempt): string {
  const reason = REASONS[codeOf(error) ?? ""];
  if (typeof reason === "string") return reason;
  if (reason !== undefined) return reason(attempt);
  const { hostname, timeout, transport } = attempt;
  if (error.name === "IdleTimeoutError") {
    // A client has a time-out for responses, a server for silent clients.
    if (timeout !== undefined) return noAnswer(timeout);
    const { timeout: idle } = error as Error & { timeout: number };
    const waited = `no data for ${idle / 1_000} s`;
    return `${waited}; is the other side busy, or is the connection broken?`;
  }
  // Without the clock's time in seconds since 1970, which few can read.
  const message = systemMessage(error).replace(/: verification time .*$/, "");
  const said = transport === "TLS" ? message : "";
  const end = wordsOf(said, TLS_ENDS);
  if (end !== undefined) return end;
  const advice = wordsOf(said, TLS_ADVICE) ?? ADVICE[error.name];
  if (advice === undefined) return message;
  const san = `${ipVersion(hostname) === null ? "DNS" : "IP"}:${hostname}`;
  return `${message}; ${advice.replace("SAN", () => san)}`;
}

/** The words of the first key that the message has. */
function wordsOf(message: string, words: Record<string, string>) {
  return Object.entries(words).find(([key]) => message.includes(key))?.[1];
}

function noAnswer(timeout: number | undefined): string {
  if (timeout === undefined) return "no answer in time";
  const within = `no answer within ${timeout / 1_000} s`;
  return `${within}; is the server busy, or is something else listening there?`;
}

/** What to do about errors of this library, by their names. */
const ADVICE: Record<string, string> = {
  NoAnswerError: "start the server, or check host and port",
  UnexpectedDataError:
    "another server may be listening there; check host and port",
  UnexpectedEof: "check the output of the other program",
};

/** What an early end of TLS means, by what rustls says. */
const TLS_ENDS: Record<string, string> = {
  "without sending TLS close_notify":
    "the connection was cut off: TLS has not announced its end (close_notify), so something may be missing",
  "unexpected end of file":
    "the other side has closed the connection during the handshake; does it speak TLS?",
};

const REFUSED_CERTIFICATE = "the other side refuses this side's certificate";
const NO_PROTOCOL = "the two sides have no protocol in common (ALPN)";

/** What to do about an error of TLS, by what rustls says; SAN is the server's name. */
const TLS_ADVICE: Record<string, string> = {
  "fatal alert: UnknownCA":
    "the other side does not trust this side's certificate",
  "fatal alert: CertificateRequired":
    "the other side asks for a certificate, and this side has none",
  "fatal alert: DecryptError":
    "the other side trusts another certificate of that name; is it an old one?",
  "fatal alert: HandshakeFailure":
    "the two sides have no version or cipher in common, or it asks for a certificate",
  "fatal alert: Certificate": REFUSED_CERTIFICATE,
  "fatal alert: BadCertificate": REFUSED_CERTIFICATE,
  NoApplicationProtocol: NO_PROTOCOL,
  "any known protocol": NO_PROTOCOL,
  CaUsedAsEndEntity:
    "it is the certificate of an authority; make one with CA:FALSE for the server",
  "not valid for any names": "it names no host; add SAN to its subjectAltName",
  "not valid for name ":
    "use a name that it has, or add SAN to its subjectAltName",
  UnknownIssuer:
    "to trust a certificate of your own, start with deno run --cert=FILE",
  BadSignature:
    "the trusted certificate of that name has another key; is it an old one?",
  "certificate expired": "renew it, or check the clock of this machine",
};

/**
 * What the system says of an error, in one line: without Deno's "(os error 28)",
 * and in words of its own for what happens to files and streams.
 */
export function systemMessage(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  // Linux' error 123 is another one, and has no code in Deno.
  if (code === "ENOENT" && error.message.includes("(os error 123)")) {
    return "Windows does not allow that name";
  }
  return SYSTEM_MESSAGES[code] ??
    printable(error.message.replace(/\.? \(os error \d+\)/g, ""));
}

const SYSTEM_MESSAGES: Record<string, string> = {
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is as large as the system allows",
  EIO: "the device has failed (input/output error)",
  ENAMETOOLONG: "the name is too long for the file system",
  ENOSPC: "no space left on device",
  EROFS: "the file system is read-only",
};

/**
 * Words an error of the file system for the person who has named the file. Returns
 * the error itself if it is another one.
 */
export function explainFileError(
  error: unknown,
  action: "read" | "write",
  path: string,
): unknown {
  if (!(error instanceof Error) || !isFileError(error)) return error;
  const reason = fileReason(error, action, path);
  const message = `Cannot ${action} ${quotePath(path)}: ${reason}`;
  return new CommandError(message, { cause: error });
}

/** Whether an error is one of files: Deno names their paths, or they have its code. */
function isFileError(error: Error): boolean {
  if (error instanceof Deno.errors.NotCapable) {
    return /^Requires (?:read|write|all) access/.test(error.message);
  }
  const code = codeOf(error) ?? "";
  return FILE_CODES.has(code) || code in SYSTEM_MESSAGES ||
    / \(os error \d+\): /.test(error.message);
}

const FILE_CODES = new Set(["EEXIST", "EISDIR", "ELOOP", "ENOENT", "ENOTDIR"]);

function fileReason(
  error: Error,
  action: "read" | "write",
  path: string,
): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `the permission is missing; grant ${neededFor(error, action, path)}`;
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return "part of its path is a file, not a directory";
  }
  if (error instanceof Deno.errors.NotFound) {
    return action === "read"
      ? "there is no such file"
      : "its directory does not exist; create it first";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return action === "read"
      ? "the system does not let you read it"
      : "the system does not let you write the file or its directory; choose another path";
  }
  return systemMessage(error);
}

/** The permissions that the file needs, as they would be typed. */
function neededFor(error: Error, action: "read" | "write", path: string) {
  // Deno guards /dev, /proc and the like: no list of paths opens them.
  if (error.message.includes("--allow-all")) return "--allow-all";
  const paths = action === "read" ? [path] : [path, `${path}.part`];
  // And it has no way to write a comma in a list.
  const list = path.includes(",") ? "" : `=${paths.join()}`;
  const read = shellWord(`--allow-read${list}`);
  return action === "read"
    ? read
    : `${read} ${shellWord(`--allow-write${list}`)}`;
}

/** The whole path between quotes, safe to show; a backslash in it stays single. */
export function quotePath(path: string): string {
  return `"${printable(path).replaceAll('"', '\\"')}"`;
}
