/**
 * The scripts beside what people would use instead, in one run.
 *
 *     deno task bench
 *     deno task bench --quick
 *
 * Prints the tables, and writes them to bench/RESULTS.md with the plots beside it.
 * With `--quick` the rounds are few and short, and nothing is written. Needs Linux,
 * gcc, Node and Python; other rivals that are not installed are left out, and named.
 */
import { build } from "./load/build.ts";
import { Figures } from "./report/figures.ts";
import { machine } from "./report/machine.ts";
import { measureGet, noGet } from "./measure/get.ts";
import { checkPort, measureStart } from "./measure/start.ts";
import { measureTcp } from "./measure/tcp.ts";
import { measureUdp } from "./measure/udp.ts";
import { plot } from "./report/plot.ts";
import { report } from "./report/report.ts";
import { OURS, type Rival } from "./rivals.ts";
import { replaceMeasured } from "./report/results.ts";
import { FULL, QUICK, type Setting } from "./setting.ts";

async function measure(setting: Setting, here: Rival[]): Promise<void> {
  for (let round = 1; round <= setting.rounds; round++) {
    console.log("Round %d of %d", round, setting.rounds);
    for (const rival of here) {
      const { transport } = rival;
      await (transport === "tcp" ? measureTcp : measureUdp)(setting, rival);
    }
  }
  console.log("Start-up");
  await measureStart(setting);
  if (noGet() !== null) return;
  console.log("A large page");
  await measureGet(setting);
}

async function writePlots(
  { figures, connections }: Setting,
  here: Rival[],
): Promise<void> {
  const lines = (where: string, figure: string, scale: number) =>
    here.filter(({ transport }) => transport === "tcp").map(({ name }) => ({
      name,
      values: connections.map((n) =>
        figures.get(name, `${where} ${n} ${figure}`) / scale
      ),
    }));
  const plots = {
    "throughput.svg": plot(
      {
        title: "Throughput, server and load on one core",
        unit: "requests/s",
        scale: "linear",
        main: OURS,
      },
      connections,
      lines("one core", "rps", 1),
    ),
    "tail.svg": plot(
      {
        title: "Tail latency, a core each",
        unit: "p99 in ms",
        scale: "logarithmic",
        main: OURS,
      },
      connections,
      lines("two cores", "p99", 1_000),
    ),
  };
  for (const [file, text] of Object.entries(plots)) {
    await Deno.writeTextFile(new URL(file, import.meta.url), text);
  }
}

const quick = Deno.args.includes("--quick");
const built = await Deno.makeTempDir();
try {
  checkPort();
  const { here, missing } = await build(built);
  const figures = new Figures();
  const setting = { built, figures, ...(quick ? QUICK : FULL) };
  await measure(setting, here);
  const noPage = noGet();
  if (noPage !== null) missing.push(noPage);
  const text = report(setting, here, missing, await machine());
  console.log("%s", text);
  if (!quick) {
    await writePlots(setting, here);
    await replaceMeasured(new URL("RESULTS.md", import.meta.url), text);
  }
} finally {
  await Deno.remove(built, { recursive: true });
}
