/**
 * Plays every recording of the built book in Chromium, in both languages, and compares
 * what it shows with the recording.
 */
import axe from "axe-core";
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { playerPage } from "../../tools/record/player_page.ts";
import { isSend, item, type Step, stepsOf } from "../../tools/record/steps.ts";
import type {
  Call,
  Kind,
  RecordedRun,
  Recording,
} from "../../tools/record/recording.ts";
import { hexOf, KINDS, textOf } from "../src/player/words.ts";
import { Book, type Chapter, nameOf } from "../src/book.ts";
import { type Language, LANGUAGES } from "../src/languages.ts";
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

const addressOf = ({ id }: Chapter) => `/${id}/`;
const playerOf = (page: Page, name: string) =>
  page.locator(`run-player[name="${name}"]`);

/** What a player shows in a step. */
interface Shown {
  /** The marked lines of each program, by its place on the page. */
  marks: string[][];
  /** The buffers, in their order. */
  buffers: string[];
  /** What stands beside each program's name. */
  states: string[];
  count: string;
  sentences: string;
}

/** What a player shows now; or in each step from now on, going forward. */
const readSteps = (player: Locator, isAll: boolean): Promise<Shown[]> =>
  player.evaluate((element, isAll) => {
    const texts = (root: Element, selector: string) =>
      [...root.querySelectorAll(selector)].map((e) => e.textContent ?? "");
    const marksOf = (program: Element) =>
      [...program.querySelectorAll(".now-line, .wait-line")].flatMap((line) =>
        [...line.querySelectorAll(".marks > span")].map((mark) =>
          [line.getAttribute("data-line"), mark.className, mark.textContent]
            .join(" ")
        )
      );
    const read = () => ({
      marks: [...element.querySelectorAll(".program")].map(marksOf),
      buffers: [...element.querySelectorAll(".pieces")].map((pieces) =>
        texts(pieces, ".piece").join("|")
      ),
      states: texts(element, ".state"),
      count: texts(element, ".count")[0] ?? "",
      sentences: texts(element, ".sentences")[0] ?? "",
    });
    const shown = [read()];
    const forward = element.querySelector<HTMLElement>(".forward");
    while (isAll && forward?.getAttribute("aria-disabled") === "false") {
      forward.click();
      shown.push(read());
    }
    return shown;
  }, isAll);

const read = async (player: Locator): Promise<Shown> =>
  item(await readSteps(player, false), 0);

/** The word for a line that waits, without the name of a client. */
function waitWord(language: Language, op: string, ms = 0): string {
  const seconds = Math.round(ms) / 1000;
  const words = {
    en: {
      sleep: `sleeps ${seconds} s`,
      timer: `timer, every ${seconds} s`,
      other: `waits in ${op}`,
    },
    zh: {
      sleep: `睡眠 ${seconds} 秒`,
      timer: `定时器，每 ${seconds} 秒一次`,
      other: `在 ${op} 中等待`,
    },
  }[language];
  return op === "sleep" || op === "timer" ? words[op] : words.other;
}

/** Where each program stands on the page: the server last. */
const onPage = <T>(programs: T[]): T[] => [
  ...programs.slice(1),
  ...programs.slice(0, 1),
];

/** Whether a word stands beside the name of a program, for each state. */
const isNamed = { "not started": true, runs: false, ended: true };

