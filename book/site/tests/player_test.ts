/**
 * Plays every recording of the built book in Chromium, in both languages, and compares
 * what it shows with the recording.
 */
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { waitsOf } from "../../tests/shown.ts";
import { playerPage } from "../../tools/record/player_page.ts";
import {
  type Call,
  item,
  type Kind,
  type RecordedRun,
  type Recording,
} from "../../tools/record/recording.ts";
import { type Step, stepsOf } from "../../tools/record/steps.ts";
import { Book, type Chapter } from "../src/book.ts";
import { LANGUAGES } from "../src/languages.ts";
import { answerOf, sceneOf, scenesIn } from "../src/player/scenes.ts";
import { sceneHtml } from "../src/player/static_scene.ts";
import { decoded, hexOf, lineOf, textOf } from "../src/player/text.ts";
import { EN, fill, KINDS, kindsOf, Teller } from "../src/player/words.ts";
import { ZH } from "../src/player/words_zh.ts";
import { hasChromium, violations, Visit } from "./visit.ts";

const book = new Book();

/** Each recording, with the chapters that show it. */
const recordings = [...book.recordings].map(([name, text]) => ({
  name,
  recording: JSON.parse(text) as Recording,
  chapters: LANGUAGES.map((language) => {
    const chapter = book.chapters[language].find(({ text }) =>
      text.includes(`(pictures/${name}.${language}.svg)`)
    );
    assert(chapter !== undefined, `${name} is in no chapter: ${language}`);
    return chapter;
  }),
}));

const WORDS = { en: EN, zh: ZH };

const addressOf = ({ id }: Chapter) => `/${id}/`;
const playerOf = (page: Page, name: string) =>
  page.locator(`run-player[name="${name}"]`);

/** What a player shows in a step. */
interface Shown {
  /** The marked lines of each pane: the number, and whether it ran or waits. */
  marks: string[][];
  /** What is unread at each socket, and its other signs. */
  boxes: string[];
  states: string[];
  terms: string[];
  count: string;
  what: string;
  who: string;
  /** The rows of the diagram that can be seen, and how high the scene is. */
  rows: number;
  height: number;
  /** Whether the line that has just run is in sight. */
  isInSight: boolean;
}

/** What a player shows now; or in each step from now on, going forward. */
const readSteps = (player: Locator, isAll: boolean): Promise<Shown[]> =>
  player.evaluate((element, isAll) => {
    const texts = (selector: string) =>
      [...element.querySelectorAll(selector)].map((e) => e.textContent ?? "");
    const isInSight = () => {
      const line = element.querySelector(".prog.open .line.ran");
      const code = line?.closest(".code");
      if (!line || !code) return true;
      const [inner, outer] = [line, code].map((e) => e.getBoundingClientRect());
      return inner !== undefined && outer !== undefined &&
        inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    };
    const read = () => ({
      marks: [...element.querySelectorAll(".prog")].map((pane) =>
        [...pane.querySelectorAll(".code .line.ran, .code .line.wait")].flatMap(
          (line) =>
            ["ran", "wait"].filter((kind) => line.classList.contains(kind))
              .map((kind) => `${line.getAttribute("data-line")} ${kind}`),
        )
      ),
      boxes: [...element.querySelectorAll(".box")].map((box) =>
        `${box.className}: ${box.querySelector(".data")?.textContent}`
      ),
      states: texts("figcaption .state"),
      terms: texts(".term"),
      count: texts(".count")[0] ?? "",
      what: texts(".what")[0] ?? "",
      who: texts(".who")[0] ?? "",
      rows: element.querySelectorAll(".row:not(.future)").length,
      height: element.getBoundingClientRect().height,
      isInSight: isInSight(),
    });
    const shown = [read()];
    const next = element.querySelector<HTMLElement>(".next");
    const total = element.querySelectorAll(".row").length;
    while (isAll && shown.length < total) {
      next?.click();
      shown.push(read());
    }
    return shown;
  }, isAll);

const read = async (player: Locator): Promise<Shown> =>
  item(await readSteps(player, false), 0);

/** Where each program stands on the page: the server last. */
const onPage = <T>(programs: T[]): T[] => [
  ...programs.slice(1),
  ...programs.slice(0, 1),
];

