import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/free_port.ts";
import { type Ended, Process } from "../support/process.ts";
import { BIND, ROOT } from "../support/scripts.ts";
import { hello, WELCOME_TEXT } from "../support/bytes.ts";

/** What the programs print begins with one of these. */
const PRINTED = ["Bind", WELCOME_TEXT, hello("").slice(0, 3)];

const PAGE = "<h1>A page</h1>\n";

interface Block {
  language: string;
  lines: string[];
}

function blocksOf(markdown: string): Block[] {
  const blocks = markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return Array.from(blocks, ([, language = "", text = ""]) => ({
    language,
    lines: text.trimEnd().split("\n"),
  }));
}

/** Hides the port: the README's are examples. */
const anyPort = (line: string) => line.replace(/\d{4,5}(?=\.|$| )/, "PORT");

/** Runs the README's commands, as a reader with two terminals does. */
class Reader implements AsyncDisposable {
  readonly #dir: string;
  readonly #web: Deno.HttpServer<Deno.NetAddr>;
  #server: Process | null = null;
  #bind = "";
  #port = 0;
  #client: Ended | null = null;

  constructor() {
    this.#dir = Deno.makeTempDirSync();
    this.#web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(PAGE),
    );
  }

  async type(typed: string): Promise<void> {
    const [deno, run, ...words] = typed.replaceAll('"', "").split(" ");
    assertEquals([deno, run], ["deno", "run"], typed);
    const script = words.find((word) => word.endsWith(".ts")) ?? "";
    if (script.endsWith("_server.ts")) await this.#serve(script, words);
    else await this.#ask(script, words);
  }

  /** Compares the output in the README with that of the programs. */
  async see(lines: string[]): Promise<void> {
    const [bind, ...rest] = lines;
    if (!bind?.startsWith("Bind")) {
      assertEquals(this.#client?.stdout.trimEnd().split("\n"), lines);
      return;
    }
    const server = this.#server;
    assert(server !== null);
    assertEquals(anyPort(bind), anyPort(this.#bind));
    for (const line of rest) {
      assertEquals(anyPort(await server.line(/^/)), anyPort(line));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await this.#web.shutdown();
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #serve(script: string, words: string[]): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    const delay = script === "tcp_server.ts" ? ["--delay=0"] : [];
    const port = freePort();
    const ours = words.map((word) => word.replace(":9999", `:${port}`));
    this.#server = this.#start(script, [...ours, `--port=${port}`, ...delay]);
    this.#bind = await this.#server.line(BIND);
    this.#port = Number(BIND.exec(this.#bind)?.[1]);
  }

  async #ask(script: string, words: string[]): Promise<void> {
    const site = `127.0.0.1:${this.#web.addr.port}`;
    const ours = words.map((word) =>
      word.replace("example.com:80", site).replace("example.com", site)
        .replace(":9999", `:${this.#port}`)
    );
    const isPage = words.includes("--get");
    const port = isPage ? [] : [`--port=${this.#port}`];
    await using process = this.#start(script, [...ours, ...port]);
    this.#client = await process.ended();
    const { code, stdout, stderr } = this.#client;
    assertEquals(code, 0, stderr);
    if (!isPage) return;
    assertMatch(stdout, /^HTTP\/1\.1 200 OK\n/);
    assertEquals(stdout.slice(stdout.indexOf("\n\n") + 2), PAGE);
  }

  #start(script: string, words: string[]): Process {
    const path = new URL(script, ROOT).href;
    return Process.start(
      Deno.execPath(),
      [
        "run",
        "--no-prompt",
        ...words.map((word) => word === script ? path : word),
      ],
      { cwd: this.#dir, env: { NO_COLOR: "1" } },
    );
  }
}

for (const file of ["README.md", "README.zh-CN.md"]) {
  const blocks = blocksOf(Deno.readTextFileSync(new URL(file, ROOT)));

  Deno.test(`every run line in ${file} does what the text says`, async () => {
    await using reader = new Reader();
    let typed = 0;
    for (const { language, lines } of blocks) {
      if (language === "sh" && lines[0]?.startsWith("deno run")) {
        for (const line of lines) await reader.type(line);
        typed += lines.length;
      } else if (
        PRINTED.some((start) => lines[0]?.startsWith(start) ?? false)
      ) {
        await reader.see(lines);
      }
    }
    assertEquals(typed, 5);
  });

  Deno.test(`every task in ${file} is there, and npx runs the Deno of CI`, () => {
    const { tasks } = JSON.parse(
      Deno.readTextFileSync(new URL("deno.json", ROOT)),
    );
    const ci = Deno.readTextFileSync(new URL(".ci/run", ROOT));
    const lines = blocks.filter(({ language }) => language === "sh")
      .flatMap(({ lines }) => lines)
      .filter((line) => !line.startsWith("deno run"));
    assertEquals(lines.length >= 3, true);
    for (const line of lines) {
      const [, deno, task = ""] =
        /^(npx --yes deno@[\d.]+|deno) task (\w+)$/.exec(line) ?? [];
      assert(task in tasks, line);
      if (deno !== "deno") assert(ci.includes(`"${deno}"`), line);
    }
  });
}
