import { delay } from "@std/async/delay";
import { Refusal } from "../record/arguments.ts";
import {
  fileResponse,
  moduleFile,
  type PageFile,
  pageWith,
  playerFiles,
  readFile,
} from "../record/player_page.ts";
import { refused, serveLocally } from "../record/local_server.ts";
import type { Kind } from "../record/recording.ts";
import { checkPython, CHOICES, choose, chooseOwn } from "./choices.ts";
import { LiveRun } from "./live_run.ts";
import {
  type Action,
  type Conditions,
  type LiveState,
  OWN,
  type PageData,
} from "./live_state.ts";

const SCRIPT = "book/site/src/player/watch.ts";
const STYLE = "book/site/src/player/watch.css";

/** How often the page gets something new at most, in milliseconds. */
const INTERVAL = 30;

/** So many times as long as it took to make something new, nothing else is made. */
const PACE = 3;

/** The most characters of a request. */
const MOST = 20_000;

/** How long after its last page is closed a run is ended, in milliseconds. */
const ABSENCE = 3_000;

/** How the page is served. */
export interface WatchOptions {
  /** The port; 0 for any that is free. */
  port: number;
  /** The folder where the programs run. */
  cwd: string;
  /** After how many seconds a run is ended. */
  limit: number;
  /** The commands that stand in the field for the reader's own. */
  own: string;
}

/**
 * The page of `deno task watch`. It runs commands, so it answers its own page alone:
 * the address has a secret, and requests that another page makes are refused.
 */
export class WatchServer {
  readonly #options: WatchOptions;
  readonly #secret = crypto.getRandomValues(new Uint8Array(16)).toHex();
  readonly #files: Map<string, PageFile>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #run: LiveRun | undefined;
  #number = 0;
  /** Counts what the page has not seen. */
  #version = 0;
  #changed = Promise.withResolvers<void>();
  /** How many pages are open. */
  #pages = 0;
  #absence: ReturnType<typeof setTimeout> | undefined;
  /** Actions are done one after the other. */
  #doing: Promise<unknown> = Promise.resolve();