function checkStep(shown: Shown, step: Step, teller: Teller): void {
  const { call, program, output } = step;
  const { run, words } = teller;
  const wanted = waitsOf(step).map((waits) =>
    waits.map(({ line, isWaiting }) => `${line} ${isWaiting ? "wait" : "ran"}`)
  );
  // Clients with the same program share its code.
  assert.deepEqual(
    [...new Set(shown.marks.flat())].sort(),
    [...new Set(wanted.flat())].sort(),
  );
  assert.deepEqual(shown.marks.at(-1)?.sort(), [...new Set(wanted[0])].sort());
  assert(shown.isInSight, `step ${shown.count}: the line that ran is not seen`);
  for (const [p, state] of onPage(step.states.map(String)).entries()) {
    const isIdle = item(shown.states, p) === words.none;
    assert.equal(isIdle, state === "not started", shown.count);
  }
  // What a call moved stands in the sentence, and what it printed.
  if (
    call?.n !== undefined && call.error === undefined && call.op !== "print"
  ) {
    assert(shown.what.includes(textOf(call.data ?? "", call.n)), shown.what);
    assert(shown.what.includes(call.n.toLocaleString("en")), shown.what);
  }
  const name = run.programs[program]?.name ?? "";
  const title = words === EN ? name : words[name as "server"] ?? "";
  if (call?.error === undefined) {
    assert(shown.what.toLowerCase().includes(title), shown.what);
  }
  for (const { data = "" } of output.slice(0, 1)) {
    assert(shown.what.includes(lineOf(data)), shown.what);
  }
}

/** How many bytes each end of each link has not read, counted from the calls. */
function unread(run: RecordedRun, done: Call[], at: number): number[][] {
  const ended = run.programs.map(({ end = Infinity }) => end <= at);
  return run.links.map((_, l) =>
    [0, 1].map((side) => {
      const of = done.filter(({ link, error }) =>
        link === l && error === undefined
      );
      const sum = (calls: Call[]) =>
        calls.reduce((sum, { n = 0 }) => sum + n, 0);
      const isOwn = (call: Call) => call.side === side;
      const sent = of.filter((call) =>
        !isOwn(call) && /^(?:write|send)/.test(call.op)
      );
      const got = of.filter((call) =>
        isOwn(call) && /^re(?:ad|cv|ceive)/.test(call.op)
      );
      const program = item(run.links, l).programs[side];
      // The end that closes, or whose program ends, will not read any more. That it
      // has ended is noticed by the other one at the latest.
      const isClosed = of.some((call) =>
            isOwn(call) ? call.op === "close" : call.isEnd
          ) && !of.some((call) => isOwn(call) && call.op === "closeWrite") ||
        ended[program ?? -1];
      return isClosed ? 0 : sum(sent) - sum(got);
    })
  );
}

Deno.test("every scene has its texts in both languages, and an answer for its programs", () => {
  for (const language of LANGUAGES) {
    assert.deepEqual(
      scenesIn(language).toSorted(),
      recordings.map(({ name }) => name).toSorted(),
    );
    for (const { name, recording } of recordings) {
      for (const kind of kindsOf(recording.runs)[0]) {
        assert(answerOf(sceneOf(language, name), kind), `${name}, ${kind}`);
      }
    }
  }
});

Deno.test("the words of both languages have the same values in braces", () => {
  const bracesOf = (text: string) => new Set(text.match(/\{\w+\}/g));
  // English says "the client" within a sentence, and "The client" at its start.
  const same = (name: string) => name.replace("{lw}", "{w}");
  for (const [word, text] of Object.entries(WORDS.en)) {
    assert.deepEqual(
      [...bracesOf(WORDS.zh[word as "next"])].map(same).sort(),
      [...bracesOf(text)].map(same).sort(),
      word,
    );
  }
  assert.equal(fill("{a}, {b}", { a: 1 }), "1, ");
});

Deno.test("a scene of UDP has no words of connections", () => {
  for (const { name, recording } of recordings) {
    for (const run of Object.values(recording.runs)) {
      if (run.links.some(({ transport }) => transport === "TCP")) continue;
      const steps = stepsOf(run);
      for (const words of Object.values(WORDS)) {
        const teller: Teller = new Teller(run, steps, words);
        for (const step of steps) {
          const texts = teller.waits(step).map(({ text }) => text);
          const text = [teller.what(step), ...texts].join(" ")
            .replace("UDP has no connection", "").replace("UDP 没有连接", "");
          assert.doesNotMatch(text, /FIN|RST|accept|connect|连接/, name);
        }
      }
    }
  }
});

