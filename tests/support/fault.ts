import { assertEquals } from "@std/assert";
import { named, type Reason } from "./skip.ts";

/** One row of the table that `deno task faults` prints at its end. */
export interface Row {
  /** What was tested: a script, or a part of lib. */
  target: string;
  /** What was done to it. */
  fault: string;
  /** The number of answers that were checked. */
  tried: number;
  /** Whether the target kept all its promises. */
  survived: boolean;
  /** The number of answers that were wrong or never came. */
  lost: number;
  /** The longest time of one answer, in milliseconds. */
  worst: number;
}

/** Counts the answers during a fault. */
export class Tally {
  /** The number of answers that were checked. */
  tried = 0;
  /** The number of wrong ones. */
  lost = 0;
  /** The longest time of one, in milliseconds. */
  worst = 0;

  /**
   * Counts one answer: right if the promise resolves to `true`.
   *
   * @returns Whether it was right. An error is counted as a loss too.
   */
  async count(answer: Promise<boolean>): Promise<boolean> {
    const start = performance.now();
    this.tried++;
    // The row has only the number; a test that needs the error looks at it itself.
    const isRight = await answer.catch(() => false);
    if (!isRight) this.lost++;
    this.worst = Math.max(this.worst, performance.now() - start);
    return isRight;
  }
}

/** What is tested, how, and what must hold. */
export interface Fault {
  /** What is tested: `tcp_server.ts`. */
  target: string;
  /** What is done to it, in a few words. */
  fault: string;
  /** Why it is skipped here; `false` if it runs. */
  skip?: Reason;
  /** Runs the fault and counts. It fails by throwing, and by any loss. */
  fn: (tally: Tally) => Promise<void>;
}

/** Registers the test of a fault, which adds a row to the table. */
export function fault({ target, fault, skip = false, fn }: Fault): void {
  Deno.test({
    name: named(`${target} withstands ${fault}`, skip),
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

/** Whether this is `deno task faults`, and not `deno task test`. */
export const isFull = Deno.env.get("FAULTS") === "all";

/** The size of a fault: small in the tests. */
export function size(small: number, full: number): number {
  return isFull ? full : small;
}

/** How many checks run at once. */
const AT_ONCE = 4;

/** Counts a check; its error ends the test, because it says what was wrong. */
export async function counted(
  tally: Tally,
  check: () => Promise<void>,
): Promise<void> {
  const checked = check();
  await tally.count(checked.then(() => true));
  await checked;
}

/**
 * Counts a check `times` times, some at once. None begins after one has failed, and
 * none is still under way when its error is thrown.
 */
export async function countedOften(
  tally: Tally,
  times: number,
  check: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < times) {
      const i = next++;
      await counted(tally, () => check(i)).catch((error) => {
        next = times;
        throw error;
      });
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

/**
 * Keeps checking while a block runs (`await using`), one check after the other. After
 * a loss it stops: one is enough to fail the test, and a server that is gone would
 * refuse thousands a second.
 */
export function meanwhile(
  isRight: (i: number) => Promise<boolean>,
): AsyncDisposable {
  let isOver = false;
  const checking = (async () => {
    for (let i = 0; !isOver && await isRight(i); i++);
  })();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await checking;
    },
  };
}

function report(row: Row): void {
  const file = Deno.env.get("FAULTS_REPORT");
  if (file === undefined) return;
  Deno.writeTextFileSync(file, `${JSON.stringify(row)}\n`, { append: true });
}
