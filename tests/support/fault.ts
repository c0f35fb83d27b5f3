import { assertEquals } from "@std/assert";

/** One row of the table that `deno task faults` ends with. */
export interface Row {
  /** What was attacked: a script, or a part of lib. */
  target: string;
  /** What was done to it. */
  fault: string;
  /** How many answers were to be right. */
  tried: number;
  /** Whether the target did all that it promises. */
  survived: boolean;
  /** How many answers were wrong or never came. */
  lost: number;
  /** The longest that one of them took, in milliseconds. */
  worst: number;
}

/** Counts what comes of a fault. */
export class Tally {
  /** How many answers were to be right. */
  tried = 0;
  /** How many were not. */
  lost = 0;
  /** The longest that one took, in milliseconds. */
  worst = 0;

  /**
   * Counts one answer: right if the promise resolves to `true`.
   *
   * @returns Whether it was right. An error is counted as a loss too.
   */
  async count(answer: Promise<boolean>): Promise<boolean> {
    const start = performance.now();
    this.tried++;
    // What went wrong stands in the row; a test that needs the error looks at it
    // itself.
    const isRight = await answer.catch(() => false);
    if (!isRight) this.lost++;
    this.worst = Math.max(this.worst, performance.now() - start);
    return isRight;
  }
}

/** What is attacked, how, and with what result. */
export interface Fault {
  /** What is attacked: `tcp_server.ts`. */
  target: string;
  /** What is done to it, in a few words. */
  fault: string;
  /** Why it cannot be done here: it is skipped, by this name. */
  skip?: string | false;
  /** Does it, and counts. It fails by throwing, and by any loss. */
  fn: (tally: Tally) => Promise<void>;
}

/** Makes a test of a fault, and a row of the table. */
export function fault({ target, fault, skip = false, fn }: Fault): void {
  Deno.test({
    name: `${target} withstands ${fault}${skip ? ` (skipped: ${skip})` : ""}`,
    ignore: skip !== false,
    async fn() {
      const tally = new Tally();
      let survived = false;
      try {
        await fn(tally);
        survived = true;
      } finally {
        const { tried, lost, worst } = tally;
        report({ target, fault, tried, survived, lost, worst });
      }
      assertEquals(tally.lost, 0, `${tally.lost} of ${tally.tried} lost`);
    },
  });
}

/**
 * How much of a fault there is: a little of it in `deno task test`, all of it in
 * `deno task faults`.
 */
export function size(little: number, all: number): number {
  return Deno.env.get("FAULTS") === "all" ? all : little;
}

function report(row: Row): void {
  const file = Deno.env.get("FAULTS_REPORT");
  if (file === undefined) return;
  Deno.writeTextFileSync(file, `${JSON.stringify(row)}\n`, { append: true });
}
