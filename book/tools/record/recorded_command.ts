import { delimiter } from "node:path";
import { works } from "../../../tests/support/mod.ts";

const isWindows = Deno.build.os === "windows";

/** The options of a program that is given as a file. */
export const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--unstable-net",
];

/** What Python is called: on Windows, python3 may be missing, or open a shop. */
const PYTHONS = [["python3"], ["python"], ["py", "-3"]];
/** Fails in an older Python. */
const IS_NEW = "import sys; sys.exit(sys.version_info < (3, 8))";

let found: string[] | undefined;

/**
 * The words that call Python.
 *
 * @throws {RangeError} If it is not installed.
 */
export function pythonWords(): string[] {
  found ??= PYTHONS.find(([name = "", ...args]) =>
    works(name, ...args, "-c", IS_NEW)
  );
  if (found !== undefined) return found;
  throw new RangeError(
    "Python 3.8 or newer is needed: install it from https://www.python.org/downloads/",
  );
}

/** A command, and what is added to its environment. */
export interface RecordedCommand {
  words: string[];
  env: Record<string, string>;
}

/**
 * The command that runs a program under the recorder.
 *
 * @throws {RangeError} If it is neither for Deno nor for Python, or there is no Python.
 *
 * @param command The command without the recorder.
 * @param folder Where the calls are written down, and python_calls.py is
 * `sitecustomize.py`.
 */
export function recordedCommand(
  command: string[],
  folder: string,
): RecordedCommand {
  const [first = "", ...rest] = command;
  if (first.endsWith(".py")) return python(folder, command);
  if (/\.[jt]s$/.test(first)) return deno(folder, [...PERMISSIONS, ...command]);
  if (/^py(?:thon3?)?$/.test(first)) {
    return python(folder, rest[0] === "-3" ? rest.slice(1) : rest);
  }
  if (first === "deno" && rest[0] === "run") return deno(folder, rest.slice(1));
  throw new RangeError(
    `Cannot record ${first}: only programs for deno run and python3`,
  );
}

function deno(folder: string, args: string[]): RecordedCommand {
  const file = `${folder}/calls`;
  // The file is not in the address of deno_calls.ts: Deno caches its code by that.
  const text = `globalThis[Symbol.for("calls")]=${JSON.stringify(file)}`;
  const preloads = [
    `data:text/javascript,${encodeURIComponent(text)}`,
    import.meta.resolve("./deno_calls.ts"),
  ].map((module) => `--preload=${module}`);
  // The program keeps its permissions; the file is all that is added to them.
  const write = args.findIndex((arg) => arg.startsWith("--allow-write="));
  const has = args.some((arg) =>
    ["-A", "--allow-all", "--allow-write", "-W"].includes(arg)
  );
  const all = write === -1
    ? has ? args : [`--allow-write=${file}`, ...args]
    : args.with(write, `${args[write]},${file}`);
  const words = [Deno.execPath(), "run", ...preloads, ...all];
  return { words, env: {} };
}

function python(folder: string, args: string[]): RecordedCommand {
  const options = args.slice(0, args.indexOf(fileOf(args)));
  const without = options.find((word) => /^-[a-zA-Z]*[EIS]/.test(word));
  if (without !== undefined) {
    throw new RangeError(`Cannot record python3 with ${without}`);
  }
  // There, the output of Python 3.14 and older is not UTF-8.
  const utf8 = isWindows ? ["-X", "utf8"] : [];
  const own = variable("PYTHONPATH");
  const env = { PYTHONPATH: own ? `${folder}${delimiter}${own}` : folder };
  return { words: [...pythonWords(), ...utf8, ...args], env };
}

/** A variable of the environment, if it may be read. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/** The file among the words of a command. */
export function fileOf(command: string[]): string {
  return command.find((word) => /^[^-].*\.(?:[jt]s|py)$/.test(word)) ?? "";
}
