import { works } from "../../../tests/support/mod.ts";
import { ChapterError } from "../chapter_error.ts";
import type { ChapterText } from "./chapter_text.ts";
import type { Fence } from "./fences.ts";
import { inTurn } from "./in_turn.ts";
import { draw, type Picture, traceSession } from "./pictures.ts";
import { needsIPv6, programsOf, runSession } from "./run_session.ts";
import { checkOutcomes, type Session, shown, typed } from "./session.ts";

/** One run of a session, which fills chapters of both languages and pictures. */
export interface Run {
  /** What is run. */
  session: Session;
  /** The sessions of all chapters that type the same, this one included. */
  shown: Session[];
  /** What is drawn from it. */
  pictures: Picture[];
}

/** What came of all runs. */
export interface Results {
  /** The pictures, by their paths. */
  pictures: Map<string, string>;
  /** An error for each session that could not be run, or that newly failed. */
  errors: ChapterError[];
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
      const run = runs.get(key) ?? { session, shown: [], pictures: [] };
      run.shown.push(session);
      run.pictures.push(
        ...chapter.pictures.filter((p) => p.session === session),
      );
      runs.set(key, run);
    }
  }
  return [...runs.values()];
}

/**
 * Runs the sessions, fills their output into the chapters, and draws the pictures.
 *
 * Some sessions show how long something takes. A machine that runs several of them
 * may be late, so what has changed or failed is run once more, alone, and that
 * counts. A session that fails leaves chapters and pictures as they are.
 *
 * @param runs The sessions.
 * @param root The folder where they run.
 * @param read Reads a stored picture; `null` if it is not stored.
 * @returns The pictures and the errors.
 */
export async function runSessions(
  runs: Run[],
  root: URL,
  read: (path: string) => Promise<string | null>,
): Promise<Results> {
  const results: Results = { pictures: new Map(), errors: [] };
  const again: Run[] = [];
  await inTurn(runs, AT_ONCE, async (run) => {
    const attempt = await attemptOf(run, root);
    if (attempt.errors.length > 0 || await changes(attempt, read)) {
      again.push(run);
    } else apply(attempt, results);
  });
  await inTurn(again, 1, async (run) => {
    apply(await attemptOf(run, root), results);
  });
  return results;
}

/** What one run would write. */
interface Attempt {
  bodies: { fence: Fence; body: string[] }[];
  pictures: Map<string, string>;
  errors: ChapterError[];
}

async function attemptOf(run: Run, root: URL): Promise<Attempt> {
  const attempt: Attempt = { bodies: [], pictures: new Map(), errors: [] };
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
  if (attempt.errors.length > 0 || run.pictures.length === 0) return attempt;
  await collect(async () => {
    const trace = await traceSession(run.session, root);
    for (const picture of run.pictures) {
      attempt.pictures.set(picture.path, draw(trace, picture));
    }
  });
  return attempt;
}

/** Whether what is written would differ from what is there. */
async function changes(
  { bodies, pictures }: Attempt,
  read: (path: string) => Promise<string | null>,
): Promise<boolean> {
  for (const { fence, body } of bodies) {
    if (fence.body.join("\n") !== body.join("\n")) return true;
  }
  for (const [path, svg] of pictures) {
    if (await read(path) !== svg) return true;
  }
  return false;
}

function apply({ bodies, pictures, errors }: Attempt, results: Results): void {
  results.errors.push(...errors);
  if (errors.length > 0) return;
  for (const { fence, body } of bodies) fence.body = body;
  for (const [path, svg] of pictures) results.pictures.set(path, svg);
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
