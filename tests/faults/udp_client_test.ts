import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { greeting } from "../../lib/greeting.ts";
import { type Ended, type Process, run } from "../support/process.ts";
import { python } from "../support/python.ts";
import {
  deno,
  ROOT,
  type ScriptOptions,
  startServer,
} from "../support/scripts.ts";
import { countedOften, fault, size } from "../support/fault.ts";
import {
  assertHarmless,
  below,
  hostileBytes,
} from "../support/hostile_bytes.ts";
import { LossyRelay } from "../support/lossy_relay.ts";
import { encode, hello, MAX_DATAGRAM } from "../support/wire.ts";

const target = "udp_client.ts";
const HOST = "127.0.0.1";
/** A time-out that is long enough for one try on a busy machine. */
const PATIENT = "--timeout=30";
const NAMES = ["Michael", "Tracy", "Sarah", "Tracy"];

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
}

function portOf(socket: Deno.DatagramConn): number {
  return (socket.addr as Deno.NetAddr).port;
}

/** What the client has printed, and what it has sent to its server. */
interface Met extends Ended {
  names: string[];
}

/** Does something about a name: `answer` sends a datagram as the server. */
type Serve = (
  name: string,
  answer: (datagram: Uint8Array) => Promise<number>,
  sender: Deno.NetAddr,
  client: Process,
) => Promise<unknown>;

/** Runs the client against a socket that does with each name what the test wants. */
async function meet(
  socket: Deno.DatagramConn,
  args: string[],
  serve: Serve,
  options?: ScriptOptions,
): Promise<Met> {
  const port = portOf(socket);
  const names: string[] = [];
  await using client = deno(target, [`--port=${port}`, ...args], options);
  const serving = (async () => {
    for await (const [datagram, sender] of socket) {
      // Its own, which ends it: all that the client has sent stands before it.
      if ((sender as Deno.NetAddr).port === port) break;
      const name = new TextDecoder().decode(datagram);
      names.push(name);
      const answer = (bytes: Uint8Array) => socket.send(bytes, sender);
      await serve(name, answer, sender as Deno.NetAddr, client);
    }
  })();
  try {
    const ended = await client.ended();
    await socket.send(new Uint8Array(), socket.addr);
    await serving;
    return { ...ended, names };
  } finally {
    socket.close();
  }
}

/** Checks that every name was greeted once, in order, and nothing else printed. */
function assertGreets({ code, stdout, stderr }: Ended, names: string[]): void {
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: names.map((name) => `${hello(name)}\n`).join(""),
    stderr: "",
  });
}

/** Checks that the client has failed as it promises: 1, and one line that says why. */
function assertNoAnswer(ended: Ended, tries: string): void {
  const { code, stderr } = ended;
  assertEquals(code, 1, stderr);
  assertMatch(
    stderr,
    /^udp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over UDP: [^\n]+\n$/,
  );
  assert(stderr.includes(`: No answer to ${tries} of `), stderr);
  assertHarmless(ended);
}

fault({
  target,
  fault: "a network that loses 30 % each way, doubles, delays and reorders",
  async fn(tally) {
    await using server = await startServer("udp_server.ts", ["--quiet"]);
    const did = { lost: 0, doubled: 0, overtaken: 0 };
    const names = Array.from({ length: 20 }, (_, i) => `Name ${i % 15}`);
    await countedOften(tally, size(4, 100), async () => {
      const seed = below(2 ** 32);
      try {
        await using relay = new LossyRelay(server.port, seed);
        await using client = deno(target, [
          `--port=${relay.port}`,
          "--timeout=0.1",
          "--retries=40",
          ...names,
        ]);
        assertGreets(await client.ended(), names);
        did.lost += relay.did.lost;
        did.doubled += relay.did.doubled;
        did.overtaken += relay.did.overtaken;
      } catch (cause) {
        throw new Error(`With the seed ${seed}`, { cause });
      }
    });
    assert(did.lost > 0 && did.doubled > 0 && did.overtaken > 0);
  },
});

fault({
  target,
  fault: "other addresses that answer first, with the right words too",
  fn: (tally) =>
    countedOften(tally, size(10, 300), async (i) => {
      const other = open();
      // In every other run the server itself never answers.
      const isSilent = i % 2 === 1;
      const args = isSilent ? ["--timeout=0.2", "--retries=1"] : [PATIENT];
      try {
        const ended = await meet(open(), [...args, ...NAMES], async (
          name,
          answer,
          sender,
        ) => {
          for (const text of [hello(name), "", name, "\x1b[2J"]) {
            await other.send(encode(text), sender);
          }
          if (!isSilent) await answer(greeting(encode(name)));
        });
        if (isSilent) {
          assertNoAnswer(ended, "2 tries");
          assertEquals(ended.stdout, "");
          const { stderr } = ended;
          const what = ` 127.0.0.1:${portOf(other)} answered instead of `;
          assert(stderr.includes(what), stderr);
        } else {
          assertGreets(ended, NAMES);
          assertEquals(ended.names, NAMES);
        }
      } finally {
        other.close();
      }
    }),
});

fault({
  target,
  fault: "a stop (Ctrl-Z, fg) for longer than its time-out, the answer ready",
  skip: Deno.build.os === "windows" && "no SIGSTOP",
  fn: (tally) =>
    countedOften(tally, size(2, 20), async () => {
      const other = open();
      const names = NAMES.slice(0, 2);
      try {
        const ended = await meet(
          open(),
          ["--timeout=1", "--retries=0", ...names],
          async (name, answer, sender, client) => {
            client.kill("SIGSTOP");
            // The answer is not the first datagram that lies ready.
            for (let i = 0; i < 50; i++) await other.send(encode("x"), sender);
            await answer(greeting(encode(name)));
            await delay(1_500); // The time-out passes.
            client.kill("SIGCONT");
          },
        );
        assertGreets(ended, names);
        assertEquals(ended.names, names);
      } finally {
        other.close();
      }
    }),
});