  /**
   * Begins to serve the page.
   *
   * @throws {Deno.errors.AddrInUse} If the port is in use.
   */
  constructor(options: WatchOptions) {
    this.#options = options;
    this.#files = new Map([
      ["", ["text/html", this.#page()]],
      ...playerFiles(),
      moduleFile(SCRIPT),
      moduleFile("book/site/src/player/watch_words.ts"),
      moduleFile("book/tools/watch/live_state.ts"),
      [STYLE, ["text/css", readFile(STYLE)]],
    ]);
    this.#server = serveLocally(
      options.port,
      (request, path) => this.#answer(request, path),
    );
  }

  /** The address of the page. */
  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/${this.#secret}/`;
  }

  /** Ends the programs. */
  async close(): Promise<void> {
    clearTimeout(this.#absence);
    this.#doing = this.#doing.then(() => this.#run?.stop("stop"));
    await this.#doing;
  }

  #page(): string {
    const { own, limit } = this.#options;
    const data: PageData = {
      choices: Object.entries(CHOICES).map(([name, commands]) => {
        const kinds = Object.keys(commands) as Kind[];
        const isUdp = kinds.every((kind) =>
          choose(name, kind, this.#options.cwd).isUdp
        );
        return { name, kinds, isUdp };
      }),
      own,
      limit,
    };
    const json = JSON.stringify(data).replaceAll("<", "\\u003c");
    const main =
      `<script id="data" type="application/json">${json}</script><div id="watch"></div>`;
    const title = "Watch it run";
    return pageWith({ title, main, script: SCRIPT, style: STYLE });
  }

  async #answer(request: Request, path: string): Promise<Response> {
    const [secret, ...rest] = path.split("/");
    if (secret !== this.#secret) {
      return refused(403, "Open the address that deno task watch has printed");
    }
    const file = rest.join("/");
    if (request.method === "POST" && file === "action") {
      return await this.#act(request);
    }
    if (file === "events") return this.#events(request.signal);
    return fileResponse(this.#files.get(file) ?? this.#source(file));
  }

  /** A program that is shown. */
  #source(path: string): PageFile | undefined {
    const { programs = [] } = this.#state().run ?? {};
    const program = programs.find(({ file }) => path === `source/${file}/`);
    return program && ["text/plain", program.lines.join("\n")];
  }

  #state(): LiveState {
    return {
      number: this.#number,
      programs: [],
      isRunning: false,
      ...this.#run?.state(),
    };
  }

  #change(): void {
    this.#version++;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** What is shown, and again whenever it has changed. */
  #events(gone: AbortSignal): Response {
    let sent = -1;
    let pause = 0;
    this.#pages++;
    clearTimeout(this.#absence);
    gone.addEventListener("abort", () => this.#leave());
    const events = new ReadableStream<string>({
      pull: async (controller) => {
        if (sent === this.#version) await this.#changed.promise;
        if (pause > 0) await delay(pause);
        sent = this.#version;
        const start = performance.now();
        controller.enqueue(`data: ${JSON.stringify(this.#state())}\n\n`);
        // A long run costs more each time.
        pause = Math.max(INTERVAL, PACE * (performance.now() - start));
      },
    }, { highWaterMark: 0 });
    return new Response(events.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }

  /** A page is closed. Without one nobody watches, unless it is loaded again. */
  #leave(): void {
    if (--this.#pages > 0) return;
    this.#absence = setTimeout(() => this.close(), ABSENCE);
  }

  async #act(request: Request): Promise<Response> {
    try {
      const text = await request.text();
      if (text.length > MOST) throw new Refusal(`Longer than ${MOST}`);
      const action = actionOf(JSON.parse(text));
      const done = this.#doing.then(() => this.#do(action));
      this.#doing = done.catch(() => {}); // The request below fails with it.
      await done;
      return new Response(null, { status: 204 });
    } catch (error) {
      if (error instanceof Refusal || error instanceof SyntaxError) {
        return refused(400, error.message);
      }
      throw error;
    }
  }

  async #do(action: Action): Promise<void> {
    switch (action.do) {
      case "start": {
        const { choice, kind, commands } = action;
        const { cwd, limit } = this.#options;
        const conditions = checked(action.conditions);
        const chosen = choice === OWN
          ? chooseOwn(commands, cwd)
          : choose(choice, kind, cwd);
        checkPython(chosen);
        await this.#run?.stop("stop");
        this.#number++;
        this.#run = new LiveRun(chosen, {
          cwd,
          limit: limit * 1000,
          conditions,
          onChange: () => this.#change(),
        });
        return this.#change();
      }
      case "stop":
        return await this.#run?.stop("stop");
      case "type":
        if (await this.#run?.type(action.program, action.line)) return;
        throw new Refusal("This program does not read its input");
      case "end input":
        return await this.#run?.endInput(action.program);
      case "interrupt":
        return this.#run?.interrupt(action.program);
      case "set":
        this.#run?.setConditions(checked(action.conditions));
        return this.#change();
    }
  }
}

/** The fields of each action, as the page sends them. */
const FIELDS: Record<Action["do"], Record<string, string>> = {
  start: {
    choice: "string",
    kind: "string",
    commands: "string",
    conditions: "object",
  },
  stop: {},
  type: { program: "number", line: "string" },
  "end input": { program: "number" },
  interrupt: { program: "number" },
  set: { conditions: "object" },
};

/**
 * What a page has sent, if it is an action.
 *
 * @throws {Refusal} If it is none.
 */
function actionOf(sent: unknown): Action {
  const action = sent as Record<string, unknown> | null;
  const name = typeof action === "object" ? String(action?.do) : "";
  const fields = Object.hasOwn(FIELDS, name)
    ? Object.entries(FIELDS[name as Action["do"]])
    : undefined;
  const isAction = fields?.every(([field, type]) => {
    const value = action?.[field];
    return typeof value === type && value !== null;
  });
  if (isAction) return action as Action;
  throw new Refusal("This is no action of the page");
}

function checked({ loss, duplication, delay }: Conditions): Conditions {
  const [percent, ms] = [100, 60_000];
  const isIn = (n: unknown, most: number) =>
    typeof n === "number" && n >= 0 && n <= most;
  if (isIn(loss, percent) && isIn(duplication, percent) && isIn(delay, ms)) {
    return { loss, duplication, delay };
  }
  throw new Refusal("Loss and duplication are 0 to 100, delay 0 to 60,000 ms");
}
