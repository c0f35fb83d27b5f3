/**
 * A program that writes what `output_places_test.ts` tells it to.
 *
 *     deno run output_program.ts log | result | bytes SEED
 */
import { Output } from "../../../lib/cli/_output.ts";
import { seededParts } from "./seeded_parts.ts";

const [mode, seed] = Deno.args;
const output = new Output("program.ts");
const interrupted = new AbortController();
Deno.addSignalListener("SIGTERM", () => interrupted.abort());

if (mode === "log") {
  // A server: a line a millisecond until the signal comes, and a sign of life.
  output.lossy = true;
  let count = 0;
  const timer = setInterval(() => {
    count++;
    output.print(`line ${count} ${"x".repeat(200)}`);
    if (count % 20 === 0) output.error(`${count} lines`);
  }, 1);
  await new Promise((resolve) =>
    interrupted.signal.addEventListener("abort", resolve)
  );
  clearInterval(timer);
} else if (mode === "result") {
  for (let i = 1; i <= 3; i++) output.print(`Hello, ${i}!`);
} else {
  output.print("header");
  for (const part of seededParts(Number(seed))) {
    await output.write(part);
    if (part.length % 7 === 0) output.print("");
  }
  output.print("end");
}

const failure = await output.flush({
  limit: 300,
  signal: interrupted.signal,
});
if (failure !== null) {
  output.error(`program.ts: ${failure.message}`);
  await output.flush({ limit: 300 });
}
Deno.exit(failure === null ? 0 : 1);
