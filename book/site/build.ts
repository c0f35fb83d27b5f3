/**
 * Builds the book into `dist/`.
 *
 *     deno task book
 *     deno task book --serve
 *
 * With `--serve` it is then served on this machine alone, until Ctrl-C.
 */
import { build, preview } from "astro";
import { checkLinks } from "../tools/docs/check_links.ts";
import { pagesIn } from "../tools/docs/pages.ts";
import { LANGUAGES } from "./src/languages.ts";
import { ROOT } from "./src/settings.ts";

const odd = Deno.args.find((arg) => arg !== "--serve");
if (odd !== undefined) {
  console.error("build.ts: unknown argument: %s; the only one is --serve", odd);
  Deno.exit(2);
}
const pages = LANGUAGES.flatMap((language) => pagesIn(language, ROOT));
const broken = await checkLinks(pages.map(({ path }) => path), ROOT);
if (broken.length > 0) {
  for (const line of broken) console.error("build.ts: %s", line);
  Deno.exit(1);
}
const root = import.meta.dirname ?? ".";
console.log(
  "Building %d pages in %d languages and the pages of their programs: about a minute",
  pages.length,
  LANGUAGES.length,
);
try {
  await build({ root, logLevel: "error" });
} catch (error) {
  // A mistake in the chapters is no fault of the program: its message is enough.
  if (!(error instanceof Error) || error.name !== "BookError") throw error;
  console.error("build.ts: %s", error.message);
  Deno.exit(1);
}
console.log("Built the book: book/site/dist/index.html");
if (Deno.args.includes("--serve")) {
  const { port } = await preview({
    root,
    logLevel: "error",
    server: { host: "127.0.0.1" },
  });
  const address = `http://127.0.0.1:${port}/`;
  console.log(
    "Serving it until Ctrl-C: %s and in Chinese %szh/",
    address,
    address,
  );
}
