import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "@std/async/delay";
import { countedOften, fault, size } from "../support/fault.ts";
import {
  assertHarmless,
  below,
  hostileBytes,
} from "../support/hostile_bytes.ts";
import { type Ended } from "../support/process.ts";
import { deno, startServer } from "../support/scripts.ts";
import { openUdp } from "../support/udp.ts";
import {
  assertGreets,
  CLIENT as target,
  greet,
  meet,
} from "../support/udp_client.ts";
import { lossy, UdpRelay } from "../support/udp_relay.ts";
import { encode, hello, MAX_DATAGRAM } from "../support/bytes.ts";
import { noLinux, noSignals } from "../support/skip.ts";

/** A time-out that is long enough for one try on a busy machine. */
const PATIENT = "--timeout=30";
const NAMES = ["Michael", "Tracy", "Sarah", "Tracy"];

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
    const all = { lost: 0, doubled: 0, overtaken: 0 };
    const names = Array.from({ length: 20 }, (_, i) => `Name ${i % 15}`);
    await countedOften(tally, size(3, 100), async () => {
      const { way, delay, did } = lossy();
      await using relay = new UdpRelay(server.port, way, delay);
      const options = ["--timeout=0.1", "--retries=40"];
      const args = [`--port=${relay.port}`, ...options, ...names];
      await using client = deno(target, args);
      assertGreets(await client.ended(), names);
      all.lost += did.lost;
      all.doubled += did.doubled;
      all.overtaken += relay.overtaken;
    });
    assert(all.lost > 0 && all.doubled > 0 && all.overtaken > 0);
  },
});

fault({
  target,
  fault: "other addresses that answer first, with the right words too",
  fn: (tally) =>
    countedOften(tally, size(4, 300), async (i) => {
      using other = openUdp();
      // In every other run the server itself never answers.
      const isSilent = i % 2 === 1;
      const args = isSilent ? ["--timeout=0.2", "--retries=1"] : [PATIENT];
      const met = await meet([...args, ...NAMES], async (asked) => {
        const { name, sender } = asked;
        for (const text of [hello(name), "", name, "\x1b[2J"]) {
          await other.send(encode(text), sender);
        }
        if (!isSilent) await greet(asked);
      });
      if (!isSilent) {
        assertGreets(met, NAMES);
        assertEquals(met.names, NAMES);
        return;
      }
      assertNoAnswer(met, "2 tries");
      assertEquals(met.stdout, "");
      const what = ` 127.0.0.1:${other.addr.port} answered instead of `;
      assert(met.stderr.includes(what), met.stderr);
    }),
});

fault({
  target,
  fault: "a stop (Ctrl-Z, fg) for longer than its time-out, the answer ready",
  skip: noSignals,
  fn: (tally) =>
    countedOften(tally, size(2, 20), async () => {
      using other = openUdp();
      const names = NAMES.slice(0, 2);
      const args = ["--timeout=1", "--retries=0", ...names];
      const met = await meet(args, async (asked, client) => {
        client.kill("SIGSTOP");
        // The answer is not the first datagram that lies ready.
        for (let i = 0; i < 50; i++) {
          await other.send(encode("x"), asked.sender);
        }
        await greet(asked);
        await delay(1_500); // The time-out passes.
        client.kill("SIGCONT");
      });
      assertGreets(met, names);
      assertEquals(met.names, names);
    }),
});

fault({
  target,
  fault: "another address that leaves no room for the answer",
  // How much room there is, is for the system to say.
  skip: noLinux,
  fn: (tally) =>
    countedOften(tally, size(2, 100), async () => {
      using other = openUdp();
      const flood = encode(hello("other"));
      const names = NAMES.slice(0, 3);
      const flooded = new Set<string>();
      const args = ["--timeout=0.1", "--retries=100", ...names];
      const met = await meet(args, async (asked, client) => {
        const { name, sender } = asked;
        if (flooded.has(name)) return await greet(asked);
        flooded.add(name);
        // The kernel keeps some hundreds and drops the rest, and the answer.
        client.kill("SIGSTOP");
        for (let i = 0; i < 2_000; i++) await other.send(flood, sender);
        await greet(asked);
        client.kill("SIGCONT");
      });
      assertGreets(met, names);
      assert(met.names.length >= 6, "Each had to be asked for twice");
    }),
});

fault({
  target,
  fault: "a server that stops answering",
  fn: (tally) =>
    countedOften(tally, size(2, 100), async () => {
      const met = await meet(
        ["--timeout=0.4", "--retries=3", "Michael", "Tracy", "Sarah"],
        async (asked) => {
          if (asked.name === "Michael") await greet(asked);
        },
      );
      assertNoAnswer(met, "4 tries");
      assertEquals(met.stdout, `${hello("Michael")}\n`);
      // On a busy machine it may have asked for the first more than once.
      const rest = met.names.filter((name) => name !== "Michael");
      assertEquals(rest, Array(4).fill("Tracy"));
    }),
});

fault({
  target,
  fault: "no server there",
  fn: (tally) =>
    countedOften(tally, size(1, 50), async () => {
      const socket = openUdp();
      const { port } = socket.addr;
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
    countedOften(tally, size(6, 300), async (i) => {
      const trace = i % 2 === 0 ? [] : ["--trace"];
      const length = i % 5 === 0 ? MAX_DATAGRAM : 1 + below(2_000);
      // With some of them the greeting follows.
      const follows = i % 3 === 0;
      const args = follows ? [PATIENT] : ["--timeout=0.2", "--retries=0"];
      const met = await meet([...trace, ...args, ...NAMES], async (asked) => {
        await asked.answer(hostileBytes(length));
        if (follows) await greet(asked);
      });
      assertHarmless(met);
      const { code, stdout } = met;
      const greetings = NAMES.map((name) => `${hello(name)}\n`).join("");
      assertEquals({ code, stdout }, {
        code: follows ? 0 : 1,
        stdout: follows ? greetings : "",
      });
      if (trace.length > 0) return;
      if (follows) assertEquals(met.stderr, "");
      else assertNoAnswer(met, "one try");
    }),
});
