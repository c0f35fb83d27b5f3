const ROOT = new URL("..", import.meta.url);

/** A script that runs as a process of its own, and whose lines are shown. */
export class Actor implements AsyncDisposable {
  /** What it has said so far on standard output, line by line. */
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<unknown>;
  readonly #firstLine = Promise.withResolvers<string>();

  /**
   * Starts the script.
   *
   * @param allowNet What it may reach: the value of `--allow-net`.
   * @param args The script and its arguments.
   * @param show Shows each line as it comes.
   */
  constructor(
    allowNet: string,
    args: string[],
    show: (line: string) => void,
  ) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        `--allow-net=${allowNet}`,
        ...args,
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = Promise.all([
      eachLine(this.#child.stdout, (line) => {
        this.lines.push(line);
        this.#firstLine.resolve(line);
        show(line);
      }),
      eachLine(this.#child.stderr, show),
    ]);
  }

  /** The port that a server tells of in its first line. */
  async port(): Promise<number> {
    const ended = this.#output.then(() => "no line at all");
    const line = await Promise.race([this.#firstLine.promise, ended]);
    const port = /^Bind (?:TCP|UDP) on (\d+)\.\.\.$/.exec(line)?.[1];
    if (port === undefined) throw new Error(`The server said: ${line}`);
    return Number(port);
  }

  /** Waits for the end; the exit status. */
  async ended(): Promise<number> {
    await this.#output;
    return (await this.#child.status).code;
  }

  /** Asks a server to end, and waits for that. Windows ends it at once. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    return await this.ended();
  }

  /** Endpoints the script if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await this.#output;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  use: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(use);
  }
  if (rest !== "") use(rest);
}
