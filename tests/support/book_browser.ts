/**
 * Opens each page of a book from disk in Chromium, and tells what is wrong.
 *
 *     deno run --allow-all tests/support/book_browser.ts CHROMIUM DIR PAGE…
 *
 * Prints an object in JSON: how many pages were opened, how often axe looked at
 * one, and the problems. It is a program of its own because Playwright looks
 * into `/proc` as it loads, which takes all permissions, and the tests have not
 * got those.
 */
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const [executablePath = "", dir = "", ...pages] = Deno.args;

const problems: string[] = [];
let opened = 0;
let looks = 0;

const urlOf = (path: string) => `file://${dir}/${path}`;

// These run in the page; the types of the DOM are not known here.
const TOO_WIDE =
  "document.documentElement.scrollWidth - document.documentElement.clientWidth";
const BROKEN =
  "[...document.images].filter((i) => i.naturalWidth === 0).map((i) => i.src)";
// Without preload: axe would fetch the style sheet, which a page from disk may
// not, and that would look like an error of the page.
const LOOK = `axe.run({ resultTypes: ["violations"], preload: false })
  .then(({ violations }) => violations.map(({ id, impact, nodes }) =>
    ({ id, impact, count: nodes.length, html: nodes[0].html })))`;

/** A rule of axe that a page breaks, and the first place. */
interface Seen {
  id: string;
  impact: string;
  count: number;
  html: string;
}

/** What can be seen of a page as it stands in the browser. */
async function see(page: Page, name: string): Promise<void> {
  const tooWide = await page.evaluate<number>(TOO_WIDE);
  if (tooWide > 0) problems.push(`${name}: ${tooWide} px too wide`);
  const broken = await page.evaluate<string[]>(BROKEN);
  for (const image of broken) problems.push(`${name}: no ${image}`);
}

/** What axe sees. */
async function look(page: Page, name: string): Promise<void> {
  looks++;
  for (const { id, impact, count, html } of await page.evaluate<Seen[]>(LOOK)) {
    if (impact !== "serious" && impact !== "critical") continue;
    problems.push(`${name}: ${id}, ${count} times: ${html}`);
  }
}

/** Wide and light, then narrow and dark. */
async function visit(page: Page, path: string): Promise<void> {
  opened++;
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(WIDE);
  await page.goto(urlOf(path));
  await see(page, `${path}, wide`);
  await page.evaluate(axe.source);
  await look(page, `${path}, wide, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(NARROW);
  await see(page, `${path}, narrow`);
  await look(page, `${path}, narrow, dark`);
  if (path.startsWith("en/")) await switchLanguage(page, path);
}

/** To the other language and back, so the other's switch is seen as well. */
async function switchLanguage(page: Page, path: string): Promise<void> {
  const there = path.replace("en/", "zh/");
  for (const [wanted, tag] of [[there, "zh-Hans"], [path, "en"]] as const) {
    await page.click("header nav a");
    const lang = await page.getAttribute("html", "lang");
    if (page.url() === urlOf(wanted) && lang === tag) continue;
    problems.push(`${page.url()} (${lang}) instead of ${wanted}`);
  }
}

async function visitAll(browser: Browser, queue: string[]): Promise<void> {
  const page = await browser.newPage();
  page.on("console", (m) => problems.push(`${page.url()}: ${m.text()}`));
  page.on("pageerror", (e) => problems.push(`${page.url()}: ${e.message}`));
  page.on("requestfailed", (r) => problems.push(`Not loaded: ${r.url()}`));
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    await visit(page, path);
  }
}

// Root may not use the sandbox; and what is opened is the project's own.
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox"],
});
// Two tabs: most of the time is axe's, and it has a thread in each.
await Promise.all([visitAll(browser, pages), visitAll(browser, pages)]);
await browser.close();

console.log(JSON.stringify({ opened, looks, problems }));
