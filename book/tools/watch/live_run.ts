import { pathToFileURL } from "node:url";
import { delay } from "@std/async/delay";
import { freePort } from "../../../tests/support/mod.ts";
import { type Program, Recorder } from "../record/recorder.ts";
import { runOf } from "../record/run_of.ts";
import { onPort, PORT } from "../record/recordings.ts";
import type { Chosen } from "./choices.ts";
import type {
  Conditions,
  LiveProgram,
  LiveState,
  Reason,
} from "./live_state.ts";
import { UdpRelay } from "./udp_relay.ts";

/** How often the programs are looked at, in milliseconds. */
const INTERVAL = 40;

/** How long a program may take to end after Ctrl-C, in milliseconds. */
const PATIENCE = 1_500;

/** How many events a run may have: what the page shows is made of all. */
const MOST_EVENTS = 10_000;

/** How a run is made. */
export interface LiveOptions {
  /** The folder where the programs run. */
  cwd: string;
  /** After this time the programs are ended, in milliseconds. */
  limit: number;
  /** What is done to datagrams. */
  conditions: Conditions;
  /** Called when there is something new. */
  onChange: () => void;
}

/** Programs that run under the recorder while the reader watches. */
export class LiveRun {
  readonly #options: LiveOptions;
  readonly #recorder: Recorder;
  readonly #relay: UdpRelay | undefined;
  readonly #programs: LiveProgram[];
  readonly #ports: Map<number, number>;
  readonly #ended: Promise<void>;
  #reason: Reason | undefined;
  #isRunning = true;
  #stopping: Promise<void> | undefined;

  /** Starts the programs, each once those before it wait. */
  constructor({ programs, isUdp, isMoved }: Chosen, options: LiveOptions) {
    this.#options = options;
    const port = freePort();
    this.#relay = isUdp ? new UdpRelay(port) : undefined;
    this.setConditions(options.conditions);
    this.#ports = new Map(isMoved ? [[port, PORT]] : []);
    this.#programs = programs.map(({ name, command }) => ({
      name,
      command: command.join(" "),
      hasStarted: false,
      hasEnded: false,
    }));
    this.#recorder = new Recorder({
      cwd: options.cwd,
      hasInput: true,
      onPrint: options.onChange,
    });
    const moved = programs.map(({ name, command }, i) => {
      const to = i === 0 ? port : this.#relay?.port ?? port;
      return { name, command: isMoved ? onPort(command, to) : command };
    });
    this.#ended = this.#follow(moved);
  }

  /** What there is to show now. */
  state(): Omit<LiveState, "number"> {
    const events = this.#recorder.events((events) =>
      this.#relay?.whole(events) ?? events
    );
    return {
      programs: this.#programs,
      isRunning: this.#isRunning,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#relay === undefined
        ? {}
        : { conditions: this.#relay.conditions }),
      ...(events.length === 0 ? {} : {
        run: runOf(events, {
          root: pathToFileURL(`${this.#options.cwd}/`),
          ports: this.#shownPorts(),
          hasRealPorts: true,
        }),
      }),
    };
  }

  /**
   * Writes a line to the standard input of a program.
   *
   * @returns Whether the program still reads.
   */
  async type(program: number, line: string): Promise<boolean> {
    const running = this.#recorder.programs[program];
    if (running === undefined || running.hasEnded) return false;
    try {
      await running.type(`${line}\n`);
      return true;
    } catch {
      // It has closed its input, or has ended in this very moment.
      return false;
    }
  }

  /** Ends the standard input of a program. */
  async endInput(program: number): Promise<void> {
    await this.#recorder.programs[program]?.endInput();
  }

  /** Sends Ctrl-C to a program. */
  interrupt(program: number): void {
    this.#recorder.programs[program]?.interrupt(true);
  }

  /** Changes what is done to datagrams from now on. */
  setConditions(conditions: Conditions): void {
    if (this.#relay !== undefined) this.#relay.conditions = conditions;
  }

  /** Ends all programs: with Ctrl-C, and by force if that does nothing. */
  async stop(reason: Reason): Promise<void> {
    if (!this.#isRunning) return;
    this.#reason ??= reason;
    this.#stopping ??= this.#recorder.stop(PATIENCE);
    await this.#ended;
  }

  /** Starts the programs, and looks at them until all have ended. */
  async #follow(programs: Program[]): Promise<void> {
    try {
      await this.#untilEnded(programs);
    } finally {
      await this.#recorder[Symbol.asyncDispose]();
      this.#relay?.[Symbol.dispose]();
      this.#isRunning = false;
      this.#options.onChange();
    }
  }

  async #untilEnded(waiting: Program[]): Promise<void> {
    const { limit, onChange } = this.#options;
    const deadline = Date.now() + limit;
    let seen = "";
    while (true) {
      const running = this.#recorder.programs;
      const isNext = this.#stopping === undefined && this.#recorder.isReady();
      const next = isNext ? waiting.shift() : undefined;
      if (next !== undefined) this.#recorder.start(next);
      for (const [p, program] of this.#programs.entries()) {
        program.hasStarted = p < running.length;
        program.hasEnded = running[p]?.hasEnded ?? false;
      }
      const counts = running.map((one) => one.newest().length);
      if (Date.now() > deadline) this.stop("limit");
      const sum = counts.reduce((sum, n) => sum + n, 0);
      if (sum > MOST_EVENTS) this.stop("too much");
      const now = JSON.stringify([counts, running.map((one) => one.hasEnded)]);
      if (now !== seen) onChange();
      seen = now;
      const isOver = waiting.length === 0 || this.#stopping !== undefined;
      if (isOver && running.every((one) => one.hasEnded)) return;
      await delay(INTERVAL);
    }
  }

  /** The ports that are in use, and those that the programs have in their code. */
  #shownPorts(): Map<number, number> {
    const relayed = [...this.#relay?.ports() ?? []];
    return new Map([
      ...relayed.map(([port, stands]): [number, number] => [
        port,
        this.#ports.get(stands) ?? stands,
      ]),
      ...this.#ports,
    ]);
  }
}
