import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { printable } from "../../lib/text/printable.ts";
import { fault, size } from "./fault.ts";

/** What must hold for every input. */
export interface Property<T> {
  /** What is tested: `lib/text/printable.ts`. */
  target: string;
  /** The kind of input, in a few words. */
  fault: string;
  /** The inputs. */
  from: fc.Arbitrary<T>;
  /** Fails by throwing. */
  holds: (input: T) => void | Promise<void>;
}

/**
 * Registers the test of a property, which adds a row to the table: each input counts
 * as one try.
 *
 * The inputs differ in each run. An error names the smallest failing input and the
 * seed; `fc.check` takes the seed as an option, to find that input again.
 */
export function property<T>({ target, fault: name, from, holds }: Property<T>) {
  fault({
    target,
    fault: name,
    async fn(tally) {
      const timed = async (input: T) => {
        const start = performance.now();
        await holds(input);
        tally.worst = Math.max(tally.worst, performance.now() - start);
      };
      const run = await fc.check(fc.asyncProperty(from, timed), {
        numRuns: size(2_000, 100_000),
      });
      tally.tried = run.numRuns;
      tally.lost = run.failed ? 1 : 0;
      if (!run.failed) return;
      const { errorInstance: cause } = run;
      throw new Error(fc.defaultReportMessage(run), { cause });
    },
  });
}

/** An error class, as `instanceof` takes it. */
type ErrorClass = new (...args: never[]) => Error;

/**
 * What a function returned, or the message of the one error that it may throw: of
 * this very class, short and safe to print. Any other error is thrown again.
 */
export async function outcome<T>(
  fn: () => T | Promise<T>,
  allowed: ErrorClass,
): Promise<{ value: T } | { error: string }> {
  try {
    return { value: await fn() };
  } catch (error) {
    if (!(error instanceof allowed) || error.constructor !== allowed) {
      throw error;
    }
    const { message } = error;
    assertEquals(printable(message), message, "A message is safe to print");
    assertEquals(message.length < 1_000, true, "A message is a line to read");
    return { error: message };
  }
}
