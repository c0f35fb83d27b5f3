import { freePort, otherPort } from "../../../tests/support/mod.ts";
import { ExamplePage } from "./example_page.ts";
import type { Outcome } from "./session.ts";

/** The ports in the chapters: that of the clients, and one for a server behind it. */
const [PORT, BEHIND] = ["9999", "9998"] as const;

/** What the chapters show instead of the first ephemeral port; then the next one. */
const FIRST_EPHEMERAL = 51234;

/** The ephemeral ports of Linux, ip(7): `ip_local_port_range`. */
const EPHEMERAL =
  /\b(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})\b/g;

const SCRIPT = /^(?:tcp|udp)_(?:server|client)\.ts$/;

/** A program that has the port in its code. */
const EXAMPLE = /^(?:examples|book)\/.*\.ts$/;

/**
 * Runs a session on ports of its own and shows the chapter's ports instead. So
 * several sessions can run at once, beside a server of the reader's, and two runs
 * print the same.
 */
export class PortSubstitution implements AsyncDisposable {
  readonly #port = String(freePort());
  readonly #behind = String(freePort());
  #page: ExamplePage | null = null;

  /**
   * The words of a command as they are run.
   *
   * @throws {RangeError} If its program is not one of those that are run.
   */
  substitute([program, ...typed]: string[]): string[] {
    const args = typed.map((word) =>
      word.replace(new RegExp(`\\b${PORT}\\b`, "g"), this.#port)
        .replace(new RegExp(`\\b${BEHIND}\\b`, "g"), this.#behind)
    );
    const script = args.findIndex((word) => SCRIPT.test(word));
    const names = (option: string) =>
      args.some((word) => word === option || word.startsWith(`${option}=`));
    if (script !== -1 && !names("--port") && !names("--get")) {
      args.splice(script + 1, 0, `--port=${this.#port}`);
    }
    const example = args.findIndex((word) => EXAMPLE.test(word));
    if (example !== -1) args.splice(example, 0, otherPort(Number(this.#port)));
    if (args.some((word) => word.includes("example.com"))) {
      this.#page ??= new ExamplePage();
    }
    if (program === "deno") {
      return [Deno.execPath(), ...this.#page?.toDeno(args) ?? args];
    }
    if (program === "python3") {
      // UTF-8 in any locale, and unbuffered.
      return ["python3", "-uX", "utf8", ...this.#page?.toPython(args) ?? args];
    }
    if (program === "unshare") {
      return [program, ...args.map((w) => w === "deno" ? Deno.execPath() : w)];
    }
    if (program === "dig" || program === "openssl") return [program, ...args];
    throw new RangeError(
      `Only deno, python3, dig, openssl and unshare are run, not ${program}`,
    );
  }

  /**
   * What all commands did, as the chapter shows it.
   *
   * @param outcomes In the order of the chapter, which is also that of the ports.
   */
  restore(outcomes: Outcome[][]): Outcome[][] {
    const ports = new Map<string, string>();
    const shown = (port: string) => {
      const other = ports.get(port) ?? String(FIRST_EPHEMERAL + ports.size);
      ports.set(port, other);
      return other;
    };
    const restored = (text: string) =>
      (this.#page?.named(text) ?? text)
        .replaceAll(new RegExp(`\\b${this.#port}\\b`, "g"), PORT)
        .replaceAll(new RegExp(`\\b${this.#behind}\\b`, "g"), BEHIND)
        .replaceAll(EPHEMERAL, shown)
        .replaceAll(
          /^(\d+\.\d{3})(?= (?:TCP|UDP) )/gm,
          (time) => Math.round(Number(time)).toFixed(3),
        );
    return outcomes.map((terminal) =>
      terminal.map((outcome) => ({ ...outcome, text: restored(outcome.text) }))
    );
  }

  /** Stops the web server, if there is one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page?.[Symbol.asyncDispose]();
  }
}
