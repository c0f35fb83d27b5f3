import { assert, assertEquals } from "@std/assert";
import { greeting, MAX_TCP_NAME, WELCOME } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { accept } from "../support/connection.ts";
import { readToEnd } from "../support/pair.ts";
import { type Ended, Process, works } from "../support/process.ts";
import { deno, ROOT } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import {
  assertFailed,
  assertHarmless,
  below,
  CLIENT,
  counted,
  countedOften,
  hostileBytes,
  meet,
  meetReset,
  oneOf,
} from "../support/hostile_server.ts";
import { PATIENCE } from "../support/peers.ts";
import { encode, hello, WELCOME_TEXT } from "../support/wire.ts";

const target = CLIENT;

const talkTo = (...args: string[]) => (port: number) => [
  `--port=${port}`,
  ...args,
];

/** Ordinary and difficult names; none is a command of the protocol. */
function namesOf(count: number): string[] {
  return Array.from({ length: count }, () => {
    let name = "n";
    for (let length = 1 + below(40); length > 0; length--) {
      name += oneOf("a", "é", "小", "👩‍🚀", " ", "!", "Hello, ", "\\", "%s");
    }
    return name;
  });
}

/** A conversation: what the server sends in it, and the lines that the client prints. */
interface Talk {
  names: string[];
  answers: Uint8Array[];
  lines: string[];
}

function talkOf(count: number): Talk {
  const names = namesOf(count);
  return {
    names,
    answers: [WELCOME, ...names.map((name) => greeting(encode(name)))],
    lines: [WELCOME_TEXT, ...names.map(hello)],
  };
}

/** Reads this name from the client, however it is cut. */
async function expectName(conn: Deno.TcpConn, name: string): Promise<void> {
  const bytes = new Uint8Array(encode(name).length);
  for (let at = 0; at < bytes.length;) {
    const n = await conn.read(bytes.subarray(at));
    assert(n !== null, "The client has left");
    at += n;
  }
  assertEquals(new TextDecoder().decode(bytes), name);
}