function checkStep(
  shown: Shown,
  step: Step,
  run: RecordedRun,
  language: Language,
): void {
  const { call, program } = step;
  for (const [p, marks] of onPage([...run.programs.keys()]).entries()) {
    const wanted = item(step.waits, marks);
    const got = item(shown.marks, p);
    const state = item(step.states, marks);
    assert.equal(shown.states[p] !== "", isNamed[state], state);
    assert.deepEqual(
      got.map((mark) => Number(mark.split(" ")[0])).sort(),
      wanted.map(({ line }) => line).sort(),
    );
    for (const { line, op, ms, isWaiting } of wanted) {
      const word = isWaiting ? `wait ${waitWord(language, op, ms)}` : "act ";
      const isThere = got.some((mark) => mark.startsWith(`${line} ${word}`));
      assert(isThere, `${line} ${word} is not in ${got.join("; ")}`);
    }
  }
  // What a call moved stands at its line, and in the step as text.
  if (call?.n !== undefined && call.error === undefined) {
    const text = textOf(call.data ?? "", call.n);
    const isMarked = shown.marks.flat().some((mark) => mark.includes(text));
    assert.equal(isMarked, call.line > 0, text);
    assert(shown.sentences.includes(text), text);
    assert(
      shown.sentences.includes(`${call.n.toLocaleString("en")} `),
      shown.sentences,
    );
  }
  if (call !== undefined) {
    const line = call.file ??
      (language === "en" ? `line ${call.line}` : `第 ${call.line} 行`);
    assert(shown.sentences.includes(line), shown.sentences);
  }
  assert(program < run.programs.length);
}

/** How many bytes each direction holds, counted from the calls up to a step. */
function unread(run: RecordedRun, done: Call[], at: number): number[] {
  const ended: (number | null)[] = [...run.programs.entries()]
    .filter(([, { end = Infinity }]) => end <= at).map(([p]) => p);
  return run.links.flatMap((_, l) =>
    ([0, 1] as const).map((side) => {
      const of = done.filter(({ link, error }) =>
        link === l && error === undefined
      );
      const sum = (calls: Call[]) =>
        calls.reduce((sum, { n = 0 }) => sum + n, 0);
      const sent = of.filter((call) =>
        call.side === side && /^(?:write|send)/.test(call.op)
      );
      const got = of.filter((call) =>
        call.side !== side && /^re(?:ad|cv|ceive)/.test(call.op)
      );
      // The side that closes, or whose program ends, will not read any more.
      const other = side === 0 ? 1 : 0;
      const isClosed = of.some((call) =>
        call.op === "close" && call.side === other
      ) || ended.includes(item(run.links, l).programs[other]);
      return isClosed ? 0 : sum(sent) - sum(got);
    })
  );
}

const countOf = (buffer: string) =>
  [...buffer.matchAll(/([\d,]+) (?:bytes?|字节)(?:$|\|)/g)]
    .reduce((sum, [, n = ""]) => sum + Number(n.replaceAll(",", "")), 0);

Deno.test("every call of a recording that was done is a step", () => {
  for (const { recording } of recordings) {
    for (const run of Object.values(recording.runs)) {
      const steps = stepsOf(run);
      const done = run.calls.filter((call) =>
        (call.end !== undefined || isSend(call)) && call.op !== "timer" &&
        !call.isCleared
      );
      const interrupts = run.programs.filter(({ interrupted }) =>
        interrupted !== undefined
      );
      assert.equal(
        steps.length,
        done.length + run.programs.length + interrupts.length,
      );
      assert.deepEqual(
        new Set(steps.flatMap(({ call }) => call ?? [])),
        new Set(done),
      );
    }
  }
});

