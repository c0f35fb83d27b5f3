/**
 * What the player shows, derived from the events of a recording. This is also how the
 * recordings of the book are stored.
 */

/** The version of both, which README.md describes. */
export const VERSION = 2;

/** How many bytes of a call a recording keeps. */
export const KEPT = 2048;

/** What some programs did, from the start of the first to the end of the last. */
export interface RecordedRun {
  programs: RecordedProgram[];
  /** The connections, and the pairs of sockets that exchanged datagrams. */
  links: Link[];
  /** By the times at which they began. */
  calls: Call[];
}

/** A program of a run. */
export interface RecordedProgram {
  name: string;
  language: "deno" | "python";
  /** Its file, as a path from the root of the project. */
  file: string;
  /** The arguments after the file. */
  args: string[];
  /** The number of the first line that is shown: the one after its header. */
  first: number;
  /** The lines from there on. */
  lines: string[];
  /** When it started. */
  begin: number;
  /** When it ended; left out while it runs. */
  end?: number;
  /** When it got Ctrl-C. */
  interrupted?: number;
  status: number;
  /** The line that says what it threw. */
  error?: string;
  /** What it used that is not recorded: `fetch`. */
  unrecorded?: string[];
  /** At least so many calls it made after those that are recorded. */
  more?: number;
}

/** Two sockets that exchange bytes. */
export interface Link {
  transport: "TCP" | "UDP";
  /**
   * The programs of both ends, the one that connected or sent first, first. An end
   * that was not recorded is `null`.
   */
  programs: [number | null, number | null];
  /** The ports of both ends. */
  ports: [number, number];
}

/** One call of a program. */
export interface Call {
  program: number;
  /**
   * What was called, by the name that its language has for it. Also `print`, of which
   * `data` is what was printed; `input`, a wait for the keyboard; and `select`, a wait
   * for one of several sockets.
   */
  op: string;
  /** The line of the program's file; 0 if the call came from elsewhere alone. */
  line: number;
  /** That other file. */
  file?: string;
  task: number;
  /** In milliseconds. */
  begin: number;
  /** Left out if it never ended. */
  end?: number;
  /** The link that it was about, and the end of the link. */
  link?: number;
  side?: 0 | 1;
  /** The number of bytes that it moved. */
  n?: number;
  /** Of a write that took fewer: the number of bytes that it was given. */
  given?: number;
  /** The first of them, in hexadecimal. */
  data?: string;
  /** Whether a read came to the end of input. */
  isEnd?: true;
  /** Whether a `close` breaks the connection off: SO_LINGER is 0. */
  reset?: true;
  /** What it threw. */
  error?: string;
  /** How long a timer was to run, in milliseconds. */
  ms?: number;
  /** Whether a timer was cleared. */
  isCleared?: true;
  /** The port that was bound, or that a connect without a link tried. */
  port?: number;
  /** The address that such a connect tried: `127.0.0.1`. */
  hostname?: string;
}

/**
 * A recording of the book: the same conversation by the tutorial's Python, by plain
 * Deno, and by a program on lib/, or by some of them.
 */
export interface Recording {
  version: number;
  runs: { [kind in Kind]?: RecordedRun };
}

/** Which programs a run is of; several differ in the client, the server or both. */
export type Kind = "python" | "deno" | "lib";

const SENDING = ["write", "send", "sendall", "sendto"];
const READING = ["read", "receive", "recv", "recvfrom"];

/**
 * An item that must be there: the numbers in a recording are those of its items.
 *
 * @throws {RangeError} If it is not there, so the recording is damaged.
 */
export function item<T>(list: ArrayLike<T>, i = -1): T {
  const found = list[i];
  if (found === undefined) throw new RangeError(`No item ${i}`);
  return found;
}

/** Whether a call sends bytes. */
export const isSend = ({ op }: Call) => SENDING.includes(op);

/** Whether a call receives bytes. */
export const isRead = ({ op }: Call) => READING.includes(op);
