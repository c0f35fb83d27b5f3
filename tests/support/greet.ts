// A script for run_test.ts that ends in the way that its arguments say.
import { CommandError } from "../../lib/cli/errors.ts";
import { flag, operands } from "../../lib/cli/command.ts";
import { run } from "../../lib/cli/run.ts";

const command = {
  script: "greet.ts",
  summary: "Greets.",
  options: {
    ways: operands({
      placeholder: "WAY",
      default: [],
      parse: (text) => text,
      help: "Ways to end",
    }),
    trace: flag({ help: "Trace" }),
    loud: flag({ short: "l", help: "In capitals" }),
  },
};

await run(
  command,
  async ({ loud, ways }, { print, write, warn, trace }) => {
    print(loud ? "HELLO %s" : "hello %s");
    await write(new Uint8Array([0xff, 0x0a]));
    warn("a warning");
    trace?.("a line");
    if (ways.includes("busy")) setInterval(() => {}, 1_000_000);
    if (ways.includes("failure")) throw new CommandError("Cannot greet: who?");
    if (ways.includes("mistake")) throw new TypeError("who is undefined");
  },
);
