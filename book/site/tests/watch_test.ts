/** Uses the page of `deno task watch` in Chromium, as a reader would. */
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
// Not through mod.ts: the packages of the site have no @std, which that needs.
import { Process } from "../../../tests/support/process.ts";
import { hasChromium, violations, Visit } from "./visit.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Starts the programs that are chosen. */
async function start(page: Page, choice: string, kind?: string): Promise<void> {
  await programs(page).selectOption({ label: choice });
  if (kind !== undefined) {
    await page.getByRole("combobox", { name: "Written in" })
      .selectOption({ label: kind });
  }
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
    const marks = [...play.querySelectorAll(".code .line:is(.ran, .wait)")]
      .map((line) => {
        const side = line.closest(".prog")?.classList[1];
        const number = line.getAttribute("data-line");
        return `${side}, ${number}, ${line.className}`;
      });
    const texts = [".what", ".who"].map((selector) =>
      play.querySelector(selector)?.textContent
    );
    seen.push([...marks, ...texts].join("\n"));
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
    const what = page.locator(".what");

    await t.step("a typed name is shown on its way", async () => {
      await start(page, "Type names yourself: TCP");
      await has(page.locator(".client .term"), "Welcome!");
      await has(page.locator(".who"), "waits for the keyboard");
      // The line to type in has the focus.
      await page.keyboard.type("Ann");
      await page.keyboard.press("Enter");
      await showed(
        page,
        "The server reads 3 bytes from the client: “Ann”.",
        "server, 16, line ran",
        "server, 17, line wait",
        "Server sleeps 1 s",
        "client, 23, line wait",
        "Client waits for the server to send",
      );
      await showed(
        page,
        "The client reads 11 bytes",
        "It prints: “Hello, Ann!”",
      );
      await has(page.locator(".client .term"), "Hello, Ann!");
      await has(count, /Step (\d+) of \1\b/);
    });

    await t.step("a reader who goes back stays there", async () => {
      const player = page.locator("run-player");
      await player.getByRole("button", { name: "Next step" }).focus();
      await page.keyboard.press("Home");
      const input = terminal(page, "Client").getByRole("textbox");
      await input.fill("Bob");
      await input.press("Enter");
      await has(count, /Step 1 of 1[5-9]/);
      await player.getByRole("button", { name: "Newest step" }).click();
      await has(what, /reads 11 bytes from the server: “Hello, Bob!”/);
    });

    await t.step("Ctrl-C ends the server, and the page says so", async () => {
      await terminal(page, "Server").getByRole("button", { name: "Ctrl-C" })
        .click();
      await has(terminal(page, "Server").locator(".state"), "ended");
      await showed(page, "The server ends.");
      await has(page.locator("run-player .server .state"), "stopped");
      const input = terminal(page, "Client").getByRole("textbox");
      await input.press("Control+c");
      await has(page.getByRole("status"), "All programs have ended.");
      const send = terminal(page, "Client").getByRole("button", {
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
      await has(page.locator(".server .term"), "Bind UDP on 9999...");
      await has(terminal(page, "Client").locator(".state"), "runs");
      await page.keyboard.type("Ann");
      await page.keyboard.press("Enter");
      await showed(
        page,
        "The network loses the datagram “Ann” from the client.",
      );
      await loss.press("Home");
      await has(page.locator(".client .term"), "Hello, Ann!");
      await showed(
        page,
        "The client reads a datagram of 11 bytes from the server: “Hello, Ann!”",
      );
    });

    await t.step("the programs are there in Python, too", async () => {
      for (const transport of ["UDP", "TCP"]) {
        await start(page, `Type names yourself: ${transport}`, "Python");
        const server = `${transport.toLowerCase()}_server.py`;
        await has(page.locator(".server .file"), server);
        await has(page.locator(".who"), "waits for the keyboard");
        await page.keyboard.type("Ann");
        await page.keyboard.press("Enter");
        await has(page.locator(".client .term"), "Hello, Ann!");
      }
    });

    await t.step(
      "axe finds nothing in each theme and width",
      async () => {
        for (
          const [width, theme] of [[1440, "light"], [390, "dark"]] as const
        ) {
          const other = await visit.page(width, theme, calm);
          await other.goto(address);
          // On a phone the other program may be open.
          await other.locator(".term").filter({ hasText: "Hello, Ann!" })
            .first().waitFor({ state: "attached" });
          await programs(other)
            .selectOption("own");
          await other.evaluate(axe.source);
          assert.deepEqual(await other.evaluate(violations, {}), []);
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

    await t.step("the page connects again after a lost stream", async () => {
      const again = await visit.page(1440, "light", calm);
      let isLost = true;
      await again.route("**/events", async (route) => {
        if (isLost) await route.abort();
        else await route.continue();
      });
      await again.goto(address);
      await has(again.getByRole("status"), "the page tries again");
      isLost = false;
      await has(again.getByRole("status"), "The programs were stopped.");
      await again.context().close();
    });

    await t.step("the page says that deno task watch is gone", async () => {
      watch.kill("SIGTERM");
      await has(page.getByRole("status"), "No connection to deno task watch");
      assert.equal((await watch.ended()).code, 0);
    });
  },
});