Deno.test("what is said of a server that waits in accept", () => {
  for (const { name, recording } of recordings) {
    for (const run of Object.values(recording.runs)) {
      const steps = stepsOf(run);
      const teller: Teller = new Teller(run, steps, EN);
      for (const [i, step] of steps.entries()) {
        const where = `${name}, step ${i + 1}`;
        const said = teller.waits(step).find(({ program }) => program === 0);
        const [, state] = teller.state(step, 0);
        // Another task waits for the next client: the server goes on.
        const isServing = step.accepted(0).served > 0;
        const isNext = said?.text.includes(EN.wNext) ?? false;
        assert(!(isServing && isNext), where);
        if (state === EN.runs) assert.equal(said, undefined, where);
        for (const call of item(step.pending, 0)) {
          const isAccept = call.op === "accept";
          const wrong = isAccept ? EN.ready : EN.door;
          assert.notEqual(teller.short(call, step), wrong, where);
          if (isAccept && said?.text === EN.door) assert.equal(state, EN.door);
        }
      }
    }
  }
});

Deno.test("markup in what programs send and print is text", () => {
  const [first] = recordings;
  const text = JSON.stringify(first?.recording).replaceAll(
    /"data":"[0-9a-f]+"/g,
    `"data":"${new TextEncoder().encode("<b>&").toHex()}"`,
  );
  const html = sceneHtml(
    item(recordings, 0).name,
    JSON.parse(text) as Recording,
    "en",
  );
  assert(html.includes("&lt;b&gt;&amp;"));
  assert(!html.includes("<b>"));
});

