/**
 * A program for the tests of `run` that does what its arguments say, step by step.
 *
 *     deno run program.ts [server] STEP...
 */
import { CommandError } from "../../../lib/cli/errors.ts";
import { flag, operands, value } from "../../../lib/cli/command.ts";
import { type Context, run } from "../../../lib/cli/run.ts";

const command = {
  script: "program.ts",
  summary: "Greets.",
  isServer: Deno.args[0] === "server",
  options: {
    steps: operands({
      placeholder: "STEP",
      default: ["greet"],
      parse: (text) => text,
      help: "What to do",
    }),
    trace: flag({ help: "Trace" }),
    loud: flag({ short: "l", help: "In capitals" }),
    maxTime: value({
      placeholder: "SECONDS",
      parse: (text) => Number(text) * 1_000,
      help: "Time limit",
    }),
  },
  attempt: () => ({
    action: "listen on" as const,
    transport: "TCP" as const,
    hostname: "127.0.0.1",
    port: 9999,
  }),
};

const aborted = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener("abort", resolve));

const peer = (n: number) => ({
  transport: "tcp" as const,
  hostname: "127.0.0.1",
  port: 50_000 + n,
});

const line = (n: number) => `line ${n} ${"x".repeat(200)}`;

const STEPS: Record<string, (context: Context) => unknown> = {
  server() {},
  greet({ print, warn, write, trace }) {
    print("Hello, %s 小明!");
    print("");
    warn("a warning");
    trace?.("a line");
    return write(new Uint8Array([0xff, 0x0a]));
  },
  /** Three calls each time, to both streams. */
  async mix({ print, warn, write }) {
    for (let n = 0; n < 3_000;) {
      print(`${n++}`);
      warn(`${n++}`);
      await write(new TextEncoder().encode(`${n++}\n`));
    }
  },
  /** More than a pipe and the queue of a log keep. */
  lines({ print, warn }) {
    for (let n = 1; n <= 5_000; n++) print(line(n));
    warn("printed");
  },
  warnings({ warn }) {
    for (let n = 1; n <= 5_000; n++) warn(line(n));
  },
  bytes: ({ write }) => write(new Uint8Array(1_000_000).fill(0x61)),
  /** A line a millisecond until the signal comes, and signs of life. */
  async tick({ print, warn, signal }) {
    let n = 0;
    const timer = setInterval(() => {
      print(line(++n));
      if (n % 20 === 0) warn("alive");
    }, 1);
    await aborted(signal);
    clearInterval(timer);
  },
  /** What a peer may send, in pieces of each size. */
  async pieces({ write }) {
    const text = "Grüße, 小明! 🎉\r\n\ta\x1b[2J\x07\rb\u202e";
    const all = [...new TextEncoder().encode(text), 0xff, 0x0a];
    for (const size of [1, 2, 3, 5, 100]) {
      for (let at = 0; at < all.length; at += size) {
        await write(new Uint8Array(all.slice(at, at + size)));
      }
    }
    await write(new Uint8Array([0x61, 0xe5, 0xb0]));
  },
  busy: () => void setInterval(() => {}, 1_000_000),
  async wait({ print, signal }) {
    setInterval(() => {}, 1_000_000);
    if (Deno.build.os !== "windows") {
      const note = () => print("SIGUSR1 came after them");
      Deno.addSignalListener("SIGUSR1", note);
    }
    print("ready");
    await aborted(signal);
    print(signal.reason.message);
  },
  /** Ends main as a client ends that waits for its server. */
  interrupted: ({ signal }) => signal.throwIfAborted(),
  stay: () => new Promise(() => {}),
  /** A thousand errors of one kind. */
  errors({ onError }) {
    for (let n = 0; n < 1_000; n++) {
      const { ConnectionReset } = Deno.errors;
      onError(new ConnectionReset("Connection reset by peer"), peer(n));
    }
  },
  failure() {
    throw new CommandError("Cannot greet: who?");
  },
  refused() {
    throw new Deno.errors.AddrInUse("Address already in use (os error 98)");
  },
  mistake() {
    throw new TypeError("who is undefined");
  },
  removed: () => Deno.remove("no-such-file"),
  full() {
    const message = "No space left on device (os error 28)";
    throw Object.assign(new Error(message), { code: "ENOSPC" });
  },
};

await run(command, async ({ steps }, context) => {
  for (const step of steps) await STEPS[step]?.(context);
});
if (Deno.args.includes("busy")) console.log("run is done");
