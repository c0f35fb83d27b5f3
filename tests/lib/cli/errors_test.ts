import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  type Attempt,
  CommandError,
  explainError,
} from "../../../lib/cli/errors.ts";
import { openReset } from "../../support/loopback_connection.ts";
import { openUdp } from "../../support/udp.ts";

const HOST = "127.0.0.1";
const BYTE = new Uint8Array(1);

/** An attempt on port 9, or what is given of another one. */
function attempt(rest: Partial<Attempt>): Attempt {
  return {
    action: "talk to",
    transport: "TCP",
    hostname: HOST,
    port: 9,
    ...rest,
  };
}

/** What the operation throws; a failure of the test if that is nothing. */
async function thrown(operation: () => unknown): Promise<Error> {
  try {
    await operation();
  } catch (error) {
    assertInstanceOf(error, Error);
    return error;
  }
  throw new Error("Nothing was thrown");
}

/** Checks that the error is worded in one line, and returns what is said. */
function reason(error: Error, rest: Partial<Attempt> = {}): string {
  const failure = explainError(error, attempt(rest));
  assertInstanceOf(failure, CommandError);
  assertEquals(failure.cause === error, true);
  const start = /^Cannot (?:listen on|talk to) \S+ over (?:TCP|TLS|UDP): /;
  assertMatch(failure.message, start);
  assertMatch(failure.message, /^\P{Cc}*[^.\p{Cc}]$/u);
  return failure.message.replace(start, "");
}

const withCode = (code: string, message = "No words (os error 1)") =>
  Object.assign(new Error(message), { code });

/** An error as Deno has it on Windows. */
const onWindows = (number: number, code?: string) =>
  Object.assign(
    new Error(`Some words. (os error ${number})`),
    code && { code },
  );

class IdleTimeoutError extends Error {
  override name = "IdleTimeoutError";
}

const {
  AddrInUse,
  AddrNotAvailable,
  BrokenPipe,
  ConnectionAborted,
  ConnectionReset,
  InvalidData,
  NetworkUnreachable,
  NotCapable,
  PermissionDenied,
  TimedOut,
  UnexpectedEof,
} = Deno.errors;

const LISTEN = { action: "listen on" } as const;
const UDP = { transport: "UDP" } as const;
const TLS = { transport: "TLS" } as const;
const LOOKUP = "failed to lookup address information";
const BUSY = "is the server busy, or is something else listening there?";
const IN_USE =
  "the port is in use; choose another port, or stop the program that uses it";
const REFUSED = "nothing listens there; start the server first";
const RESET = "the peer has reset the connection";
const NO_NAME = "the name has no address; check its spelling";
const FIREWALL = "the system does not allow it; check its firewall";
const denied = new PermissionDenied("Permission denied (os error 13)");

/** What is said of errors that a system or a peer causes. */
const SAID: [said: string, attempt: Partial<Attempt>, ...errors: Error[]][] = [
  [
    "no route to that address; check the address and the network",
    {},
    new NetworkUnreachable("Network is unreachable"),
    ...[withCode("EHOSTUNREACH"), withCode("ENETDOWN")],
    ...[onWindows(10050), onWindows(10051, "ENETUNREACH"), onWindows(10064)],
  ],
  [
    RESET,
    {},
    ...[new ConnectionAborted("Aborted"), new ConnectionReset("Reset")],
    onWindows(10053, "ECONNABORTED"),
  ],
  [IN_USE, LISTEN, new AddrInUse("In use"), onWindows(10048, "EADDRINUSE")],
  [
    "this machine does not have that address; choose one that it has, such as 127.0.0.1",
    LISTEN,
    new AddrNotAvailable("Cannot assign requested address"),
  ],
  [
    'the permission is missing; grant "--allow-net=[::1]:9"',
    { hostname: "::1" },
    new NotCapable("Requires net access"),
  ],
  [
    "the permission is missing; grant --allow-net",
    { ...LISTEN, ...UDP, hostname: "::" },
    new NotCapable("Requires net access"),
  ],
  [REFUSED, UDP, new ConnectionReset("Reset")],
  [REFUSED, {}, onWindows(10061, "ECONNREFUSED")],
  ["the peer has closed the connection", {}, new BrokenPipe("Broken pipe")],
  [
    "this machine does not support that kind of address, IPv4 or IPv6; use the other kind",
    {},
    withCode("EAFNOSUPPORT"),
  ],
  [
    "this machine has no address or free port to reach it from; check the address and the network",
    {},
    new AddrNotAvailable("Cannot assign requested address"),
  ],
  ["the system is out of memory", {}, withCode("ENOBUFS")],
  [
    "out of file descriptors; raise the limit (ulimit -n)",
    {},
    withCode("EMFILE"),
  ],
  [
    "no answer in time",
    {},
    ...[new TimedOut("Connection timed out"), onWindows(10060, "ETIMEDOUT")],
  ],
  // A client waits for answers, with a time-out of its own.
  [
    `no answer within 1.5 s; ${BUSY}`,
    { timeout: 1_500 },
    ...[new TimedOut("Connection timed out"), new IdleTimeoutError("")],
  ],
  [
    "no data for 0.5 s; is the other side busy, or is the connection broken?",
    {},
    Object.assign(new IdleTimeoutError(""), { timeout: 500 }),
  ],
  [
    NO_NAME,
    {},
    new Error(`${LOOKUP}: Name or service not known`),
    ...[onWindows(11001, "ENOENT"), onWindows(11004, "ENOENT")],
  ],
  [
    "the name server does not answer; check the network, or give an IP address",
    {},
    new Error(`${LOOKUP}: Temporary failure in name resolution`),
    new Error(`${LOOKUP}: Try again`),
    withCode("EAI_AGAIN", "getaddrinfo EAI_AGAIN h"),
    ...[onWindows(11002), onWindows(11003)],
  ],
  [
    "a port below 1024 needs an administrator's rights; choose another port",
    { ...LISTEN, port: 1023 },
    denied,
  ],
  [
    "the system reserves the port; choose another port",
    { ...LISTEN, port: 1024 },
    denied,
  ],
  [
    "Windows reserves the port, or another program holds it; choose another port",
    { ...LISTEN, port: 80 },
    onWindows(10013, "EACCES"),
  ],
  // A firewall refuses with the same error, and no other port helps there.
  [
    FIREWALL,
    { port: 80 },
    denied,
    Object.assign(new PermissionDenied("Not permitted"), { code: "EPERM" }),
    onWindows(10013, "EACCES"),
  ],
  [
    "the datagram is too long; 65,507 bytes fit",
    UDP,
    onWindows(10040, "EMSGSIZE"),
  ],
  [
    "The input ended after 3 of 8 bytes; check the output of the other program",
    TLS,
    new UnexpectedEof("The input ended after 3 of 8 bytes"),
  ],
  [
    "the connection was cut off: TLS has not announced its end (close_notify), so something may be missing",
    TLS,
    new UnexpectedEof(
      "peer closed connection without sending TLS close_notify",
    ),
  ],
  [
    "the other side has closed the connection during the handshake; does it speak TLS?",
    TLS,
    new UnexpectedEof("unexpected end of file"),
  ],
  // Of what is not known the system's words are said, harmless to a terminal.
  [
    "Protocol error\\x1b[2J\\x0a",
    {},
    withCode("EPROTO", "Protocol error\x1b[2J\n (os error 71)"),
  ],
];

