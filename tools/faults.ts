/**
 * Runs all faults at full size, and prints a table of the results.
 *
 *     deno task faults
 */
import type { Row } from "../tests/support/fault.ts";

const report = await Deno.makeTempFile();
try {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--allow-net=127.0.0.1,[::1],localhost",
      "--allow-run",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "tests/faults",
    ],
    env: { FAULTS: "all", FAULTS_REPORT: report },
  }).spawn().status;
  const lines = (await Deno.readTextFile(report)).trimEnd().split("\n");
  const rows: Row[] = lines.filter(Boolean).map((line) => JSON.parse(line));
  const cells = rows.map((row) => [
    row.target,
    row.fault,
    row.tried.toLocaleString("en"),
    row.survived ? "yes" : "NO",
    row.lost.toLocaleString("en"),
    `${Math.ceil(row.worst).toLocaleString("en")} ms`,
  ]);
  const head = ["Target", "Fault", "Tried", "Survived", "Lost", "Worst time"];
  console.log();
  for (const line of [head, head.map(() => "---"), ...cells]) {
    console.log("| %s |", line.join(" | "));
  }
  Deno.exit(code);
} finally {
  await Deno.remove(report);
}
