import { works } from "../../../tests/support/mod.ts";
import { ChapterError } from "../chapter_error.ts";
import type { ChapterText } from "./chapter_text.ts";
import type { Fence } from "./fences.ts";
import { inTurn } from "./in_turn.ts";
import { needsIPv6, programsOf, runSession } from "./run_session.ts";
import { checkOutcomes, type Session, shown, typed } from "./session.ts";

/** One run of a session, which fills chapters of both languages. */
export interface Run {
  /** What is run. */
  session: Session;
  /** The sessions of all chapters that type the same, this one included. */
  shown: Session[];
}

/** Programs besides Deno that sessions run, where they are installed. */
const OTHERS = new Set(["python3", "dig", "openssl", "haproxy", "unshare"]);

/** Whether this user may have namespaces, which some containers forbid. */
function hasNamespaces(): boolean {
  return works(
    "unshare",
    "--user",
    "--map-root-user",
    "--pid",
    "--fork",
    "true",
  );
}

/** How many run at once: most of the time they wait, and not for a processor. */
const AT_ONCE = 4;

/**
 * The runs for some chapters: sessions with the same commands are run once.
 *
 * @param chapters The chapters.
 * @returns A run for each session.
 */
export function runsOf(chapters: ChapterText[]): Run[] {
  const runs = new Map<string, Run>();
  for (const chapter of chapters) {
    for (const session of chapter.sessions.values()) {
      const key = JSON.stringify(session.terminals.map((terminal) => [
        terminal.commands.map(typed),
        terminal.isStopped,
      ]));
      const run = runs.get(key) ?? { session, shown: [] };
      run.shown.push(session);
      runs.set(key, run);
    }
  }
  return [...runs.values()];
}

/**
 * Runs the sessions, and fills their output into the chapters.
 *
 * Some sessions show how long something takes. A machine that runs several of them
 * may be late, so what has changed or failed is run once more, alone, and that
 * counts. A session that fails leaves the chapters as they are.
 *
 * @param runs The sessions.
 * @param root The folder where they run.
 * @returns An error for each session that could not be run, or that newly failed.
 */
export async function runSessions(
  runs: Run[],
  root: URL,
): Promise<ChapterError[]> {
  const errors: ChapterError[] = [];
  const again: Run[] = [];
  await inTurn(runs, AT_ONCE, async (run) => {
    const attempt = await attemptOf(run, root);
    if (attempt.errors.length > 0 || changes(attempt)) again.push(run);
    else apply(attempt, errors);
  });
  await inTurn(again, 1, async (run) => {
    apply(await attemptOf(run, root), errors);
  });
  return errors;
}

/** What one run would write. */
interface Attempt {
  bodies: { fence: Fence; body: string[] }[];
  errors: ChapterError[];
}

async function attemptOf(run: Run, root: URL): Promise<Attempt> {
  const attempt: Attempt = { bodies: [], errors: [] };
  const collect = async (step: () => Promise<void> | void) => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ChapterError)) throw error;
      attempt.errors.push(error);
    }
  };
  await collect(async () => {
    const outcomes = await runSession(run.session, root);
    for (const session of run.shown) {
      await collect(() => {
        checkOutcomes(session, outcomes);
        for (const [i, terminal] of session.terminals.entries()) {
          const body = shown(session, terminal, outcomes[i] ?? []);
          attempt.bodies.push({ fence: terminal.fence, body });
        }
      });
    }
  });
  return attempt;
}

/** Whether what is written would differ from what is there. */
function changes({ bodies }: Attempt): boolean {
  return bodies.some(({ fence, body }) =>
    fence.body.join("\n") !== body.join("\n")
  );
}

function apply({ bodies, errors }: Attempt, all: ChapterError[]): void {
  all.push(...errors);
  if (errors.length > 0) return;
  for (const { fence, body } of bodies) fence.body = body;
}

/**
 * Leaves out what cannot be run on this machine.
 *
 * @param runs What is to be run.
 * @param warn Called with a line for each session that is left out.
 * @returns The others.
 */
export function runnable(runs: Run[], warn: (line: string) => void): Run[] {
  const { os } = Deno.build;
  // Deno lets only a program with all permissions read /proc.
  const noIPv6 = !works("grep", "-q", ".", "/proc/net/if_inet6");
  return runs.filter(({ session }) => {
    const missing = OTHERS.intersection(programsOf(session)).values()
      .find((program) => !works("sh", "-c", `command -v ${program}`));
    const reason = os !== "linux"
      ? `its output is that of Linux, and this is ${os}`
      : missing !== undefined
      ? `there is no ${missing}`
      : needsIPv6(session) && noIPv6
      ? "there is no IPv6"
      : programsOf(session).has("unshare") && !hasNamespaces()
      ? "there are no namespaces"
      : null;
    if (reason !== null) warn(`Skipped: ${session.name}: ${reason}`);
    return reason === null;
  });
}
