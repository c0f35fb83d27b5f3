import axe from "axe-core";
import { preview } from "astro";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
/** How long the browser may take for one step, in milliseconds. */
const LIMIT = 15_000;
/** How long it may take for all: then it is closed, and what waits fails. */
const WHOLE_LIMIT = 480_000;
/** Whether the browser is installed. */
export const hasChromium = isFile(new URL(`file://${CHROMIUM}`));

/** Whether there is a file. */
export function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

/** What axe-core finds in parts of a page; it must be in the page already. */
export const violations = async (
  { include = ["html"], exclude = [] }: {
    include?: string[];
    exclude?: string[];
  },
) => {
  const found = await (globalThis as unknown as { axe: typeof axe }).axe.run(
    { include, exclude },
    { resultTypes: ["violations"] },
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

type Server = Awaited<ReturnType<typeof preview>>;

/** A browser, the served book or another site, and what the pages complained about. */
export class Visit implements AsyncDisposable {
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #server: Server | null;
  readonly #address: string;
  readonly #timer: ReturnType<typeof setTimeout>;

  private constructor(
    browser: Browser,
    server: Server | null,
    address: string,
  ) {
    this.#browser = browser;
    this.#server = server;
    this.#address = address;
    this.#timer = setTimeout(() => browser.close(), WHOLE_LIMIT);
  }

  /** Starts the browser, and serves the book unless there is another site. */
  static async start(site?: string): Promise<Visit> {
    const server = site !== undefined ? null : await preview({
      root: `${import.meta.dirname}/..`,
      logLevel: "error",
      server: { host: "127.0.0.1", port: 4400 },
    });
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      timeout: LIMIT,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
      ],
    });
    const address = site ?? `http://127.0.0.1:${server?.port}`;
    return new Visit(browser, server, address);
  }

  /** A new page that knows nothing of the others. */
  async page(
    width = 1440,
    theme: "light" | "dark" = "light",
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      baseURL: this.#address,
      viewport: { width, height: 900 },
      colorScheme: theme,
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(LIMIT);
    this.#listen(context);
    return await context.newPage();
  }

  #listen(context: BrowserContext): void {
    const add = (text: string) => this.complaints.push(text);
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        add(`${message.page()?.url()}: ${message.text()}`);
      }
    });
    context.on("weberror", (error) => add(String(error.error())));
    context.on("response", (response) => {
      if (response.status() >= 400) {
        add(`${response.status()} ${response.url()}`);
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#browser.close();
    await this.#server?.stop();
  }
}
