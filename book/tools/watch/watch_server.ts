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
import type { Kind } from "../record/recording.ts";
import { CHOICES, choose, chooseOwn } from "./choices.ts";
import { LiveRun } from "./live_run.ts";
import {
  type Action,
  type Conditions,
  type LiveState,
  OWN,
  type PageData,
} from "./live_state.ts";

const HOST = "127.0.0.1";
const SCRIPT = "book/site/src/player/watch.ts";
const STYLE = "book/site/src/player/watch.css";

/** How often the page gets something new at most, in milliseconds. */
const INTERVAL = 30;

/** The most characters of a request. */
const MOST = 20_000;

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
    const { port } = options;
    this.#server = Deno.serve(
      { hostname: HOST, port, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The address of the page. */
  get address(): string {
    return `${this.#origin}/${this.#secret}/`;
  }

  get #origin(): string {
    return `http://${HOST}:${this.#server.addr.port}`;
  }

  /** Ends the programs. */
  async close(): Promise<void> {
    this.#doing = this.#doing.then(() => this.#run?.stop("stop"));
    await this.#doing;
  }

  #page(): string {
    const { own, limit } = this.#options;
    const data: PageData = {
      choices: Object.entries(CHOICES).map(([name, commands]) => {
        const kinds = Object.keys(commands) as Kind[];
        const [kind = "deno"] = kinds.toReversed();
        const { isUdp } = choose(name, kind, this.#options.cwd);
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

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    // A page whose name was pointed at 127.0.0.1 has another host.
    const isOwnHost =
      request.headers.get("host") === new URL(this.#origin).host;
    const [, secret, ...rest] = decodeURI(pathname).split("/");
    if (!isOwnHost || secret !== this.#secret) {
      const text = "Open the address that deno task watch has printed.\n";
      return new Response(text, { status: 403 });
    }
    const path = rest.join("/");
    if (request.method === "POST" && path === "action") {
      return await this.#act(request);
    }
    if (request.method !== "GET") {
      return new Response("Only GET\n", { status: 405 });
    }
    if (path === "events") return this.#events();
    return fileResponse(this.#files.get(path) ?? this.#source(path));
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
  #events(): Response {
    let sent = -1;
    const events = new ReadableStream<string>({
      pull: async (controller) => {
        if (sent === this.#version) await this.#changed.promise;
        if (sent !== -1) await delay(INTERVAL);
        sent = this.#version;
        controller.enqueue(`data: ${JSON.stringify(this.#state())}\n\n`);
      },
    }, { highWaterMark: 0 });
    return new Response(events.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }

  async #act(request: Request): Promise<Response> {
    if (request.headers.get("origin") !== this.#origin) {
      return new Response("Only the page itself may do this\n", {
        status: 403,
      });
    }
    try {
      const text = await request.text();
      if (text.length > MOST) throw new Refusal(`Longer than ${MOST}`);
      const action = JSON.parse(text) as Action;
      const done = this.#doing.then(() => this.#do(action));
      this.#doing = done.catch(() => {}); // The request below fails with it.
      await done;
      return new Response(null, { status: 204 });
    } catch (error) {
      if (error instanceof Refusal || error instanceof SyntaxError) {
        return new Response(error.message, { status: 400 });
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
          ? chooseOwn(String(commands), cwd)
          : choose(choice, kind, cwd);
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
      default:
        throw new Refusal("Unknown action");
    }
  }
}

function checked({ loss, duplication, delay }: Conditions): Conditions {
  const [percent, ms] = [100, 60_000];
  const isIn = (n: number, most: number) => n >= 0 && n <= most;
  if (isIn(loss, percent) && isIn(duplication, percent) && isIn(delay, ms)) {
    return { loss, duplication, delay };
  }
  throw new Refusal("Loss and duplication are 0 to 100, delay 0 to 60,000 ms");
}
