const COLORS = [36, 33, 35, 32, 34, 31];
const BOLD = 1;

/** Prints what several programs print, each line with its program, and checks it. */
export class Transcript {
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
