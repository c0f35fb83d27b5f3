/** How long one command may take, in milliseconds. */
const PATIENCE = 30_000;

/** A terminal's commands, running one after the other. */
export class TerminalRun {
  /** Settles once a server listens, or all commands have ended. */
  readonly ready: Promise<void>;
  /**
   * What each command has printed, once all have ended. Rejects with
   * `Deno.errors.TimedOut` if one does not end.
   */
  readonly outputs: Promise<string[]>;
  #last: Deno.ChildProcess | null = null;
  #isStopped = false;

  /**
   * Begins.
   *
   * @param commands The words of each command.
   * @param root The folder where they run.
   */
  constructor(commands: string[][], root: URL) {
    const listens = Promise.withResolvers<void>();
    this.outputs = this.#run(commands, root, listens.resolve);
    this.ready = Promise.race([listens.promise, this.outputs.then(() => {})]);
  }

  /** Presses Ctrl-C. */
  stop(): void {
    this.#isStopped = true;
    try {
      this.#last?.kill("SIGINT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
  }

  async #run(
    commands: string[][],
    root: URL,
    listens: () => void,
  ): Promise<string[]> {
    const outputs: string[] = [];
    for (const command of commands) {
      if (this.#isStopped) break;
      outputs.push(await this.#one(command, root, listens));
    }
    return outputs;
  }

  async #one(
    command: string[],
    root: URL,
    listens: () => void,
  ): Promise<string> {
    const child = new Deno.Command("sh", {
      // Both streams are one, as on a terminal, so their lines keep their order.
      args: ["-c", 'exec "$@" 2>&1', "sh", ...command],
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#last = child;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, PATIENCE);
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of child.stdout) {
      text += decoder.decode(piece, { stream: true });
      if (/^Bind /m.test(text)) listens();
    }
    const { code } = await child.status;
    clearTimeout(timer);
    if (isLate) {
      throw new Deno.errors.TimedOut(
        `No end after ${PATIENCE / 1_000} s: ${text}`,
      );
    }
    if (code === 0 || this.#isStopped) return text;
    return `${text.trimEnd()}\n(exit status ${code})`.trimStart();
  }
}
