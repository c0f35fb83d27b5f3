import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { MAX_UDP_NAME } from "../../lib/greeting.ts";
import { run, works } from "../support/process.ts";
import { python } from "../support/python.ts";
import { type Server, startServer, stop } from "../support/scripts.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import { PATIENCE, repeat } from "../support/tcp_peers.ts";
import { UdpPeer, wellBehavedUdpClient } from "../support/udp_peers.ts";
import { descriptors, noProc } from "../support/linux_proc.ts";
import { encode, hello, MAX_DATAGRAM } from "../support/bytes.ts";

const target = "udp_server.ts";

/** A number of small datagrams that fits the kernel's buffer at once. */
const ROOM = 100;

/**
 * Attacks a server while a well-behaved client talks to it. Then the server must
 * still answer, have no more open files than before, and stop on SIGTERM.
 *
 * @returns What it printed.
 */
async function attack(
  tally: Tally,
  args: string[],
  doIt: (server: Server) => Promise<void>,
): Promise<{ received: string[]; notes: string[] }> {
  await using server = await startServer(target, args);
  const { port, process: { pid } } = server;
  using peer = new UdpPeer(port);
  await tally.count(peer.isGreeted(encode("Michael")));
  const before = descriptors(pid);
  {
    await using _client = wellBehavedUdpClient(port, tally);
    await doIt(server);
  }
  // Datagrams wait in one queue: once this one is answered, all earlier ones are done.
  await tally.count(peer.isGreeted(encode("Tracy")));
  const end = performance.now() + PATIENCE;
  while (descriptors(pid) > before) {
    assert(performance.now() < end, `${descriptors(pid)} descriptors are open`);
    await delay(20);
  }
  const { stdout, stderr } = await stop(server);
  const lines = (text: string) => text.split("\n").slice(0, -1);
  return { received: lines(stdout).slice(1), notes: lines(stderr) };
}

/**
 * How many failures these notes stand for: at most one note a second, with the number of
 * those left out.
 */
function counted(notes: string[], port: number, why: string): number {
  const note = `${target}: Cannot talk to 127.0.0.1:${port} over UDP: ${why}`;
  return notes.map((line) => {
    assert(line.startsWith(note), line);
    const rest = line.slice(note.length);
    if (rest === "") return 1;
    const [, more] = /^ \(and ([\d,]+) more like it\)$/.exec(rest) ?? [];
    assert(more !== undefined, line);
    return 1 + Number(more.replaceAll(",", ""));
  }).reduce((sum, count) => sum + count, 0);
}

/** Sends a number of names, `atOnce` at a time, each from a socket of its own. */
async function ask(
  tally: Tally,
  { port }: Server,
  times: number,
  atOnce: number,
  name: (i: number) => Uint8Array,
): Promise<void> {
  let next = 0;
  await repeat(atOnce, atOnce, async () => {
    using peer = new UdpPeer(port);
    while (next < times && tally.lost === 0) {
      await tally.count(peer.isGreeted(name(next++)));
    }
  });
}

/** Datagrams that are all answered: how many, how many at a time, and which. */
const ANSWERED: [
  fault: string,
  times: number,
  atOnce: number,
  name: (i: number) => Uint8Array,
][] = [
  ["empty datagrams", size(2_000, 100_000), 20, () => new Uint8Array()],
  [
    "names as long as can be answered",
    size(200, 10_000),
    1,
    (i) => new Uint8Array(MAX_UDP_NAME).fill(i),
  ],
  // More of the long ones at once would overflow the buffer. The step has no factor in
  // common with the number of lengths: few datagrams spread over all lengths.
  [
    "random bytes, of every length that can be answered",
    size(2_000, 100_000),
    2,
    (i) => crypto.getRandomValues(new Uint8Array(i * 13 % (MAX_UDP_NAME + 1))),
  ],
  [
    "names that look like its own greetings",
    size(40, 1_000),
    4,
    (i) => encode([hello("a"), hello(hello("a")), "Hello, "][i % 3] ?? ""),
  ],
];

for (const [name, times, atOnce, nameOf] of ANSWERED) {
  fault({
    target,
    fault: name,
    skip: noProc,
    async fn(tally) {
      const { notes } = await attack(
        tally,
        [],
        (server) => ask(tally, server, times, atOnce, nameOf),
      );
      assertEquals(notes, []);
    },
  });
}

fault({
  target,
  fault: "datagrams too long to be answered",
  skip: noProc,
  async fn(tally) {
    const times = size(100, 2_000);
    let peerPort = 0;
    const { notes } = await attack(tally, [], async ({ port }) => {
      using peer = new UdpPeer(port);
      peerPort = peer.port;
      for (let i = 0; i < times && tally.lost === 0; i++) {
        const length = i % 2 === 0 ? MAX_DATAGRAM : MAX_UDP_NAME + 1;
        await peer.send(new Uint8Array(length));
        // An answer to the long one would come first, and be wrong.
        await tally.count(peer.isGreeted(encode(`Sarah ${i}`)));
      }
    });
    const why = "the datagram is too long; 65,507 bytes fit";
    assertEquals(counted(notes, peerPort, why), times);
    assert(notes.length <= Math.max(3, times / 10), `${notes.length} notes`);
  },
});

