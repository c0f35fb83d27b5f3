import { assertEquals, assertStringIncludes } from "@std/assert";
import { accept, connect } from "../support/connection.ts";
import { runTyped, startTyped, typedOutput } from "../support/example.ts";
import { Process, run } from "../support/process.ts";
import {
  type Server,
  startServer as startScript,
  stop,
} from "../support/scripts.ts";
import { makeCertificate, noOpenssl } from "../support/tls.ts";
import { encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { testUnless } from "../support/skip.ts";

const CLIENT = "examples/tls_client.ts";
const SERVER = "examples/tls_server.ts";
const NAMES = ["Michael", "小明"];
const GREETINGS = [WELCOME_TEXT, ...NAMES.map(hello), ""].join("\n");

function test(name: string, fn: () => Promise<void>): void {
  testUnless(noOpenssl, name, fn);
}

const openssl = (cwd: string, line: string) =>
  run("openssl", line.split(" "), { cwd });

/** The certificate of all tests that change nothing about it. */
const { dir } = noOpenssl ? { dir: "" } : await makeCertificate();
addEventListener("unload", () => {
  if (!noOpenssl) Deno.removeSync(dir, { recursive: true });
});

const startServer = (args = ["--delay=0"], cwd = dir) =>
  startTyped(SERVER, { cwd, args: ["--port=0", ...args] });

/** How the client runs; `isTrusted`: with the option that trusts the certificate. */
function client(
  port: number,
  { cwd = dir, hostname = "localhost", isTrusted = true, args = NAMES } = {},
) {
  const distrust = isTrusted ? {} : { "--cert=cert.pem ": "" };
  const replace = { "localhost:": `${hostname}:`, ...distrust };
  return { port, cwd, args: [`--hostname=${hostname}`, ...args], replace };
}

/** How the client failed: in one line. */
async function failure(options: ReturnType<typeof client>): Promise<string> {
  await using process = await runTyped(CLIENT, options);
  const { code, stdout, stderr } = await process.ended();
  assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2], stderr);
  return stderr;
}

test("tls_client.ts talks to tls_server.ts with the certificate of its header", async () => {
  await using server = await startServer();
  assertEquals(await typedOutput(CLIENT, client(server.port)), GREETINGS);
  await server.process.line(/^Accept new connection from 127\.0\.0\.1:\d+/);
  await server.process.line(/^Connection from 127\.0\.0\.1:\d+ closed\.$/);
});

test("tls_client.ts refuses a certificate that is not right, and both sides say why", async () => {
  await using server = await startServer();
  await using old = await makeCertificate();
  const cases: [Parameters<typeof client>[1], string, RegExp][] = [
    [
      { isTrusted: false },
      "UnknownIssuer; to trust a certificate of your own, start with deno run --cert=FILE",
      /does not trust this side's certificate$/,
    ],
    [
      { hostname: "127.0.0.1" },
      'only valid for DnsName("localhost"); use a name that it has, or add IP:127.0.0.1 to its subjectAltName',
      /refuses this side's certificate$/,
    ],
    [
      { cwd: old.dir },
      "BadSignature; the trusted certificate of that name has another key; is it an old one?",
      /trusts another certificate of that name; is it an old one\?$/,
    ],
  ];
  for (const [options, words, serverWords] of cases) {
    assertStringIncludes(await failure(client(server.port, options)), words);
    await server.process.errorLine(serverWords);
  }
});

test("tls_client.ts accepts the address that it advises to add", async () => {
  await using certificate = await makeCertificate((line) =>
    line.replace("DNS:localhost", "DNS:localhost,IP:127.0.0.1")
  );
  const cwd = certificate.dir;
  await using server = await startServer(["--delay=0"], cwd);
  const options = client(server.port, { cwd, hostname: "127.0.0.1" });
  assertEquals(await typedOutput(CLIENT, options), GREETINGS);
});

test("tls_client.ts says that tcp_server.ts speaks no TLS", async () => {
  await using server = await startScript("tcp_server.ts");
  const words = await failure(client(server.port));
  assertStringIncludes(words, "seems not to speak TLS on this port");
});

test("tls_client.ts gives up a server that is silent in the handshake", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const args = ["--timeout=0.3"];
  const failed = failure(client(listener.addr.port, { args }));
  using _silent = await accept(listener);
  assertStringIncludes(await failed, "no answer within 0.3 s");
});