fault({
  target,
  fault: "another address that leaves no room for the answer",
  // How much room there is, is for the system to say.
  skip: Deno.build.os !== "linux" && "needs Linux",
  fn: (tally) =>
    countedOften(tally, size(4, 100), async () => {
      const other = open();
      const flood = encode(hello("other"));
      const flooded = new Set<string>();
      try {
        const ended = await meet(
          open(),
          ["--timeout=0.1", "--retries=100", ...NAMES.slice(0, 3)],
          async (name, answer, sender, client) => {
            const isFirst = !flooded.has(name);
            flooded.add(name);
            if (isFirst) {
              // The kernel keeps some hundreds and drops the rest, and with it
              // the answer.
              client.kill("SIGSTOP");
              for (let i = 0; i < 2_000; i++) {
                await other.send(flood, sender);
              }
            }
            await answer(greeting(encode(name)));
            if (isFirst) client.kill("SIGCONT");
          },
        );
        assertGreets(ended, NAMES.slice(0, 3));
        assert(ended.names.length >= 6, "Each had to be asked for twice");
      } finally {
        other.close();
      }
    }),
});

fault({
  target,
  fault: "another host that answers from the server's port",
  skip: noOtherHost(),
  fn: (tally) =>
    countedOften(tally, size(4, 50), async () => {
      const socket = open();
      const ended = await meet(
        socket,
        [PATIENT, ...NAMES],
        async (name, answer, { port }) => {
          const text = `It is not me, ${name}`;
          await sendFrom("127.0.0.2", portOf(socket), port, text);
          await answer(greeting(encode(name)));
        },
      );
      assertGreets(ended, NAMES);
    }),
});

/** Why there is no other host to send from; `false` if there is one. */
function noOtherHost(): string | false {
  if (python === null) return "no Python";
  // Elsewhere this machine is 127.0.0.1 alone.
  return Deno.build.os !== "linux" && "needs Linux";
}

/** Sends a text from another address, for which this test has no permission. */
async function sendFrom(host: string, port: number, to: number, text: string) {
  const args = ["tests/support/second_sender.py", host, `${port}`, `${to}`];
  await run(python ?? "", [...args, text], { cwd: ROOT });
}

fault({
  target,
  fault: "a server that never answers",
  fn: (tally) =>
    countedOften(tally, size(12, 300), async (i) => {
      const tries = 1 + i % 6;
      const ended = await meet(
        open(),
        ["--timeout=0.05", `--retries=${tries - 1}`, ...NAMES],
        () => Promise.resolve(),
      );
      assertNoAnswer(ended, tries === 1 ? "one try" : `${tries} tries`);
      assertEquals(ended.stdout, "");
      // Asked so often, and for none of the other names at all.
      assertEquals(ended.names, Array(tries).fill(NAMES[0]));
    }),
});

fault({
  target,
  fault: "a server that stops answering",
  fn: (tally) =>
    countedOften(tally, size(4, 100), async () => {
      const ended = await meet(
        open(),
        ["--timeout=0.4", "--retries=3", "Michael", "Tracy", "Sarah"],
        (name, answer) =>
          name === "Michael"
            ? answer(greeting(encode(name)))
            : Promise.resolve(),
      );
      assertNoAnswer(ended, "4 tries");
      assertEquals(ended.stdout, `${hello("Michael")}\n`);
      const [, ...rest] = ended.names.filter((name, i, names) =>
        // On a busy machine it may have asked for the first more than once.
        name !== "Michael" || names[i + 1] !== "Michael"
      );
      assertEquals(rest, Array(4).fill("Tracy"));
    }),
});

fault({
  target,
  fault: "no server there",
  fn: (tally) =>
    countedOften(tally, size(4, 50), async () => {
      const socket = open();
      const port = portOf(socket);
      socket.close();
      const args = [`--port=${port}`, "--timeout=0.05", "--retries=2"];
      await using client = deno(target, args);
      const ended = await client.ended();
      assertNoAnswer(ended, "3 tries");
      assertEquals(ended.stdout, "");
    }),
});

fault({
  target,
  fault: "escape sequences, bidi controls, broken UTF-8 and NULs",
  fn: (tally) =>
    countedOften(tally, size(10, 300), async (i) => {
      const trace = i % 2 === 0 ? [] : ["--trace"];
      const length = i % 5 === 0 ? MAX_DATAGRAM : 1 + below(2_000);
      // With some of them the greeting follows.
      const follows = i % 3 === 0;
      const args = follows ? [PATIENT] : ["--timeout=0.2", "--retries=0"];
      const ended = await meet(
        open(),
        [...trace, ...args, ...NAMES],
        async (name, answer) => {
          await answer(hostileBytes(length));
          if (follows) await answer(greeting(encode(name)));
        },
      );
      assertHarmless(ended);
      const { code, stdout, stderr } = ended;
      const greetings = NAMES.map((name) => `${hello(name)}\n`).join("");
      assertEquals({ code, stdout }, {
        code: follows ? 0 : 1,
        stdout: follows ? greetings : "",
      });
      if (trace.length > 0) return;
      if (follows) assertEquals(stderr, "");
      else assertNoAnswer(ended, "one try");
    }),
});
