import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Certificate,
  hasOpenssl,
  makeCertificate,
  needsOpenssl,
} from "../support/tls.ts";
import { accept, connect } from "../support/connection.ts";
import { startServer as startScript, stop } from "../support/scripts.ts";
import { runTyped, startTyped, typedOutput } from "../support/example.ts";

const CLIENT = "examples/tls_client.ts";
const GREETINGS = "Welcome!\nHello, Michael!\nHello, 小明!\n";

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: name + needsOpenssl, ignore: !hasOpenssl, fn });
}

const startServer = ({ dir }: Certificate, ...args: string[]) =>
  startTyped("examples/tls_server.ts", {
    cwd: dir,
    args: args.length > 0 ? args : ["--delay=0"],
  });

/** How the client runs; `isTrusted`: with the option that trusts the certificate. */
function client(
  { dir }: Certificate,
  port: number,
  { hostname = "localhost", isTrusted = true, names = ["Michael", "小明"] } =
    {},
) {
  return {
    port,
    cwd: dir,
    args: [`--hostname=${hostname}`, ...names],
    replace: {
      "localhost:": `${hostname}:`,
      ...(!isTrusted && { "--cert=cert.pem ": "" }),
    },
  };
}

/** How the client failed. */
async function failure(options: ReturnType<typeof client>): Promise<string> {
  await using process = await runTyped(CLIENT, options);
  const { code, stdout, stderr } = await process.ended();
  assertEquals([code, stdout], [1, ""], stderr);
  assertEquals(stderr.split("\n").length, 2, stderr);
  return stderr;
}

test("tls_client.ts talks to tls_server.ts with the certificate of its header", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const { port } = server;
  const output = await typedOutput(CLIENT, client(certificate, port));
  assertEquals(output, GREETINGS);
  await server.process.line(/^Accept new connection from 127\.0\.0\.1:\d+/);
  await server.process.line(/^Connection from 127\.0\.0\.1:\d+ closed\.$/);
});

test("tls_client.ts refuses a certificate that nobody trusts", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const options = client(certificate, server.port, { isTrusted: false });
  assertStringIncludes(
    await failure(options),
    "UnknownIssuer; to trust a certificate of your own, start with deno run --cert=FILE",
  );
  await server.process.errorLine(/does not trust this side's certificate$/);
});

test("tls_client.ts refuses another name, and the advice for it works", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const hostname = "127.0.0.1";
  const said = await failure(
    client(certificate, server.port, { hostname }),
  );
  assertStringIncludes(said, 'only valid for DnsName("localhost"); use a name');
  await server.process.errorLine(/refuses this side's certificate$/);

  const name = /add (\S+) to its subjectAltName$/m.exec(said)?.[1];
  await using better = await makeCertificate((line) =>
    line.replace("DNS:localhost", `DNS:localhost,${name}`)
  );
  await using second = await startServer(better);
  const options = client(better, second.port, { hostname });
  assertEquals(await typedOutput(CLIENT, options), GREETINGS);
});

test("tls_client.ts says that tcp_server.ts speaks no TLS", async () => {
  await using certificate = await makeCertificate();
  await using server = await startScript("tcp_server.ts");
  assertStringIncludes(
    await failure(client(certificate, server.port)),
    "seems not to speak TLS on this port",
  );
});

test("tls_client.ts gives up a server that is silent in the handshake", async () => {
  await using certificate = await makeCertificate();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const options = client(certificate, listener.addr.port);
  options.args.push("--timeout=0.3");
  const failed = failure(options);
  using _silent = await accept(listener);
  assertStringIncludes(await failed, "no answer within 0.3 s");
});

test("tls_client.ts notices that a connection is cut off", async () => {
  await using certificate = await makeCertificate();
  // The client has been welcomed, and waits for its first greeting.
  await using server = await startServer(certificate, "--delay=60");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using process = await runTyped(
    CLIENT,
    client(certificate, listener.addr.port),
  );
  using near = await accept(listener);
  using far = await connect(server.port);
  const passing = [
    near.readable.pipeTo(far.writable).catch(() => {}),
    far.readable.pipeTo(near.writable).catch(() => {}),
  ];
  await process.line("Welcome!");
  near[Symbol.dispose]();
  far[Symbol.dispose]();
  await Promise.all(passing);
  const { code, stderr } = await process.ended();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the connection was cut off");
});

test("tls_server.ts ends a connection without TLS with one line", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  using conn = await connect(server.port);
  await conn.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  await server.process.errorLine(/seems not to speak TLS on this port$/);
});

test("tls_server.ts greets others while one says nothing in the handshake", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const { port } = server;
  using _silent = await connect(port);
  const output = await typedOutput(CLIENT, client(certificate, port));
  assertEquals(output, GREETINGS);
});

test("tls_server.ts gives the place of a silent client to the next one in time", async () => {
  await using certificate = await makeCertificate();
  const limits = ["--max-connections=1", "--idle-timeout=0.5"];
  await using server = await startServer(certificate, ...limits);
  const { port } = server;
  using _silent = await connect(port);
  const output = await typedOutput(CLIENT, client(certificate, port));
  assertEquals(output, GREETINGS);
  await server.process.errorLine(/: no data for 0\.5 s; /);
});