Deno.test({
  name: "the player in Chromium (needs /usr/bin/chromium)",
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using visit = await Visit.start();
    const calm = { reducedMotion: "reduce" } as const;

    for (const chapter of new Set(recordings.flatMap((r) => r.chapters))) {
      const { language } = chapter;
      const width = language === "en" ? 1440 : 390;
      const page = await visit.page(width, "light", calm);
      await page.goto(addressOf(chapter));
      for (const { name, recording, chapters } of recordings) {
        if (!chapters.includes(chapter)) continue;
        await t.step(
          `each step is as recorded: ${name}, ${language}`,
          async () => {
            const player = playerOf(page, name);
            await player.locator(".what").filter({ hasText: /./ }).waitFor();
            const runs = Object.entries(recording.runs);
            // The kinds differ in nothing that depends on the language or the width.
            for (
              const [kind, run] of language === "en" ? runs : runs.slice(-1)
            ) {
              if (runs.length > 1) {
                const label = { name: KINDS[kind as Kind], exact: true };
                await player.getByRole("button", label).click();
              }
              const steps = stepsOf(run);
              const teller = new Teller(run, steps, WORDS[language]);
              const all = await readSteps(player, true);
              assert.equal(all.length, steps.length);
              const done: Call[] = [];
              for (const [i, step] of steps.entries()) {
                const shown = item(all, i);
                assert.match(
                  shown.count,
                  new RegExp(`\\b${i + 1}\\b.*\\b${steps.length}\\b`),
                );
                assert.equal(shown.rows, i + 1);
                checkStep(shown, step, teller);
                if (step.call !== undefined) done.push(step.call);
                for (const [l, ends] of unread(run, done, step.at).entries()) {
                  assert.deepEqual(
                    [step.end(l, 0).unread, step.end(l, 1).unread],
                    ends,
                    `${kind}, step ${i + 1}: ${shown.what}`,
                  );
                  for (const n of ends) {
                    const text = teller.count(n);
                    const isShown = shown.boxes.some((box) =>
                      box.includes(` full: ${text}`)
                    );
                    assert(n === 0 || isShown, `${text}: ${shown.boxes}`);
                  }
                }
              }
              // The height is reserved, and nothing moves under the reader's thumb.
              assert.equal(new Set(all.map(({ height }) => height)).size, 1);
              const last = item(all, all.length - 1);
              // The answer stands beside its question.
              const scene = sceneOf(language, name);
              const answer = answerOf(scene, kind as Kind);
              assert(last.who.includes(`${scene.question} ${answer}`));
              const printed = run.programs.map((_, p) =>
                run.calls.filter(({ op, program }) =>
                  op === "print" && program === p
                ).map(({ data = "" }) => decoded(data)).join("")
              );
              for (const text of printed) {
                const isThere = last.terms.some((term) =>
                  term.replace("^C\n", "").includes(text)
                );
                assert(isThere, text);
              }
            }
          },
        );
      }
      await page.context().close();
    }

    const [first] = recordings;
    assert(first !== undefined);
    const [english, chinese] = first.chapters;
    const run = first.recording.runs.deno;
    const two = recordings.find(({ recording }) =>
      Object.keys(recording.runs).length > 1
    );
    assert(english && chinese && two !== undefined && run !== undefined);
    const sent = stepsOf(run).findIndex(({ call }) =>
      call?.n !== undefined && call.op !== "print"
    );
    const count = (player: Locator, text: string) =>
      player.locator(".count").filter({ hasText: text }).waitFor();

    await t.step("a step has an address", async () => {
      const page = await visit.page();
      const player = playerOf(page, two.name);
      await page.goto(
        `${addressOf(item(two.chapters, 0))}#${two.name}-python-step-4`,
      );
      await count(player, "Step 4 of");
      await player.getByRole("button", { name: "Python", pressed: true })
        .waitFor();
      await player.getByRole("button", { name: "Next step" }).click();
      assert(page.url().endsWith(`#${two.name}-python-step-5`), page.url());
      const link = player.getByTitle("Link to this step");
      assert.equal(
        await link.getAttribute("href"),
        `#${two.name}-python-step-5`,
      );
      await page.evaluate("location.hash = '#step-2'");
      await count(page.locator("run-player").first(), "Step 2 of");
      // Each arrow of the diagram is a step.
      const rows = page.locator("run-player").first().locator(".row a");
      await page.keyboard.press("End");
      await rows.nth(0).evaluate((row) => (row as HTMLElement).click());
      await count(page.locator("run-player").first(), "Step 1 of");
      await page.context().close();
    });

    await t.step("the language switch keeps the step", async () => {
      const page = await visit.page(1440, "light", calm);
      await page.goto(`${addressOf(english)}#${first.name}-deno-step-4`);
      await count(playerOf(page, first.name), "Step 4 of");
      await page.locator("starlight-lang-select select").first()
        .selectOption({ label: "简体中文" });
      await page.waitForURL((url) => url.pathname === addressOf(chinese));
      await count(playerOf(page, first.name), "第 4 步");
      // Back, and from the top of the page: the address has the step.
      await page.goBack();
      await count(playerOf(page, first.name), "Step 4 of");
      await page.evaluate("scrollTo(0, 0)");
      await page.locator("starlight-lang-select select").first()
        .selectOption({ label: "简体中文" });
      await page.waitForURL((url) => url.pathname === addressOf(chinese));
      await count(playerOf(page, first.name), "第 4 步");
      await page.context().close();
    });

    await t.step("keys alone are enough", async () => {
      const page = await visit.page();
      await page.goto(addressOf(english));
      const player = playerOf(page, first.name);
      await player.getByRole("button", { name: "Next step" }).focus();
      await page.keyboard.press("End");
      const [, i, of] =
        /Step (\d+) of (\d+)/.exec((await read(player)).count) ??
          [];
      assert.equal(i, of);
      await page.keyboard.press("Home");
      assert.match((await read(player)).count, /^Step 1 of/);
      const back = player.getByRole("button", { name: "Back" });
      assert.equal(await back.getAttribute("aria-disabled"), "true");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowLeft");
      assert.match((await read(player)).count, /^Step 2 of/);
      // The space bar presses the button that has the focus.
      await page.keyboard.press("Space");
      assert.match((await read(player)).count, /^Step 3 of/);
      // The programs have come into sight.
      const bottom = await player.locator(".stage").evaluate((stage) =>
        stage.getBoundingClientRect().bottom - innerHeight
      );
      assert(bottom <= 0, `${bottom} px are below the window`);
      await page.context().close();
    });

    await t.step("it plays, at a chosen speed, and pauses", async () => {
      const page = await visit.page();
      await page.goto(addressOf(english));
      const player = playerOf(page, first.name);
      await player.locator(".what").filter({ hasText: /./ }).waitFor();
      // The test moves the page's clock; so it waits for nothing.
      await page.clock.install({ time: 0 });
      await page.clock.pauseAt(60_000);
      await player.getByRole("combobox", { name: "Speed" }).selectOption("4");
      await player.getByRole("button", { name: "Play" }).click();
      await page.clock.runFor(900);
      const { count } = await read(player);
      assert.match(count, /^Step 5 of/);
      await player.getByRole("button", { name: "Pause" }).click();
      assert(page.url().endsWith("-step-5"), page.url());
      await page.clock.runFor(60_000);
      assert.equal((await read(player)).count, count);

      await player.getByRole("button", { name: "Play" }).click();
      await page.clock.runFor(600_000);
      assert.match((await read(player)).count, /^Step (\d+) of \1 /);
      await player.getByRole("button", { name: "Play" }).waitFor();
      await player.getByRole("button", { name: "Start again" }).click();
      assert.match((await read(player)).count, /^Step 1 of/);
      await page.context().close();
    });

    await t.step("nothing moves for those who want that", async () => {
      for (const reducedMotion of ["no-preference", "reduce"] as const) {
        const page = await visit.page(1440, "light", { reducedMotion });
        await page.goto(
          `${addressOf(english)}#${first.name}-deno-step-${sent}`,
        );
        const player = playerOf(page, first.name);
        await count(player, `Step ${sent} of`);
        const moving = await player.evaluate((element) => {
          element.querySelector<HTMLElement>(".next")?.click();
          const arrow = element.querySelector(".row.now .ln");
          return arrow === null
            ? "no arrow"
            : getComputedStyle(arrow).animationName;
        });
        assert.equal(moving, reducedMotion === "reduce" ? "none" : "draw");
        await page.context().close();
      }
    });

    await t.step("bytes are shown in hexadecimal on demand", async () => {
      const page = await visit.page();
      const { data = "", n = 0 } = item(stepsOf(run), sent).call ?? {};
      await page.goto(
        `${addressOf(english)}#${first.name}-deno-step-${sent + 1}`,
      );
      const player = playerOf(page, first.name);
      await count(player, `Step ${sent + 1} of`);
      await player.getByRole("checkbox").check();
      assert((await read(player)).what.includes(hexOf(data, n)));
      await page.context().close();
    });

    await t.step(
      "paper and readers without script get the diagram",
      async () => {
        for (const javaScriptEnabled of [false, true]) {
          const page = await visit.page(1440, "light", { javaScriptEnabled });
          if (javaScriptEnabled) await page.emulateMedia({ media: "print" });
          await page.goto(addressOf(english));
          const player = playerOf(page, first.name);
          if (javaScriptEnabled) {
            await player.locator(".what").filter({ hasText: /./ })
              .waitFor({ state: "attached" });
          }
          const rows = player.locator(".row a").filter({ visible: true });
          const steps = stepsOf(run);
          assert.equal(await rows.count(), steps.length);
          const teller: Teller = new Teller(run, steps, EN);
          const texts = await player.locator(".row .hid").allTextContents();
          assert.deepEqual(texts, steps.map((step) => teller.what(step)));
          const buttons = player.getByRole("button").filter({ visible: true });
          assert.equal(await buttons.count(), 0);
          await page.context().close();
        }
      },
    );

    await t.step(
      "links lead to their headings, and nothing moves",
      async () => {
        const problems: string[] = [];
        for (const width of [1440, 390]) {
          const page = await visit.page(width, "light", calm);
          await page.addInitScript(() => {
            const moved: [number, string][] = [];
            Object.assign(globalThis, { moved });
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) {
                const { value, sources = [] } = entry as unknown as {
                  value: number;
                  sources: { node?: Node }[];
                };
                const elements = sources.map(({ node }) =>
                  node instanceof Element ? node : null
                );
                // The contents of the page are fixed: they stay where they are.
                if (elements.every((e) => e?.closest(".right-sidebar"))) {
                  continue;
                }
                const what = elements.map((e) => e?.outerHTML.slice(0, 80))
                  .join();
                moved.push([value, what]);
              }
            }).observe({ type: "layout-shift", buffered: true });
          });
          for (const chapter of new Set(recordings.map((r) => r.chapters[0]))) {
            assert(chapter !== undefined);
            const id = book.anchors(chapter).at(-1);
            await page.goto(`${addressOf(chapter)}#${id}`);
            for (const player of await page.locator("run-player").all()) {
              await player.locator(".what").filter({ hasText: /./ })
                .waitFor({ state: "attached" });
            }
            const { top, room, shift, what } = await page.evaluate((id) => {
              const { moved } = globalThis as unknown as {
                moved: [number, string][];
              };
              const rest = document.documentElement.scrollHeight - innerHeight -
                scrollY;
              return {
                top: document.getElementById(id)?.getBoundingClientRect().top ??
                  NaN,
                // A heading near the end cannot come to the top.
                room: parseFloat(
                  getComputedStyle(document.documentElement).scrollPaddingTop,
                ) + (rest < 2 ? innerHeight : 8),
                shift: moved.reduce((sum, [one]) => sum + one, 0),
                what: JSON.stringify(moved),
              };
            }, id ?? "");
            if (!(top >= 0 && top <= room)) {
              problems.push(`${chapter.path}, ${width}: #${id} is at ${top}`);
            }
            if (shift >= 0.05) {
              problems.push(
                `${chapter.path}, ${width}: ${shift} moved: ${what}`,
              );
            }
          }
          await page.context().close();
        }
        assert.deepEqual(problems, []);
      },
    );

    await t.step("on a phone the controls stay in place", async () => {
      const page = await visit.page(390, "light", calm);
      await page.goto(`${addressOf(english)}#${first.name}-deno-step-1`);
      const player = playerOf(page, first.name);
      await count(player, "Step 1 of");
      const places = await player.evaluate((element) => {
        const next = element.querySelector<HTMLElement>(".next");
        return [...element.querySelectorAll(".row")].map(() => {
          const { top, bottom } = next?.getBoundingClientRect() ?? {};
          const open = element.querySelectorAll(".prog.open").length;
          next?.click();
          return `${top} ${bottom && bottom <= innerHeight} ${open}`;
        });
      });
      assert.equal(new Set(places).size, 1, places.join("\n"));
      assert.match(places[0] ?? "", / true 1$/);
      // Between them and the names of the programs is the row of the step.
      const [tabs, row, bar] = await player.evaluate((element) =>
        [".tabs", ".row.now", ".bar"].map((part) =>
          element.querySelector(part)?.getBoundingClientRect()
        )
      );
      assert(tabs && row && bar);
      assert(tabs.top > 0 && tabs.top < row.top && row.bottom <= bar.top);
      // They come into sight after the programs.
      const hasBar = await player.evaluate((element) => {
        scrollBy(0, element.getBoundingClientRect().top + 300 - innerHeight);
        const { top = 0 } =
          element.querySelector(".bar")?.getBoundingClientRect() ?? {};
        return top < innerHeight;
      });
      assert(!hasBar, "The controls are there before the programs");
      // "Start again" was last: the diagram has nothing to scroll to.
      assert.match((await read(player)).count, /^Step 1 of/);
      const rows = await player.locator(".rows").evaluate((rows) =>
        rows.scrollHeight - rows.clientHeight
      );
      assert.equal(rows, 0);
      // The Tab key goes from top to bottom, and what it reaches is not covered.
      await player.locator(".kinds button").last().focus();
      const stops: string[] = [];
      while (stops.at(-1) !== "count") {
        await page.keyboard.press("Tab");
        stops.push(
          await page.evaluate(() => {
            const { activeElement: element } = document;
            const { left, right, top, bottom } =
              element?.getBoundingClientRect() ?? new DOMRect();
            const seen = document.elementFromPoint(
              (left + right) / 2,
              (top + bottom) / 2,
            );
            const name = element?.getAttribute("class") || element?.tagName;
            return element?.contains(seen) ? `${name}` : `${name} is covered`;
          }),
        );
      }
      assert.deepEqual(stops, [
        ...["BUTTON", "BUTTON", "code", "term", "rows", "A", "hex"],
        ...["back", "next", "play", "INPUT", "count"],
      ]);
      await page.context().close();
    });

    await t.step("a copy button copies commands alone", async () => {
      const page = await visit.page();
      const chapter = book.chapters.en.find(({ text }) =>
        / {4}\$ nc /.test(text)
      );
      assert(chapter !== undefined);
      await page.goto(addressOf(chapter));
      const frame = page.locator(".expressive-code")
        .filter({ hasText: "$ nc 127.0.0.1 9999" }).first();
      await frame.hover();
      await frame.locator(".copy button").click();
      await page.waitForFunction(async () =>
        (await navigator.clipboard.readText()).startsWith("nc ")
      );
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, "nc 127.0.0.1 9999");
      await page.context().close();
    });

    await t.step("deno task play shows a reader's own programs", async () => {
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        playerPage(run),
      );
      const steps = stepsOf(run);
      for (const theme of ["light", "dark"] as const) {
        const page = await visit.page(1440, theme, calm);
        await page.goto(`http://127.0.0.1:${server.addr.port}/#step-3`);
        const player = playerOf(page, "run");
        await count(player, "Step 3 of");
        checkStep(
          await read(player),
          item(steps, 2),
          new Teller(run, steps, EN),
        );
        await page.evaluate(axe.source);
        assert.deepEqual(await page.evaluate(violations, {}), []);
        await page.context().close();
      }
      await server.shutdown();
    });

    await t.step("a long run has only the rows around the step", async () => {
      const length = 100 * (run.calls.at(-1)?.begin ?? 0);
      const calls = Array.from(
        { length: 100 },
        (_, i) =>
          run.calls.map((call) => ({
            ...call,
            begin: call.begin + i * length / 100,
            ...(call.end === undefined
              ? {}
              : { end: call.end + i * length / 100 }),
          })),
      ).flat();
      const programs = run.programs.map((program) => ({
        ...program,
        end: 2 * length,
      }));
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        playerPage({ ...run, programs, calls }),
      );
      const page = await visit.page(1440, "light", calm);
      await page.goto(`http://127.0.0.1:${server.addr.port}/`);
      const player = playerOf(page, "run");
      await player.getByRole("button", { name: "Next step" }).focus();
      const seen = () =>
        player.evaluate((element) => {
          const list = element.querySelector(".rows");
          const box = list?.getBoundingClientRect();
          const rows = [...element.querySelectorAll<HTMLElement>(".row")];
          const inSight = rows.filter((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return box && bottom > box.top && top < box.bottom;
          }).map(({ dataset }) => Number(dataset.i));
          return { rows: rows.length, inSight };
        });
      for (const key of ["Home", "ArrowRight", "End"]) {
        await page.keyboard.press(key);
        const [, i = ""] = /Step (\d+)/.exec((await read(player)).count) ?? [];
        const { rows, inSight } = await seen();
        assert(rows < 200, `${rows} rows`);
        assert(inSight.includes(Number(i) - 1), `${i}: ${inSight}`);
      }
      // The rows between them come when they are scrolled to.
      await player.locator(".rows").evaluate((rows) => {
        rows.scrollTop = rows.scrollHeight / 2;
      });
      await page.waitForFunction(() => {
        const list = document.querySelector(".rows");
        const { top = 0, bottom = 0 } = list?.getBoundingClientRect() ?? {};
        return [...document.querySelectorAll<HTMLElement>(".row")].some(
          (row) => {
            const box = row.getBoundingClientRect();
            return box.top < bottom && box.bottom > top &&
              Number(row.dataset.i) > 200;
          },
        );
      });
      await page.context().close();
      await server.shutdown();
    });

    await t.step("axe finds nothing, and nothing is too wide", async () => {
      const problems: string[] = [];
      // The one with the most programs on a phone, and one with UDP.
      const chosen = [
        { name: "two-clients", language: "zh", width: 390, theme: "dark" },
        { name: "late", language: "en", width: 1440, theme: "light" },
      ] as const;
      for (const { name, language, width, theme } of chosen) {
        const chapter = recordings.find((one) => one.name === name)?.chapters
          .find((chapter) => chapter.language === language);
        assert(chapter !== undefined);
        const page = await visit.page(width, theme, calm);
        await page.goto(addressOf(chapter));
        const player = playerOf(page, name);
        await player.locator(".what").filter({ hasText: /./ }).waitFor();
        // To a step with lines that wait, and bytes.
        await player.locator(".next").evaluate((button) => {
          for (let i = 0; i < 8; i++) (button as HTMLElement).click();
        });
        await page.evaluate(axe.source);
        const include = [`run-player[name=${name}]`];
        for (const found of await page.evaluate(violations, { include })) {
          problems.push(`${chapter.path}: ${found}`);
        }
        const excess = await page.evaluate(() =>
          document.documentElement.scrollWidth - innerWidth
        );
        if (excess > 0) problems.push(`${chapter.path}: ${excess} px too wide`);
        await page.context().close();
      }
      assert.deepEqual(problems, []);
    });

    await t.step("nothing was reported on the console", () => {
      assert.deepEqual(visit.complaints, []);
    });
  },
});
