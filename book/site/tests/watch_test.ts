/** Uses the page of `deno task watch` in Chromium, as a reader would. */
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { Process } from "../../../tests/support/mod.ts";
import { hasChromium, violations, Visit } from "./visit.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Starts the programs that are chosen. */
async function start(page: Page, choice: string): Promise<void> {
  await programs(page).selectOption({
    label: choice,
  });
  await page.getByRole("button", { name: "Start", exact: true }).click();
}

const programs = (page: Page) =>
  page.getByRole("combobox", { name: "Programs" });

const terminal = (page: Page, name: string) =>
  page.getByRole("region", { name, exact: true }).and(
    page.locator(".terminal"),
  );

/** Waits until an element has a text. */
const has = (element: Locator, text: string | RegExp) =>
  element.filter({ hasText: text }).first().waitFor();

/** Keeps what the player shows in each step: its lines that are marked, and the text. */
const keep = () => {
  const seen: string[] = [];
  Object.assign(globalThis, { seen });
  const play = document.querySelector(".play");
  if (play === null) throw new Error("No place for the player");
  new MutationObserver(() => {
    const marks = [...play.querySelectorAll(".marks > span")].map((mark) => {
      const side = mark.closest(".program")?.classList[1];
      const line = mark.closest(".line")?.getAttribute("data-line");
      return `${side}, ${line}, ${mark.className}: ${mark.textContent}`;
    });
    const text = play.querySelector(".sentences")?.textContent ?? "";
    seen.push([...marks, text].join("\n"));
  }).observe(play, { subtree: true, childList: true });
};

/** Waits until the player has shown all of this in one step. */
const showed = (page: Page, ...texts: string[]) =>
  page.waitForFunction((texts) => {
    const { seen } = globalThis as unknown as { seen: string[] };
    return seen.some((step) => texts.every((text) => step.includes(text)));
  }, texts);

Deno.test({
  name: "the page of deno task watch in Chromium (needs /usr/bin/chromium)",
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using watch = Process.start(
      Deno.execPath(),
      ["task", "--quiet", "watch"],
      { cwd: ROOT },
    );
    const line = await watch.line(/^Watch it run: /);
    const address = /http\S+/.exec(line)?.[0] ?? "";
    await using visit = await Visit.start(address);
    const calm = { reducedMotion: "reduce" } as const;
    const page = await visit.page(1440, "light", calm);
    await page.goto(address);
    await page.evaluate(keep);
    const count = page.locator(".count");
    const sentences = page.locator(".sentences");

    await t.step("a typed name is shown on its way, line by line", async () => {
      await start(page, "Type names yourself: TCP");
      await has(terminal(page, "client").locator("pre"), "Welcome!");
      // The line to type in has the focus.
      await page.keyboard.type("Ann");
      await page.keyboard.press("Enter");
      await showed(
        page,
        'client, 22, act: write sends 3 bytes: "Ann"',
        "client, 23, wait: waits in read",
        "server, 16, wait: waits in read",
      );
      await showed(
        page,
        'server, 16, act: read returns 3 bytes: "Ann"',
        "server, 17, wait: sleeps 1 s",
        "Server waits in accept (line 28) and sleeps 1 s (line 17).",
      );
      await showed(
        page,
        'client, 23, act: read returns 11 bytes: "Hello, Ann!"',
      );
      await has(terminal(page, "client").locator("pre"), "Hello, Ann!");
      await has(count, /Step (\d+) of \1\b/);
    });

    await t.step("a reader who goes back stays there", async () => {
      const player = page.locator("run-player");
      await player.getByRole("button", { name: "To the start" }).click();
      const input = terminal(page, "client").getByRole("textbox");
      await input.fill("Bob");
      await input.press("Enter");
      await has(terminal(page, "client").locator("pre"), "Hello, Bob!");
      await has(count, /Step 1 of \d+/);
      await player.getByRole("button", { name: "To the newest step" }).click();
      await has(sentences, /read returns 11 bytes: "Hello, Bob!"/);
    });

    await t.step("Ctrl-C ends the server, and the page says so", async () => {
      await terminal(page, "server").getByRole("button", { name: "Ctrl-C" })
        .click();
      await has(terminal(page, "server").locator(".state"), "ended");
      await showed(page, "Server gets Ctrl-C.");
      await showed(page, "Server ends.");
      await has(page.locator("run-player .server .state"), "stopped");
      const input = terminal(page, "client").getByRole("textbox");
      await input.press("Control+c");
      await has(page.getByRole("status"), "All programs have ended.");
      const send = terminal(page, "client").getByRole("button", {
        name: "Enter",
      });
      assert.equal(await send.getAttribute("aria-disabled"), "true");
    });

    await t.step("a datagram is lost, and the next one arrives", async () => {
      await programs(page).selectOption({
        label: "Type names yourself: UDP",
      });
      const loss = page.getByRole("slider", { name: "Loss" });
      await loss.press("End");
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await has(terminal(page, "server").locator("pre"), "Bind UDP on 9999...");
      await has(terminal(page, "client").locator(".state"), "runs");
      await page.keyboard.type("Ann");
      await page.keyboard.press("Enter");
      await showed(page, 'client, 22, act: lost on the way: "Ann"');
      await showed(page, 'Client, line 22: lost on the way: "Ann"');
      await loss.press("Home");
      await has(terminal(page, "client").locator("pre"), "Hello, Ann!");
      await showed(
        page,
        'client, 24, act: receive returns 11 bytes: "Hello, Ann!"',
      );
    });

    await t.step(
      "axe finds nothing serious in each theme and width",
      async () => {
        for (
          const [width, theme] of [[1440, "light"], [390, "dark"]] as const
        ) {
          const other = await visit.page(width, theme, calm);
          await other.goto(address);
          await has(other.locator(".sentences"), "receive returns 11 bytes");
          await programs(other)
            .selectOption("own");
          await other.evaluate(axe.source);
          assert.deepEqual(await other.evaluate(violations, "body"), []);
          const excess = await other.evaluate(() =>
            document.documentElement.scrollWidth - innerWidth
          );
          assert(excess <= 0, `${excess} px too wide`);
          await other.context().close();
        }
      },
    );

    await t.step("Stop ends all, and the page is in Chinese, too", async () => {
      const chinese = await visit.page(1440, "light", { locale: "zh-CN" });
      await chinese.goto(address);
      await has(chinese.getByRole("status"), "程序正在运行");
      await chinese.getByRole("button", { name: "停止" }).click();
      await has(chinese.getByRole("status"), "程序已停止。");
      await chinese.context().close();
    });

    await t.step("nothing was reported on the console", () => {
      assert.deepEqual(visit.complaints, []);
    });

    await t.step("what is wrong with a command is shown", async () => {
      await programs(page).selectOption("own");
      await page.getByRole("textbox", { name: /A command in each line/ })
        .fill("node a.js");
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await has(page.getByRole("alert"), "Cannot record node");
    });

    await t.step("the page says that deno task watch has ended", async () => {
      watch.kill("SIGTERM");
      await has(page.getByRole("status"), "deno task watch has ended");
      assert.equal((await watch.ended()).code, 0);
    });
  },
});
