/**
 * The four scripts as real processes, each line with the name of its program.
 *
 *     deno task demo
 *
 * Two clients talk to the TCP server at the same time, the same client fetches a
 * page from a small web server, and then the UDP client asks the UDP server. The
 * exit status is 0 only if all output is as expected.
 */
import {
  boundPort,
  deno,
  hello,
  type Process,
  WELCOME_TEXT,
} from "../tests/support/mod.ts";

const COLORS = [36, 33, 35, 32, 34, 31];
const BOLD = 1;

/** Prints what several programs print, each line with its program, and checks it. */
class Transcript {
  readonly #isColored: boolean;
  readonly #programs: string[] = [];
  readonly #wrong: string[] = [];

  /**
   * Begins an empty transcript.
   *
   * @param isColored Whether each program has a colour of its own.
   */
  constructor(isColored: boolean) {
    this.#isColored = isColored;
  }

  /** Prints a heading. */
  heading(title: string): void {
    console.log("\n%s", this.#paint(BOLD, title));
  }

  /** Prints a line of a program. */
  line(program: string, line: string): void {
    if (!this.#programs.includes(program)) this.#programs.push(program);
    const index = this.#programs.indexOf(program);
    const color = COLORS[index % COLORS.length] ?? BOLD;
    console.log("%s │ %s", this.#paint(color, program.padEnd(10)), line);
  }

  /** Compares a result with what it should be; `finish` prints the differences. */
  expect(what: string, actual: unknown, expected: unknown): void {
    const [was, should] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (was !== should) {
      this.#wrong.push(`${what}: ${was} instead of ${should}`);
    }
  }

  /** Prints the result; `true` if everything was as expected. */
  finish(): boolean {
    const isRight = this.#wrong.length === 0;
    this.heading(isRight ? "All output is as expected." : "Unexpected output:");
    for (const line of this.#wrong) console.log("%s", line);
    return isRight;
  }

  #paint(code: number, text: string): string {
    return this.#isColored ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

const HOST = "127.0.0.1";
const PAGE = "<h1>你好, TCP!</h1>";

const transcript = new Transcript(Deno.stdout.isTerminal() && !Deno.noColor);

/** Starts a script, with the permissions that the README gives it. */
function start(
  name: string,
  allowNet: string,
  script: string,
  ...args: string[]
): Process {
  return deno(script, args, {
    allow: [`net=${allowNet}`],
    onLine: (line) => transcript.line(name, line),
  });
}

/** Waits until a script has ended; its lines on standard output. */
async function linesOf(name: string, process: Process): Promise<string[]> {
  const { code, stdout } = await process.ended();
  transcript.expect(`Exit status of ${name}`, code, 0);
  return stdout.trimEnd().split("\n");
}

/** Stops a server once it has printed its lines, which have `#` for each port. */
async function stop(
  name: string,
  server: Process,
  expected: string[],
): Promise<void> {
  // The first one has been read already.
  for (const _ of expected.slice(1)) await server.line(/^/);
  server.kill("SIGTERM");
  const { code, stdout } = await server.ended();
  // Windows has no SIGTERM: the server ends at once, with another status.
  if (Deno.build.os !== "windows") {
    transcript.expect(`Exit status of ${name}`, code, 0);
  }
  const lines = stdout.trimEnd().split("\n")
    .map((line) => line.replace(/\d[\d.:]*\d/, "#"));
  transcript.expect(name, lines, expected);
}

async function tcp(): Promise<void> {
  transcript.heading("TCP: one server, two clients at the same time");
  const name = "tcp_server";
  await using server = start(name, `${HOST}:0`, "tcp_server.ts", "--port=0");
  const port = await boundPort(server);
  const groups = [["Michael", "Tracy", "Sarah"], ["小明", "小红"]];
  await using clients = new AsyncDisposableStack();
  const processes = groups.map((names, i) =>
    clients.use(
      start(
        `client ${i + 1}`,
        `${HOST}:${port}`,
        "tcp_client.ts",
        `--port=${port}`,
        "--",
        ...names,
      ),
    )
  );
  for (const [i, process] of processes.entries()) {
    const client = `client ${i + 1}`;
    transcript.expect(client, await linesOf(client, process), [
      WELCOME_TEXT,
      ...(groups[i] ?? []).map(hello),
    ]);
  }
  // The second client connected before the first one had left.
  await stop(name, server, [
    "Bind TCP on #...",
    "Accept new connection from #...",
    "Accept new connection from #...",
    "Connection from # closed.",
    "Connection from # closed.",
  ]);
}

async function http(): Promise<void> {
  transcript.heading("HTTP: the same client writes a request by hand");
  const headers = { "content-type": "text/html; charset=utf-8" };
  await using web = Deno.serve(
    { hostname: HOST, port: 0, onListen: () => {} },
    () => new Response(PAGE, { headers }),
  );
  const { port } = web.addr;
  const url = `http://${HOST}:${port}/`;
  await using client = start(
    "client",
    `${HOST}:${port}`,
    "tcp_client.ts",
    "--get",
    url,
  );
  const lines = await linesOf("client", client);
  transcript.expect("The status line", lines[0], "HTTP/1.1 200 OK");
  transcript.expect(
    "The content type",
    lines.includes(`content-type: ${headers["content-type"]}`),
    true,
  );
  transcript.expect("The end of the page", lines.slice(-2), ["", PAGE]);
}

async function udp(): Promise<void> {
  transcript.heading("UDP: no connection, a datagram each");
  const name = "udp_server";
  await using server = start(name, HOST, "udp_server.ts", "--port=0");
  const port = await boundPort(server);
  const names = ["Michael", "Tracy", "Sarah", "小明"];
  await using client = start(
    "udp_client",
    `${HOST}:0,${HOST}:${port}`,
    "udp_client.ts",
    `--port=${port}`,
    ...names,
  );
  const lines = await linesOf("udp_client", client);
  transcript.expect("udp_client", lines, names.map(hello));
  await stop(name, server, [
    "Bind UDP on #...",
    ...names.map(() => "Received from #."),
  ]);
}

await tcp();
await http();
await udp();
Deno.exit(transcript.finish() ? 0 : 1);
