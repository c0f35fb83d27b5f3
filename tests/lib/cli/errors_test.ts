import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { deadline } from "@std/async/deadline";
import { CommandError } from "../../../lib/cli/errors.ts";
import { type Attempt, explainError } from "../../../lib/cli/errors.ts";
import { readExactly } from "../../../lib/io/streams.ts";
import { resolve } from "../../../lib/net/resolve.ts";
import { Process } from "../../support/process.ts";
import { openPair, openReset } from "../../support/pair.ts";

const HOST = "127.0.0.1";
const BYTE = new Uint8Array(1);

function attempt(port: number, rest: Partial<Attempt> = {}): Attempt {
  return {
    action: "connect to",
    transport: "TCP",
    hostname: HOST,
    port,
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
function reason(error: Error, attempted: Attempt): string {
  const failure = explainError(error, attempted);
  assertInstanceOf(failure, CommandError);
  assertEquals(failure.cause === error, true);
  const start =
    /^Cannot (?:connect to|listen on|talk to) \S+ over (?:TCP|TLS|UDP): /;
  assertMatch(failure.message, start);
  assertMatch(failure.message, /^\P{Cc}*[^.\p{Cc}]$/u);
  return failure.message.replace(start, "");
}

function openSocket(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
}

Deno.test("explainError names what was attempted, where and over what", async () => {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await thrown(() => Deno.connect({ hostname: HOST, port }));
  assertInstanceOf(error, Deno.errors.ConnectionRefused);
  const { message } = explainError(error, attempt(port));
  assertStringIncludes(message, `Cannot connect to ${HOST}:${port} over TCP: `);
  assertStringIncludes(message, "start the server");
  assertStringIncludes(
    explainError(
      error,
      attempt(9, { action: "talk to", transport: "TLS", hostname: "::1" }),
    ).message,
    "Cannot talk to [::1]:9 over TLS: ",
  );
});

Deno.test("explainError advises another port for one that is in use", async () => {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  const tcp = await thrown(() => Deno.listen({ hostname: HOST, port }));
  assertInstanceOf(tcp, Deno.errors.AddrInUse);
  const said = reason(tcp, attempt(port, { action: "listen on" }));
  assertStringIncludes(said, "another port");

  const socket = openSocket();
  const taken = socket.addr as Deno.NetAddr;
  const udp = await thrown(() =>
    Deno.listenDatagram({ ...taken, transport: "udp" })
  );
  assertEquals(
    reason(udp, attempt(taken.port, { action: "listen on", transport: "UDP" })),
    said,
  );
  socket.close();
});

Deno.test("explainError tells an address of another machine", async () => {
  // This test may use the network of this machine alone, and the address is
  // one that no machine has (RFC 5737); so another program asks for it.
  const program = `
    import { explainError } from ${lib("cli/errors.ts")};
    const at = { hostname: "192.0.2.1", port: 0 };
    try { Deno.listen(at); } catch (error) {
      console.log(explainError(error, { action: "listen on", transport: "TCP", ...at }).message);
    }`;
  assertMatch(
    await evaluate(program, "--allow-net=192.0.2.1:0"),
    /^Cannot listen on 192\.0\.2\.1:0 over TCP: .*this machine.*\n$/,
  );
});

Deno.test("explainError tells a name that does not resolve", async () => {
  const program = `
    import { explainError } from ${lib("cli/errors.ts")};
    import { resolve } from ${lib("net/resolve.ts")};
    const at = { hostname: "nonexistent.invalid", port: 9 };
    const attempt = { action: "connect to", transport: "TCP", ...at };
    for (const call of [() => Deno.connect(at), () => resolve(at.hostname)]) {
      try { await call(); } catch (error) {
        console.log(explainError(error, attempt).message);
      }
    }`;
  const said = await evaluate(program, "--allow-net=nonexistent.invalid");
  const [connect, resolved, end] = said.split("\n");
  assertMatch(
    connect ?? "",
    /^Cannot connect to nonexistent\.invalid:9 over TCP: the name/,
  );
  assertEquals([resolved, end], [connect, ""]);

  const empty = await thrown(() => resolve(""));
  assertStringIncludes(reason(empty, attempt(9)), "name");
});

Deno.test("explainError says what to grant, as Deno wants it", async () => {
  const program = `
    import { explainError } from ${lib("cli/errors.ts")};
    import { resolve } from ${lib("net/resolve.ts")};
    const cases = [
      [{ hostname: "127.0.0.1", port: 9 }, (at) => Deno.connect(at)],
      [{ hostname: "::1", port: 0 }, (at) => Deno.listen(at)],
      [{ hostname: "localhost", port: 9, allowNet: "localhost" }, (at) => resolve(at.hostname)],
    ];
    for (const [at, call] of cases) {
      try { await call(at); } catch (error) {
        const words = { action: "talk to", transport: "UDP", ...at };
        console.log(explainError(error, words).message.split("grant ")[1]);
      }
    }`;
  assertEquals(
    await evaluate(program),
    "--allow-net=127.0.0.1:9\n--allow-net=[::1]:0\n--allow-net=localhost\n",
  );
});

Deno.test("explainError tells a reset connection from a closed one", async () => {
  using conn = await openReset();
  const reset = await thrown(() => conn.read(BYTE));
  assertInstanceOf(reset, Deno.errors.ConnectionReset);
  const broken = await thrown(() => conn.write(BYTE));
  assertInstanceOf(broken, Deno.errors.BrokenPipe);
  const at = attempt(9, { action: "talk to" });
  assertEquals(reason(reset, at), "the peer has reset the connection");
  assertEquals(reason(broken, at), "the peer has closed the connection");
});

Deno.test("explainError tells how much of an answer came before the end", async () => {
  using pair = await openPair();
  await pair.peers.write(new Uint8Array(3));
  await pair.peers.closeWrite();
  const error = await thrown(() => readExactly(pair.ours, 8));
  assertInstanceOf(error, Deno.errors.UnexpectedEof);
  assertStringIncludes(reason(error, attempt(9)), "after 3 of 8 bytes");
});

Deno.test("explainError tells how long no answer came", async () => {
  const never = new Promise<never>(() => {});
  const late = await thrown(() => deadline(never, 1));
  assertInstanceOf(late, DOMException);
  assertStringIncludes(
    reason(late, attempt(9, { timeout: 1_500 })),
    "no answer within 1.5 s; is the server busy",
  );
  const system = new Deno.errors.TimedOut("Connection timed out");
  assertMatch(reason(system, attempt(9)), /^no answer in time$/);
});

Deno.test("explainError tells for how long a connection was idle, and what to look at", () => {
  class IdleTimeoutError extends Error {
    override name = "IdleTimeoutError";
  }
  const said = (error: Error, at: Partial<Attempt>) =>
    reason(error, attempt(9, { action: "talk to", ...at }));
  const advice = "is the other side busy, or is the connection broken?";
  const error = new IdleTimeoutError("Nothing came");
  assertEquals(said(error, {}), "no data in time");
  const exact = Object.assign(new IdleTimeoutError("Nothing came"), {
    timeout: 500,
  });
  assertEquals(said(exact, {}), `no data for 0.5 s; ${advice}`);
  // A client waits for answers, with a time-out of its own.
  assertEquals(
    said(exact, { timeout: 500 }),
    "no answer within 0.5 s; is the server busy, or is something else listening there?",
  );
});

Deno.test("explainError tells a name server that does not answer", () => {
  const words = "failed to lookup address information: ";
  for (
    const error of [
      new Error(`${words}Temporary failure in name resolution`),
      new Error(`${words}Try again`),
      withCode("EAI_AGAIN", "getaddrinfo EAI_AGAIN localhost"),
    ]
  ) {
    assertEquals(
      reason(error, attempt(9, { hostname: "localhost" })),
      "the name server does not answer; check the network, or give an IP address",
    );
  }
});

Deno.test("explainError tells a datagram that is too long", async () => {
  const socket = openSocket();
  const error = await thrown(() =>
    socket.send(new Uint8Array(70_000), socket.addr)
  );
  socket.close();
  assertStringIncludes(
    reason(error, attempt(9, { action: "talk to", transport: "UDP" })),
    "too long",
  );
});

Deno.test("explainError advises --cert for a certificate of an unknown authority", async () => {
  const read = (file: string) =>
    Deno.readTextFileSync(new URL(`../../tls/${file}`, import.meta.url));
  using listener = Deno.listenTls({
    hostname: HOST,
    port: 0,
    cert: read("localhost.pem"),
    key: read("localhost.key"),
  });
  const accepted = listener.accept();
  const { port } = listener.addr;
  using conn = await Deno.connectTls({ hostname: "localhost", port });
  const error = await thrown(() => conn.handshake());
  assertInstanceOf(error, Deno.errors.InvalidData);
  const said = reason(error, attempt(port, { transport: "TLS" }));
  assertStringIncludes(said, "UnknownIssuer");
  assertStringIncludes(said, "--cert=FILE");
  (await accepted).close();
});

const withCode = (code: string, message = "No words (os error 1)") =>
  Object.assign(new Error(message), { code });

const codeOrName = (error: Error) => "code" in error ? error.code : error.name;

/** Errors that cannot be provoked on every machine. */
const STAND_INS: [error: Error, said: string][] = [
  [new Deno.errors.NetworkUnreachable("Network is unreachable"), "no route"],
  [new Deno.errors.BrokenPipe("Broken pipe"), "closed the connection"],
  [new Deno.errors.ConnectionAborted("Aborted"), "reset the connection"],
  [withCode("EHOSTUNREACH"), "no route"],
  [withCode("ENETDOWN"), "no route"],
  [withCode("EAFNOSUPPORT"), "IPv4 or IPv6"],
  [withCode("ENOBUFS"), "out of memory"],
  [
    new Deno.errors.AddrNotAvailable("Cannot assign requested address"),
    "no address or free port",
  ],
  [withCode("EMFILE"), "ulimit -n"],
  [withCode("ENFILE"), "file descriptors"],
  [
    withCode("EPROTO", "Protocol error\x1b[2J\n"),
    "Protocol error\\x1b[2J\\x0a",
  ],
  [withCode("EPROTO", "Protocol error (os error 71)"), "Protocol error"],
];

for (const [error, said] of STAND_INS) {
  Deno.test(`explainError says "${said}" for ${codeOrName(error)}`, () => {
    assertStringIncludes(reason(error, attempt(9)), said);
  });
}

Deno.test("explainError says who may use a port below 1024", () => {
  const error = new Deno.errors.PermissionDenied("Permission denied");
  const said = reason(error, attempt(80, { action: "listen on" }));
  assertStringIncludes(said, "1024");
  assertStringIncludes(said, "another port");
  // A firewall refuses with the same error, and no other port helps there.
  const refused = reason(error, attempt(80));
  assertEquals(refused.includes("1024"), false);
  assertStringIncludes(refused, "does not allow it");
});

Deno.test("explainError does not advise a permission of Deno against a firewall", () => {
  const error = Object.assign(
    new Deno.errors.PermissionDenied("Operation not permitted (os error 1)"),
    { code: "EPERM" },
  );
  const said = reason(error, attempt(9, { action: "talk to" }));
  assertStringIncludes(said, "firewall");
  const kept = reason(error, attempt(50_000, { action: "listen on" }));
  assertEquals(kept.includes("1024"), false);
  assertStringIncludes(kept, "another port");
});

Deno.test("explainError advises --cert only where that helps", async () => {
  using listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  const accepted = listener.accept();
  using conn = await Deno.connectTls({ hostname: HOST, port });
  using plain = await accepted;
  await plain.write(new TextEncoder().encode("Welcome!"));
  const error = await thrown(() => conn.handshake());
  const said = reason(error, attempt(port, { transport: "TLS" }));
  assertStringIncludes(said, "not to speak TLS");
  const name = "invalid peer certificate: certificate not valid for name";
  assertEquals(
    reason(
      new Deno.errors.InvalidData(`${name} example.org`),
      attempt(9, { transport: "TLS" }),
    ),
    `${name} example.org; use a name that it has, or add IP:${HOST} to its subjectAltName`,
  );
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
    assertEquals(explainError(error, attempt(9)) === error, true);
  }
});

Deno.test({
  name:
    "explainError words the system's errors even where Deno makes them TypeErrors",
  // Other systems have another error for port 0.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const socket = openSocket();
    const error = await thrown(() =>
      socket.send(BYTE, { transport: "udp", hostname: HOST, port: 0 })
    );
    socket.close();
    assertInstanceOf(error, TypeError);
    assertStringIncludes(
      reason(error, attempt(0, { action: "talk to", transport: "UDP" })),
      "Invalid argument",
    );
  },
});

Deno.test("explainError makes an error of what is none", () => {
  const error = explainError("a text", attempt(9));
  assertEquals(error instanceof CommandError, false);
  assertEquals(error.message, "a text");
});

function lib(file: string): string {
  return JSON.stringify(new URL(`../../../lib/${file}`, import.meta.url).href);
}

/** What a program prints that has these permissions and no others. */
async function evaluate(program: string, ...allow: string[]): Promise<string> {
  const source = `data:text/typescript,${encodeURIComponent(program)}`;
  const args = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-check",
    ...allow,
    source,
  ];
  await using child = Process.start(Deno.execPath(), args, {
    cwd: new URL("../../..", import.meta.url),
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await child.ended();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}
