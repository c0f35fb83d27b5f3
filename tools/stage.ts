const COLORS = [36, 33, 35, 32, 34, 31];
const BOLD = 1;

/** Where the audience looks: shows who says what, and judges it. */
export class Stage {
  readonly #colored: boolean;
  readonly #actors: string[] = [];
  readonly #wrong: string[] = [];

  /**
   * Opens an empty stage.
   *
   * @param colored Whether the audience sees colours.
   */
  constructor(colored: boolean) {
    this.#colored = colored;
  }

  /** Begins a scene. */
  scene(title: string): void {
    console.log("\n%s", this.#paint(BOLD, title));
  }

  /** Shows a line of an actor, who keeps his colour. */
  show(actor: string, line: string): void {
    if (!this.#actors.includes(actor)) this.#actors.push(actor);
    const color = COLORS[this.#actors.indexOf(actor) % COLORS.length] ?? BOLD;
    console.log("%s │ %s", this.#paint(color, actor.padEnd(10)), line);
  }

  /** Notes it if what happened is not what should have. */
  expect(what: string, actual: unknown, expected: unknown): void {
    const [was, should] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (was !== should) {
      this.#wrong.push(`${what}: ${was} instead of ${should}`);
    }
  }

  /** Says how it went; `true` if everything was right. */
  end(): boolean {
    const right = this.#wrong.length === 0;
    this.scene(right ? "Everything that was said is right." : "Not right:");
    for (const line of this.#wrong) console.log("%s", line);
    return right;
  }

  #paint(code: number, text: string): string {
    return this.#colored ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}