for (const [said, rest, ...errors] of SAID) {
  Deno.test(`explainError says ${said}, ${JSON.stringify(rest)}`, () => {
    for (const error of errors) assertEquals(reason(error, rest), said);
  });
}

/** What rustls says, and the advice that is added. */
const TLS_ADVICE: [says: string, advice: string][] = [
  [
    "CaUsedAsEndEntity",
    "it is the certificate of an authority; make one with CA:FALSE for the server",
  ],
  [
    "certificate not valid for any names",
    "it names no host; add DNS:localhost to its subjectAltName",
  ],
  ["certificate expired", "renew it, or check the clock of this machine"],
];

Deno.test("explainError says what to do about a certificate", () => {
  const hostname = "localhost";
  for (const [says, advice] of TLS_ADVICE) {
    // The time that the certificate was checked is in seconds since 1970.
    const error = new InvalidData(`${says}: verification time 1795603200`);
    assertEquals(reason(error, { ...TLS, hostname }), `${says}; ${advice}`);
  }
  assertStringIncludes(
    reason(new InvalidData("not valid for any names"), TLS),
    "add IP:127.0.0.1 to",
  );
});

Deno.test("explainError names what was attempted, where and over what", () => {
  const error = new Deno.errors.ConnectionRefused();
  assertEquals(
    explainError(error, attempt({})).message,
    `Cannot talk to ${HOST}:9 over TCP: ${REFUSED}`,
  );
  const other = { action: "talk to", ...TLS, hostname: "::1" } as const;
  const { message } = explainError(error, attempt(other));
  assertStringIncludes(message, "Cannot talk to [::1]:9 over TLS: ");
});

Deno.test("explainError tells a reset connection from a closed one", async () => {
  using conn = await openReset();
  const reset = await thrown(() => conn.read(BYTE));
  assertInstanceOf(reset, ConnectionReset);
  assertEquals(reason(reset), RESET);
  const broken = await thrown(() => conn.write(BYTE));
  assertStringIncludes(reason(broken), "the connection");
});

Deno.test("explainError words a time-out of std, and the system's error for a datagram", async () => {
  const never = new Promise<never>(() => {});
  const late = await thrown(() => deadline(never, 1));
  assertInstanceOf(late, DOMException);
  assertEquals(reason(late), "no answer in time");

  using socket = openUdp();
  const long = await thrown(() =>
    socket.send(new Uint8Array(70_000), socket.addr)
  );
  // Deno makes it a TypeError, which is otherwise a mistake in the program.
  const noPort = Deno.build.os === "linux" &&
    await thrown(() => socket.send(BYTE, { ...socket.addr, port: 0 }));
  assertStringIncludes(reason(long, UDP), "too long");
  if (noPort) assertEquals(reason(noPort, UDP), "Invalid argument");
});

Deno.test("explainError words an error of a file without the attempt", () => {
  const wrongName = explainError(onWindows(123, "ENOENT"), attempt({}));
  assertInstanceOf(wrongName, CommandError);
  assertEquals(wrongName.message, "Windows does not allow that name");
  // Linux has another error of that number.
  const medium = new Error("No medium found (os error 123)");
  assertEquals(reason(medium), "No medium found");
});

Deno.test("explainError hides no mistake of the program", async () => {
  const mistakes = [
    await thrown(() => Deno.connect({ hostname: HOST, port: 70_000 })),
    await thrown(() => Deno.connect({ hostname: HOST, port: NaN })),
    new ReferenceError("x is not defined"),
    new CommandError("Worded already"),
    Object.assign(new TypeError("The argument must be a number"), {
      code: "ERR_INVALID_ARG_TYPE",
    }),
  ];
  assertInstanceOf(mistakes[0], RangeError);
  assertInstanceOf(mistakes[1], TypeError);
  for (const error of mistakes) {
    assertEquals(explainError(error, attempt({})) === error, true);
  }
  const text = explainError("a text", attempt({}));
  assertEquals([text instanceof CommandError, text.message], [false, "a text"]);
});
