import { commandWords } from "../docs/command_words.ts";
import { named, Refusal, textOf } from "../record/arguments.ts";
import {
  fileOf,
  pythonWords,
  recordedCommand,
} from "../record/recorded_command.ts";
import { type Program } from "../record/recorder.ts";
import type { Kind } from "../record/recording.ts";
import { canMove, PORT, RECORDINGS } from "../record/recordings.ts";

/** How many programs the reader can run at once. */
const MOST_PROGRAMS = 6;

/** The programs to choose from, of each kind that there is. */
export const CHOICES: Record<
  string,
  { [kind in Kind]?: Record<string, string[]> }
> = {
  "typed-tcp": {
    python: {
      server: ["tests/interop/tcp_server.py", String(PORT)],
      client: ["book/2-tcp-server/typed_client.py", String(PORT)],
    },
    deno: {
      server: ["book/2-tcp-server/plain.ts"],
      client: ["book/2-tcp-server/typed_client.ts"],
    },
    lib: {
      server: ["tcp_server.ts"],
      client: ["book/2-tcp-server/typed_client.ts"],
    },
  },
  "typed-udp": {
    python: {
      server: ["tests/interop/udp_server.py", String(PORT)],
      client: ["book/4-udp-client/typed_client.py", String(PORT)],
    },
    deno: {
      server: ["book/5-udp-server/plain.ts"],
      client: ["book/4-udp-client/typed_client.ts"],
    },
  },
  ...Object.fromEntries(
    Object.entries(RECORDINGS).map(([name, { runs }]) => [name, runs]),
  ),
};

/** Programs to run. */
export interface Chosen {
  programs: Program[];
  /** Whether they exchange datagrams on port 9999, which a relay can lose. */
  isUdp: boolean;
  /** Whether they run on another port than 9999. */
  isMoved: boolean;
}

/**
 * The programs of one of {@linkcode CHOICES}.
 *
 * @throws {Refusal} If there are none.
 */
export function choose(
  name: string,
  kind: Kind,
  cwd: string,
): Chosen {
  const kinds = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
  const commands = kinds && Object.hasOwn(kinds, kind)
    ? kinds[kind]
    : undefined;
  if (commands === undefined) {
    throw new Refusal(`No programs are called ${name} (${kind})`);
  }
  const programs = Object.entries(commands)
    .map(([name, command]) => ({ name, command }));
  return chosen(programs, cwd, false);
}

/**
 * The reader's own programs.
 *
 * @throws {Refusal} If they cannot be recorded.
 *
 * @param text The commands, a line each.
 * @param cwd Where they run.
 */
export function chooseOwn(text: string, cwd: string): Chosen {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) {
    throw new Refusal("Which programs? Type a command in each line");
  }
  if (lines.length > MOST_PROGRAMS) {
    throw new Refusal(`At most ${MOST_PROGRAMS} programs, not ${lines.length}`);
  }
  return chosen(named(lines.map(wordsOf)), cwd, true);
}

function wordsOf(line: string): string[] {
  return refusing(() => {
    const words = commandWords(line);
    recordedCommand(words, "");
    return words;
  });
}

/** What a function returns; what is wrong with a command is for the reader. */
function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw new Refusal(error.message);
    }
    throw error;
  }
}

/**
 * Looks for what programs need.
 *
 * @throws {Refusal} If a program needs Python, and it is not installed.
 */
export function checkPython({ programs }: Chosen): void {
  const isPython = programs.some(({ command }) =>
    fileOf(command).endsWith(".py")
  );
  if (isPython) refusing(pythonWords);
}

function chosen(programs: Program[], cwd: string, isOwn: boolean): Chosen {
  const [server = ""] = programs.map(({ command }) => textOf(command, cwd));
  const isMovable = canMove(programs.map(({ command }) => command));
  const isUdp = isMovable && programs.length > 1 &&
    /listenDatagram|SOCK_DGRAM/.test(server) &&
    !/Deno\.listen\(|SOCK_STREAM/.test(server);
  return { programs, isUdp, isMoved: isMovable && (isUdp || !isOwn) };
}