/** Sends bytes in pieces of at most `most` bytes, each by itself. */
async function sendSlowly(
  conn: Deno.TcpConn,
  bytes: Uint8Array,
  most: number,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + below(most);
    await writeAll(conn, bytes.subarray(at, end));
    at = end;
    // Lets the client read what is there, as a slow network does.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Checks that the output is the beginning of these lines, and no part of a line. */
function assertBegins({ stdout }: Ended, lines: string[]): void {
  const shown = stdout.split("\n");
  assertEquals(shown.pop(), "");
  assertEquals(shown, lines.slice(0, shown.length));
}

fault({
  target,
  fault: "answers a byte at a time, and cut anywhere",
  fn: (tally) =>
    countedOften(tally, size(8, 200), async (i) => {
      const { names, answers, lines } = talkOf(5);
      const ended = await meet(talkTo(...names), async (conn) => {
        conn.setNoDelay(true);
        for (const [at, answer] of answers.entries()) {
          await sendSlowly(conn, answer, i % 2 === 0 ? 1 : 20);
          await expectName(conn, names[at] ?? "exit");
        }
      });
      assertEquals(
        { code: ended.code, stderr: ended.stderr, stdout: ended.stdout },
        { code: 0, stderr: "", stdout: `${lines.join("\n")}\n` },
      );
    }),
});

fault({
  target,
  fault: "more than it has asked for, without end",
  fn: (tally) =>
    countedOften(tally, size(4, 50), async () => {
      const { names, lines } = talkOf(3);
      const more = encode(hello("").repeat(10_000));
      const ended = await meet(talkTo(...names), async (conn) => {
        await writeAll(conn, encode(lines.join("")));
        for (;;) await writeAll(conn, more);
      });
      const { code, stdout } = ended;
      assertEquals(code, 0);
      assertEquals(stdout, `${lines.join("\n")}\n`);
      assertHarmless(ended);
    }),
});

/** Serves a conversation up to a certain byte of the server's. */
async function serveUpTo(
  conn: Deno.TcpConn,
  { names, answers }: Talk,
  cut: number,
): Promise<void> {
  let left = cut;
  for (const [at, answer] of answers.entries()) {
    if (left < answer.length) {
      await writeAll(conn, answer.subarray(0, left));
      return;
    }
    await writeAll(conn, answer);
    left -= answer.length;
    await expectName(conn, names[at] ?? "exit");
  }
}

/** A random position before the last byte, half of them in the welcome. */
function cutOf({ answers }: Talk): number {
  const length = answers.reduce((sum, { length }) => sum + length, 0);
  return below(oneOf(WELCOME.length, length));
}

/** How many answers are whole, and what arrived of the next: "5 of 13 bytes". */
function progress(
  { answers }: Talk,
  cut: number,
): { whole: number; rest: string } {
  let left = cut;
  for (const [whole, { length }] of answers.entries()) {
    if (left < length) return { whole, rest: `${left} of ${length} bytes` };
    left -= length;
  }
  throw new RangeError(`Nothing is cut off at ${cut}`);
}

fault({
  target,
  fault: "a server that stops half-way",
  fn: (tally) =>
    countedOften(tally, size(12, 300), async () => {
      const talk = talkOf(3);
      const cut = cutOf(talk);
      const ended = await meet(talkTo(...talk.names), async (conn) => {
        await serveUpTo(conn, talk, cut);
        await conn.closeWrite();
        await readToEnd(conn);
      });
      const { whole, rest } = progress(talk, cut);
      assertFailed(ended, new RegExp(`ended after ${rest}`));
      assertEquals(
        ended.stdout,
        talk.lines.slice(0, whole).map((line) => `${line}\n`).join(""),
      );
    }),
});

fault({
  target,
  fault: "a server that stops half-way and stays silent",
  fn: (tally) =>
    countedOften(tally, size(12, 300), async () => {
      const talk = talkOf(3);
      const args = talkTo("--timeout=0.2", ...talk.names);
      const ended = await meet(args, async (conn) => {
        await serveUpTo(conn, talk, cutOf(talk));
        await readToEnd(conn);
      });
      assertFailed(ended, /no answer within 0\.2 s/);
      // On a busy machine an answer that was sent may be late too.
      assertBegins(ended, talk.lines);
    }),
});

fault({
  target,
  fault: "a server that resets, in the welcome or in an answer",
  fn: (tally) =>
    countedOften(tally, size(12, 300), async () => {
      const talk = talkOf(3);
      // A client that reads exactly takes answers that come before it asks.
      const bytes = encode(talk.lines.join("")).subarray(0, cutOf(talk));
      const ended = await meetReset(
        talkTo(...talk.names),
        { bytes, first: "server" },
      );
      assertFailed(ended, /(?:reset|closed) the connection|ended after/);
      // What has come and was not read yet may be lost to the reset.
      assertBegins(ended, talk.lines);
    }),
});

fault({
  target,
  fault: "a server that never answers, or never accepts",
  // How many connections wait to be accepted is for the system to say.
  skip: Deno.build.os !== "linux" && "needs Linux",
  async fn(tally) {
    const silent = async () => {
      const ended = await meet(
        talkTo("--timeout=0.2"),
        async (conn) => void await readToEnd(conn),
      );
      assertFailed(ended, /no answer within 0\.2 s/);
    };
    const deaf = async () => {
      using listener = Deno.listen({
        hostname: "127.0.0.1",
        port: 0,
        tcpBacklog: 1,
      });
      const { port } = listener.addr;
      using waiting = new DisposableStack();
      // Linux queues one more than the backlog. Further connections get no answer.
      for (let i = 0; i < 2; i++) {
        waiting.use(await Deno.connect({ hostname: "127.0.0.1", port }));
      }
      await using client = deno(target, talkTo("--timeout=0.2")(port));
      assertFailed(await client.ended(), /no answer within 0\.2 s/);
    };
    await countedOften(
      tally,
      size(4, 50),
      (i) => (i % 2 === 0 ? silent : deaf)(),
    );
  },
});

fault({
  target,
  fault: "a server that answers and never reads",
  skip: noLongCommandLines(),
  fn: (tally) =>
    counted(tally, async () => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      // More names than the kernel keeps for a server that does not take them.
      // No command line of a test's own may be that long: the shell makes it.
      await using client = Process.start("sh", [
        "-c",
        `ulimit -s unlimited && exec "$@" $(yes $(printf %0${MAX_TCP_NAME}d 0) | head -5000)`,
        "sh",
        Deno.execPath(),
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        target,
        "--timeout=0.5",
        `--port=${listener.addr.port}`,
      ], { cwd: ROOT, env: { NO_COLOR: "1" } });
      const conn = await accept(listener, PATIENCE);
      listener.close();
      const answering = (async () => {
        await writeAll(conn, WELCOME);
        const answer = greeting(encode("0".repeat(MAX_TCP_NAME)));
        for (;;) await writeAll(conn, answer);
      })().catch(() => {}); // The client's end ends it.
      const ended = await client.ended();
      conn.close();
      await answering;
      assertFailed(ended, /no answer within 0\.5 s/);
    }),
});

function noLongCommandLines(): string | false {
  if (Deno.build.os !== "linux") return "needs Linux";
  return !works("sh", "-c", "ulimit -s unlimited") && "no long command lines";
}

fault({
  target,
  fault: "escape sequences, bidi controls, broken UTF-8 and NULs",
  fn: (tally) =>
    countedOften(tally, size(10, 300), async (i) => {
      const { names, answers, lines } = talkOf(20);
      const trace = i % 2 === 0 ? [] : ["--trace"];
      const ended = await meet(talkTo(...trace, ...names), async (conn) => {
        const wrong = below(names.length + 1);
        for (const [at, answer] of answers.entries()) {
          if (at === wrong) {
            await writeAll(conn, hostileBytes(answer.length));
            await readToEnd(conn);
            return;
          }
          await writeAll(conn, answer);
          await expectName(conn, names[at] ?? "exit");
        }
      });
      const stderr = ended.stderr.replace(/^(\d+\.\d+ | {6}).*\n/gm, "");
      assertFailed({ ...ended, stderr }, /Expected ".*", but ".*" came/);
      assertHarmless(ended);
      assertBegins(ended, lines);
    }),
});
