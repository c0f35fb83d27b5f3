import { ExamplePage } from "./example_page.ts";
import { freePort } from "./free_port.ts";

/** The port in the chapters. */
const PORT = "9999";

/** What the first port that the system has picked becomes, and then the next. */
const FIRST_PICKED = 51234;

/** Linux picks from these, ip(7): `ip_local_port_range`. */
const PICKED =
  /\b(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})\b/g;

const SCRIPT = /^(?:tcp|udp)_(?:server|client)\.ts$/;

/**
 * Runs a scene on ports of its own and shows it on the chapter's, so that
 * several can run at once, beside a server of the reader's, and two runs say the
 * same.
 */
export class StandIn implements AsyncDisposable {
  readonly #port = String(freePort());
  #page: ExamplePage | null = null;

  /**
   * The words of a command as they are run.
   *
   * @throws {RangeError} If it is neither Deno nor Python that is to run.
   */
  enter([program, ...typed]: string[]): string[] {
    const args = typed.map((word) => word.replace(/\b9999\b/g, this.#port));
    const script = args.findIndex((word) => SCRIPT.test(word));
    const names = (option: string) =>
      args.some((word) => word === option || word.startsWith(`${option}=`));
    if (script !== -1 && !names("--port") && !names("--get")) {
      args.splice(script + 1, 0, `--port=${this.#port}`);
    }
    if (args.some((word) => word.includes("example.com"))) {
      this.#page ??= new ExamplePage();
    }
    if (program === "deno") {
      return [Deno.execPath(), ...this.#page?.toDeno(args) ?? args];
    }
    if (program === "python3") {
      // What it prints is UTF-8 wherever it runs, and is there at once.
      return ["python3", "-uX", "utf8", ...this.#page?.toPython(args) ?? args];
    }
    throw new RangeError(`Only deno and python3 are run, not ${program}`);
  }

  /**
   * What all commands have printed, as the chapter shows it.
   *
   * @param outputs In the order of the chapter, which is also that of the ports.
   */
  leave(outputs: string[][]): string[][] {
    const ports = new Map<string, string>();
    const known = (port: string) => {
      const name = ports.get(port) ?? String(FIRST_PICKED + ports.size);
      ports.set(port, name);
      return name;
    };
    return outputs.map((texts) =>
      texts.map((text) =>
        (this.#page?.named(text) ?? text)
          .replaceAll(new RegExp(`\\b${this.#port}\\b`, "g"), PORT)
          .replaceAll(PICKED, known)
          .replaceAll(
            /^(\d+\.\d{3})(?= (?:TCP|UDP) )/gm,
            (time) => Math.round(Number(time)).toFixed(3),
          )
      )
    );
  }

  /** Gives the ports back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page?.[Symbol.asyncDispose]();
  }
}
