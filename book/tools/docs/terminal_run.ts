import { BIND, Process } from "../../../tests/support/mod.ts";
import type { Outcome } from "./session.ts";

/** How long one command may take, in milliseconds. */
const TIMEOUT = 30_000;

/** A terminal's commands, running one after the other. */
export class TerminalRun {
  /** Settles once a server listens, or all commands have ended. */
  readonly ready: Promise<void>;
  /**
   * What each command did, once all have ended. Rejects with
   * `Deno.errors.TimedOut` if one does not end.
   */
  readonly outcomes: Promise<Outcome[]>;
  #process: Process | null = null;
  #isStopped = false;

  /**
   * Begins.
   *
   * @param commands The words of each command.
   * @param root The folder where they run.
   */
  constructor(commands: string[][], root: URL) {
    const listens = Promise.withResolvers<void>();
    this.outcomes = this.#run(commands, root, listens.resolve);
    this.ready = Promise.race([listens.promise, this.outcomes.then(() => {})]);
  }

  /** Presses Ctrl-C. */
  stop(): void {
    this.#isStopped = true;
    try {
      this.#process?.kill("SIGINT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
  }

  async #run(
    commands: string[][],
    root: URL,
    listens: () => void,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const command of commands) {
      if (this.#isStopped) break;
      outcomes.push(await this.#runOne(command, root, listens));
    }
    return outcomes;
  }

  async #runOne(
    [program = "", ...args]: string[],
    root: URL,
    listens: () => void,
  ): Promise<Outcome> {
    let lines = "";
    await using process = Process.start(program, args, {
      cwd: root,
      env: { NO_COLOR: "1" },
      isMerged: true,
      onLine(line) {
        lines += `${line}\n`;
        if (BIND.test(line)) listens();
      },
    });
    this.#process = process;
    process.limit = TIMEOUT;
    try {
      const { code, stdout } = await process.ended();
      return { text: stdout, status: code, isStopped: this.#isStopped };
    } catch {
      process.kill("SIGKILL");
      throw new Deno.errors.TimedOut(
        `No end after ${TIMEOUT / 1_000} s: ${lines.trimEnd()}`,
      );
    }
  }
}