test("tls_client.ts notices that a connection is cut off", async () => {
  // The client has been welcomed, and waits for its first greeting.
  await using server = await startServer(["--delay=60"]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  await using process = await runTyped(CLIENT, client(port));
  using near = await accept(listener);
  using far = await connect(server.port);
  const passing = [
    near.readable.pipeTo(far.writable).catch(() => {}),
    far.readable.pipeTo(near.writable).catch(() => {}),
  ];
  await process.line(WELCOME_TEXT);
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await Promise.all(passing);
  const { code, stderr } = await process.ended();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the connection was cut off");
});

test("tls_server.ts ends a connection without TLS with one line", async () => {
  await using server = await startServer();
  using conn = await connect(server.port);
  await conn.write(encode("GET / HTTP/1.1\r\n\r\n"));
  await server.process.errorLine(/seems not to speak TLS on this port$/);
});

test("tls_server.ts greets others while one is silent in the handshake, and then ends", async () => {
  await using server = await startServer(["--delay=0", "--drain-timeout=60"]);
  using _silent = await connect(server.port);
  assertEquals(await typedOutput(CLIENT, client(server.port)), GREETINGS);
  if (Deno.build.os === "windows") return; // It has no SIGTERM to send.
  assertEquals((await stop(server)).stderr, "");
});

test("tls_server.ts gives the place of a silent client to the next one in time", async () => {
  const limits = ["--max-connections=1", "--idle-timeout=2", "--delay=0"];
  await using server = await startServer(limits);
  using _silent = await connect(server.port);
  assertEquals(await typedOutput(CLIENT, client(server.port)), GREETINGS);
  await server.process.errorLine(/: no data for 2 s; /);
});

test("tls_server.ts reads a file with a byte order mark, and says which one is not right", async () => {
  await using files = await makeCertificate();
  const cwd = files.dir;
  const path = (name: string) => `${cwd}/${name}`;
  await openssl(cwd, "ec -in key.pem -aes128 -passout pass:x -out old.pem");
  await openssl(cwd, "pkcs8 -topk8 -in key.pem -passout pass:x -out new.pem");
  const encrypted = (name: string) =>
    `The key in "${name}" is encrypted; decrypt it with openssl pkey -in "${name}" -out plain.pem`;
  for (
    const [key, words] of [
      ["no.pem", 'Cannot read "no.pem": there is no such file'],
      ["cert.pem", '"cert.pem" holds no private key in PEM'],
      ["old.pem", encrypted("old.pem")],
      ["new.pem", encrypted("new.pem")],
    ] as const
  ) {
    await using process = await runTyped(SERVER, {
      cwd,
      args: ["--port=0", `--key=${key}`],
      replace: { "key.pem": `key.pem,${key}` },
    });
    const { code, stderr } = await process.ended();
    assertEquals([code, stderr], [1, `tls_server.ts: ${words}\n`]);
  }
  const command = "pkey -in new.pem -passin pass:x -out key.pem";
  await openssl(cwd, command); // As it is advised.
  for (const name of ["cert.pem", "key.pem"]) {
    const text = await Deno.readTextFile(path(name));
    await Deno.writeTextFile(path(name), `\ufeff${text}`);
  }
  await using _server = await startServer([], cwd);
});

test("openssl s_client talks to tls_server.ts, unless it speaks another protocol", async () => {
  await using server = await startServer(["--delay=0", "--trace"]);
  for (const alpn of ["", "greeting/1", "http/1.1"]) {
    await using client = Process.start("openssl", [
      ...["s_client", "-connect", `127.0.0.1:${server.port}`],
      ...["-servername", "localhost", "-CAfile", "cert.pem"],
      ...["-verify_return_error", "-quiet"],
      ...alpn === "" ? [] : ["-alpn", alpn],
    ], { cwd: dir, hasInput: true });
    if (alpn === "http/1.1") {
      await client.type("exit\n").catch(() => {}); // If it has ended, it is right.
      const { code, stdout, stderr } = await client.ended();
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, "no application protocol");
      await server.process.errorLine(/no protocol in common \(ALPN\)$/);
      continue;
    }
    await client.type("Sarah\n");
    await server.process.errorLine(new RegExp(`\\|${hello("Sarah")}\\|$`));
    await client.type("exit\n");
    const { code, stdout } = await client.ended();
    assertEquals([code, stdout], [0, WELCOME_TEXT + hello("Sarah")]);
  }
});

/** Starts openssl's server, which sends what is typed. */
async function startOpenssl(...args: string[]): Promise<Server> {
  const process = Process.start("openssl", [
    ...["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem"],
    ...["-key", "key.pem", "-naccept", "1", ...args],
  ], { cwd: dir, hasInput: true });
  const line = await process.line(/^ACCEPT 127\.0\.0\.1:\d+$/);
  const port = Number(/\d+$/.exec(line)?.[0]);
  const end = () => process[Symbol.asyncDispose]();
  return { process, port, [Symbol.asyncDispose]: end };
}

test("tls_client.ts talks to openssl s_server", async () => {
  await using server = await startOpenssl("-alpn", "greeting/1");
  const options = client(server.port, { args: ["Sarah"] });
  await using process = await runTyped(CLIENT, options);
  await server.process.type(WELCOME_TEXT);
  await process.line(WELCOME_TEXT);
  await server.process.type(hello("Sarah"));
  const { code, stdout } = await process.ended();
  assertEquals([code, stdout], [0, `${WELCOME_TEXT}\n${hello("Sarah")}\n`]);
  assertStringIncludes((await server.process.ended()).stdout, "Sarah");
});

test("tls_client.ts says what a server asks for, or does not name", async () => {
  const alpn = ["-alpn", "greeting/1"];
  for (
    const [args, words] of [
      [[], "The server does not speak greeting/1 (ALPN)"],
      [["-alpn", "http/1.1"], "no protocol in common (ALPN)"],
      [
        [...alpn, "-Verify", "1"],
        "the other side asks for a certificate, and this side has none",
      ],
      [[...alpn, "-Verify", "1", "-tls1_2"], "or it asks for a certificate"],
    ] as const
  ) {
    await using server = await startOpenssl(...args);
    assertStringIncludes(await failure(client(server.port)), words);
  }
});