fault({
  target,
  fault: "senders that close before they are answered",
  skip: noProc,
  async fn(tally) {
    const gone: string[] = [];
    const { received, notes } = await attack(tally, [], async (server) => {
      // It keeps its port, so no answer to a closed socket comes here.
      using stays = new UdpPeer(server.port);
      for (let left = size(500, 10_000); left > 0; left -= ROOM) {
        server.process.kill("SIGSTOP");
        for (let i = 0; i < Math.min(left, ROOM); i++) {
          using peer = new UdpPeer(server.port);
          await peer.send(encode("Sarah"));
          gone.push(`Received from 127.0.0.1:${peer.port}.`);
        }
        server.process.kill("SIGCONT");
        await tally.count(stays.isGreeted(encode("Tracy")));
      }
    });
    const seen = new Set(received);
    assertEquals(gone.filter((line) => !seen.has(line)), []);
    assertEquals(notes, []);
  },
});

const FORGE = `${import.meta.dirname}/../support/forged_udp.py`;

/** Why datagrams cannot be forged here; `false` if they can. */
function noForging(): string | false {
  if (noProc) return noProc;
  if (python === null) return "no Python";
  return !works(python, FORGE, "1", "1", "0", "") &&
    "needs root for raw sockets";
}

const noRaw = noForging();

/** Sends datagrams to a server in the name of a port of this machine. */
async function forge(
  from: number,
  { port }: Server,
  count = 1,
  name = "forged",
) {
  const args = [FORGE, ...[from, port, count].map(String), name];
  await run(python ?? "", args);
}

for (
  const [args, port] of [
    [[], 0],
    [[], 19],
    [[], 1023],
    [["--quiet"], 19],
  ] as const
) {
  fault({
    target: [target, ...args].join(" "),
    fault: `senders with the port ${port}, of a service and no client`,
    skip: noRaw,
    async fn(tally) {
      const times = size(2, 20);
      const { received, notes } = await attack(
        tally,
        [...args],
        async (server) => {
          for (let i = 0; i < times; i++) {
            await forge(port, server, ROOM);
            await ask(tally, server, 1, 1, () => encode("Tracy"));
          }
        },
      );
      assertEquals(received.filter(isFrom(port)), []);
      const why = "Not answered: a client has no port below 1024";
      const reported = counted(notes, port, why);
      assertEquals(reported, args.length === 0 ? times * ROOM : 0);
      // Counted, and not one line each.
      assert(notes.length <= times + 1, `${notes.length} lines`);
    },
  });
}

/** Names that a datagram is forged with, a greeting among them. */
const FORGED = ["forged", hello("forged"), ""];

/** How many answers of a server a loop may have, its first one included. */
const MAX_ANSWERS = 3;

/** More rounds of a loop than there may be, each waited for with a question. */
const ROUNDS = 20;

/** What ends a loop, in the server's words. */
const LOOP = "Not answered: a loop of answers";

function isFrom(port: number): (line: string) => boolean {
  return (line) => line === `Received from 127.0.0.1:${port}.`;
}

/** Checks that each forged name has caused at least one answer, and no endless loop. */
function assertEnds(answers: number): void {
  assert(answers >= FORGED.length, `${answers} answers`);
  assert(answers <= MAX_ANSWERS * FORGED.length, `${answers} answers`);
}

for (const whose of ["its own name", "the name of another such server"]) {
  fault({
    target,
    fault: `datagrams forged in ${whose}`,
    skip: noRaw,
    async fn(tally) {
      await using other = await startServer(target);
      let own = 0;
      let from = other;
      const { received, notes } = await attack(tally, [], async (server) => {
        own = server.port;
        if (whose === "its own name") from = server;
        for (const name of FORGED) await forge(from.port, server, 1, name);
        // A server has one queue: a loop would be a round further with each question.
        for (let i = 0; i < ROUNDS; i++) {
          for (const one of [server, other]) {
            await ask(tally, one, 1, 1, () => encode("Tracy"));
          }
        }
      });
      const { stdout, stderr } = await stop(other);
      assertEnds(
        received.filter(isFrom(from.port)).length +
          stdout.split("\n").filter(isFrom(own)).length,
      );
      const others = stderr.split("\n").slice(0, -1);
      assertEquals(
        counted(notes, from.port, LOOP) + counted(others, own, LOOP),
        FORGED.length,
      );
    },
  });
}