Deno.test({
  name: "the player in Chromium (needs /usr/bin/chromium)",
  ignore: !hasChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using visit = await Visit.start();

    for (const chapter of new Set(recordings.flatMap((r) => r.chapters))) {
      const { language } = chapter;
      const page = await visit.page(1440, "light", { reducedMotion: "reduce" });
      await page.goto(addressOf(chapter));
      for (const { name, recording, chapters } of recordings) {
        if (!chapters.includes(chapter)) continue;
        await t.step(
          `each step is as recorded: ${name}, ${language}`,
          async () => {
            const player = playerOf(page, name);
            await player.locator(".player").waitFor();
            for (const [kind, run] of Object.entries(recording.runs)) {
              if (Object.keys(recording.runs).length > 1) {
                const label = { name: KINDS[kind as Kind], exact: true };
                await player.getByRole("button", label).click();
              }
              const steps = stepsOf(run);
              const all = await readSteps(player, true);
              assert.equal(all.length, steps.length);
              const done: Call[] = [];
              for (const [i, step] of steps.entries()) {
                const shown = item(all, i);
                assert.match(
                  shown.count,
                  new RegExp(`\\b${i + 1}\\b.*\\b${steps.length}\\b`),
                );
                checkStep(shown, step, run, language);
                if (step.call !== undefined) done.push(step.call);
                assert.deepEqual(
                  shown.buffers.map(countOf),
                  unread(run, done, step.at),
                  `${kind}, step ${i + 1}: ${shown.sentences}`,
                );
              }
            }
          },
        );
      }
      await page.context().close();
    }

    const [first] = recordings;
    assert(first !== undefined);
    const [english] = first.chapters;
    const run = first.recording.runs.deno;
    const two = recordings.find(({ recording }) =>
      Object.keys(recording.runs).length > 1
    );
    assert(english !== undefined && two !== undefined && run !== undefined);
    const sent = stepsOf(run).findIndex(({ call }) => call?.n !== undefined);

    await t.step("a step has an address", async () => {
      const page = await visit.page();
      const player = playerOf(page, two.name);
      const count = player.locator(".count");
      await page.goto(
        `${addressOf(item(two.chapters, 0))}#${two.name}-python-step-4`,
      );
      await count.filter({ hasText: "Step 4 of" }).waitFor();
      await player.getByRole("button", { name: "Python", pressed: true })
        .waitFor();
      await player.getByRole("button", { name: "Forward" }).click();
      assert(page.url().endsWith(`#${two.name}-python-step-5`), page.url());
      const link = player.getByRole("link", { name: "Link to this step" });
      assert.equal(
        await link.getAttribute("href"),
        `#${two.name}-python-step-5`,
      );
      await page.evaluate("location.hash = '#step-2'");
      await page.locator("run-player").first().locator(".count")
        .filter({ hasText: "Step 2 of" }).waitFor();
      await page.context().close();
    });

    await t.step("keys lead to the first and the last step", async () => {
      const page = await visit.page();
      await page.goto(addressOf(english));
      const player = playerOf(page, first.name);
      await player.getByRole("button", { name: "Forward" }).focus();
      await page.keyboard.press("End");
      const { count } = await read(player);
      const [, i, of] = /Step (\d+) of (\d+)/.exec(count) ?? [];
      assert.equal(i, of);
      const forward = player.getByRole("button", { name: "Forward" });
      assert.equal(await forward.getAttribute("aria-disabled"), "true");
      await page.keyboard.press("Home");
      assert.match((await read(player)).count, /^Step 1 of/);
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowLeft");
      assert.match((await read(player)).count, /^Step 2 of/);
      await page.context().close();
    });

    await t.step("it plays, at a chosen speed, and pauses", async () => {
      const page = await visit.page();
      await page.goto(addressOf(english));
      const player = playerOf(page, first.name);
      await player.locator(".count").waitFor();
      // The test moves the page's clock; so it waits for nothing.
      await page.clock.install();
      await player.getByRole("combobox", { name: "Speed" }).selectOption("4");
      await player.getByRole("button", { name: "Play" }).click();
      await page.clock.runFor(900);
      const { count } = await read(player);
      assert.match(count, /^Step 5 of/);
      await player.getByRole("button", { name: "Pause" }).click();
      assert(page.url().endsWith("-step-5"), page.url());
      await page.clock.runFor(60_000);
      assert.equal((await read(player)).count, count);

      await player.locator("input[type=range]").focus();
      await page.keyboard.press("Space");
      await page.clock.runFor(600_000);
      assert.match((await read(player)).count, /^Step (\d+) of \1 /);
      await player.getByRole("button", { name: "Play" }).waitFor();
      await page.context().close();
    });

    await t.step("bytes travel, unless motion is to be reduced", async () => {
      for (const reducedMotion of ["no-preference", "reduce"] as const) {
        const page = await visit.page(1440, "light", { reducedMotion });
        await page.goto(
          addressOf(english) + `#${first.name}-deno-step-${sent}`,
        );
        const player = playerOf(page, first.name);
        await player.locator(".count").filter({ hasText: `Step ${sent} of` })
          .waitFor();
        // Without a pause: it is in flight for half a second.
        const flying = await player.evaluate((element) => {
          element.querySelector<HTMLElement>(".forward")?.click();
          return element.querySelectorAll(".flying").length;
        });
        assert.equal(flying, reducedMotion === "reduce" ? 0 : 1);
        await page.context().close();
      }
    });

    await t.step("bytes are shown in hexadecimal on demand", async () => {
      const page = await visit.page();
      const { data = "", n = 0 } = item(stepsOf(run), sent).call ?? {};
      await page.goto(
        addressOf(english) + `#${first.name}-deno-step-${sent + 1}`,
      );
      const player = playerOf(page, first.name);
      await player.locator(".count").filter({ hasText: `Step ${sent + 1} of` })
        .waitFor();
      await player.getByRole("checkbox").check();
      assert((await read(player)).sentences.includes(hexOf(data, n)));
      await page.context().close();
    });

    await t.step("without script the picture stands there", async () => {
      const page = await visit.page(1440, "light", {
        javaScriptEnabled: false,
      });
      await page.goto(addressOf(english));
      const picture = playerOf(page, first.name).locator("img")
        .filter({ visible: true });
      assert.equal(await picture.count(), 1);
      const src = await picture.getAttribute("src") ?? "";
      assert.equal(nameOf(src.replace(/\.(?:light|dark)\./, ".")), first.name);
      await page.context().close();
    });

    await t.step("deno task play shows a reader's own programs", async () => {
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        playerPage(run),
      );
      for (const theme of ["light", "dark"] as const) {
        const page = await visit.page(1440, theme);
        await page.goto(`http://127.0.0.1:${server.addr.port}/#step-3`);
        const player = playerOf(page, "run");
        await player.locator(".count").filter({ hasText: "Step 3 of" })
          .waitFor();
        checkStep(await read(player), item(stepsOf(run), 2), run, "en");
        await page.evaluate(axe.source);
        assert.deepEqual(await page.evaluate(violations, "html"), []);
        await page.context().close();
      }
      await server.shutdown();
    });

    await t.step(
      "axe finds nothing serious, and nothing is too wide",
      async () => {
        const problems: string[] = [];
        for (const chapter of new Set(recordings.flatMap((r) => r.chapters))) {
          const isEnglish = chapter.language === "en";
          const page = await visit.page(
            isEnglish ? 1440 : 390,
            isEnglish ? "light" : "dark",
          );
          await page.goto(addressOf(chapter));
          for (const { name, chapters } of recordings) {
            if (!chapters.includes(chapter)) continue;
            const forward = playerOf(page, name).locator(".forward");
            await forward.waitFor();
            // To a step with lines that wait, and bytes.
            await forward.evaluate((button) => {
              for (let i = 0; i < 8; i++) (button as HTMLElement).click();
            });
          }
          await page.evaluate(axe.source);
          for (const found of await page.evaluate(violations, "run-player")) {
            problems.push(`${chapter.path}: ${found}`);
          }
          const excess = await page.evaluate(() =>
            document.documentElement.scrollWidth - innerWidth
          );
          if (excess > 0) {
            problems.push(`${chapter.path}: ${excess} px too wide`);
          }
          await page.context().close();
        }
        assert.deepEqual(problems, []);
      },
    );

    await t.step("nothing was reported on the console", () => {
      assert.deepEqual(visit.complaints, []);
    });
  },
});