test("tls_server.ts ends while a client says nothing in the handshake", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate, "--drain-timeout=60");
  using _silent = await connect(server.port);
  // So that the first one is accepted.
  await typedOutput(CLIENT, client(certificate, server.port));
  if (Deno.build.os === "windows") return; // It has no SIGTERM to send.
  const { stderr } = await stop(server);
  assertEquals(stderr, "");
});

test("tls_server.ts says which file it cannot read", async () => {
  await using certificate = await makeCertificate();
  await Deno.remove(`${certificate.dir}/key.pem`);
  await using process = await runTyped("examples/tls_server.ts", {
    cwd: certificate.dir,
  });
  const { code, stderr } = await process.ended();
  assertEquals(code, 1);
  assertEquals(
    stderr,
    'tls_server.ts: Cannot read "key.pem": there is no such file\n',
  );
});

/** Runs an openssl whose input is written step by step, and read in between. */
class Openssl implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #errors: Promise<string>;
  readonly #timer: ReturnType<typeof setTimeout>;
  #text = "";

  constructor(cwd: string, ...args: string[]) {
    this.#child = new Deno.Command("openssl", {
      args,
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
    this.#errors = new Response(this.#child.stderr).text();
    // Ends every wait: with the program.
    this.#timer = setTimeout(() => this.#kill(), 30_000);
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  /** Waits until this comes, and takes it and all before. */
  async read(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = expected.exec(this.#text);
      if (found !== null) {
        this.#text = this.#text.slice(found.index + found[0].length);
        return found;
      }
      const { value } = await this.#reader.read();
      if (value === undefined) {
        const more = await this.#errors;
        throw new Error(`${expected} has not come, but ${this.#text}${more}`);
      }
      this.#text += new TextDecoder().decode(value);
    }
  }

  /** What it says of errors, once it has ended. */
  async ended(): Promise<{ code: number; stderr: string }> {
    await this.#writer.close().catch(() => {});
    const { code } = await this.#child.status;
    return { code, stderr: await this.#errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#kill();
    await this.#writer.abort().catch(() => {});
    await this.#reader.cancel();
    await this.#child.status;
    await this.#errors;
  }

  #kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended.
    }
  }
}

const TRUSTING = ["-CAfile", "cert.pem", "-verify_return_error", "-quiet"];

test("openssl s_client talks to tls_server.ts", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const at = ["-connect", `127.0.0.1:${server.port}`];
  for (const alpn of [[], ["-alpn", "greeting/1"]]) {
    await using openssl = new Openssl(
      certificate.dir,
      ...["s_client", ...at, "-servername", "localhost", ...TRUSTING, ...alpn],
    );
    await openssl.read(/Welcome!/);
    await openssl.write("Sarah\n");
    await openssl.read(/Hello, Sarah!/);
    await openssl.write("exit\n");
    assertEquals((await openssl.ended()).code, 0);
  }
});

test("tls_server.ts refuses a client of another protocol in the handshake", async () => {
  await using certificate = await makeCertificate();
  await using server = await startServer(certificate);
  const at = ["-connect", `127.0.0.1:${server.port}`];
  await using openssl = new Openssl(
    certificate.dir,
    ...["s_client", ...at, "-alpn", "http/1.1", ...TRUSTING],
  );
  const { code, stderr } = await openssl.ended();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no application protocol");
  await server.process.errorLine(/no protocol in common \(ALPN\)$/);
});

/** Starts openssl's server, which sends what is written to it. */
async function startOpenssl(
  { dir }: Certificate,
  ...args: string[]
): Promise<{ openssl: Openssl; port: number }> {
  const openssl = new Openssl(
    dir,
    ...["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem"],
    ...["-key", "key.pem", "-naccept", "1", ...args],
  );
  const [, port] = await openssl.read(/ACCEPT 127\.0\.0\.1:(\d+)\n/);
  return { openssl, port: Number(port) };
}

test("tls_client.ts talks to openssl s_server", async () => {
  await using certificate = await makeCertificate();
  const { openssl, port } = await startOpenssl(
    certificate,
    ...["-alpn", "greeting/1"],
  );
  await using _ = openssl;
  const names = ["Sarah"];
  const ended = typedOutput(CLIENT, client(certificate, port, { names }));
  await openssl.write("Welcome!");
  await openssl.read(/Sarah/);
  await openssl.write("Hello, Sarah!");
  assertEquals(await ended, "Welcome!\nHello, Sarah!\n");
});

test("tls_client.ts refuses a server that does not name the protocol", async () => {
  await using certificate = await makeCertificate();
  const { openssl, port } = await startOpenssl(certificate);
  await using _ = openssl;
  assertStringIncludes(
    await failure(client(certificate, port)),
    "The server does not speak greeting/1 (ALPN)",
  );
});
