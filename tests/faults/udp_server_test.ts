import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { python } from "../support/python.ts";
import { ROOT, type Server, startServer, stop } from "../support/scripts.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import { encode, PATIENCE, repeat } from "../support/peers.ts";
import { UdpNeighbour } from "../support/well_behaved_udp_client.ts";
import { UdpPeer } from "../support/udp_peer.ts";
import { descriptors, noProc } from "../support/usage.ts";

const target = "udp_server.ts";

/** The longest name whose greeting fits a datagram, and the longest datagram. */
const [LONGEST_NAME, LONGEST] = [65_499, 65_507];

/** So many small datagrams surely find room in the kernel's buffer at once. */
const ROOM = 100;

/**
 * Attacks a server while a neighbour talks to it. Then the server must answer
 * still, have no more files open than before, and stop when it is told to.
 *
 * @returns What it has printed.
 */
async function attack(
  tally: Tally,
  args: string[],
  doIt: (server: Server) => Promise<void>,
): Promise<{ received: string[]; notes: string[] }> {
  await using server = await startServer(target, args);
  const { port, process: { pid } } = server;
  using peer = new UdpPeer(port);
  await tally.count(peer.asks(encode("Michael")));
  const before = descriptors(pid);
  {
    await using _neighbour = new UdpNeighbour(port, tally);
    await doIt(server);
  }
  // It has one queue: what was sent before this is dealt with when this is.
  await tally.count(peer.asks(encode("Tracy")));
  const end = performance.now() + PATIENCE;
  while (descriptors(pid) > before) {
    assert(performance.now() < end, `${descriptors(pid)} descriptors are open`);
    await delay(20);
  }
  const { stdout, stderr } = await stop(server);
  const lines = (text: string) => text.split("\n").slice(0, -1);
  return { received: lines(stdout).slice(1), notes: lines(stderr) };
}

/** Asks so many names, this many at once, each of these from its own socket. */
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
      await tally.count(peer.asks(name(next++)));
    }
  });
}

fault({
  target,
  fault: "empty datagrams",
  skip: noProc,
  async fn(tally) {
    const empty = new Uint8Array();
    const { notes } = await attack(
      tally,
      ["--quiet"],
      (server) => ask(tally, server, size(5_000, 100_000), 20, () => empty),
    );
    assertEquals(notes, []);
  },
});

for (const args of [[], ["--quiet"]]) {
  fault({
    target: [target, ...args].join(" "),
    fault: "datagrams too long to be answered",
    skip: noProc,
    async fn(tally) {
      const times = size(100, 2_000);
      const expected: string[] = [];
      const { notes } = await attack(tally, args, async ({ port }) => {
        using peer = new UdpPeer(port);
        for (let i = 0; i < times && tally.lost === 0; i++) {
          const length = i % 2 === 0 ? LONGEST : LONGEST_NAME + 1;
          await peer.send(new Uint8Array(length));
          // An answer to the long one would come first, and be the wrong one.
          await tally.count(peer.asks(encode(`Sarah ${i}`)));
        }
        expected.push(...Array.from(
          { length: times },
          () =>
            `${target}: Cannot talk to 127.0.0.1:${peer.port} over UDP: ` +
            "the datagram would be too long: 65,507 bytes are the most",
        ));
      });
      assertEquals(notes, args.length === 0 ? expected : []);
    },
  });
}

fault({
  target,
  fault: "names as long as can be answered",
  skip: noProc,
  async fn(tally) {
    const { notes } = await attack(
      tally,
      ["--quiet"],
      (server) =>
        ask(
          tally,
          server,
          size(500, 10_000),
          1,
          (i) => new Uint8Array(LONGEST_NAME).fill(i),
        ),
    );
    assertEquals(notes, []);
  },
});

fault({
  target,
  fault: "random bytes, of every length that can be answered",
  skip: noProc,
  async fn(tally) {
    const { notes } = await attack(tally, ["--quiet"], (server) =>
      // More of the long ones at once would not find room.
      ask(tally, server, size(5_000, 100_000), 2, (i) =>
        // The step has no factor in common with the number of lengths: few
        // datagrams spread over all lengths, many have each of them.
        crypto.getRandomValues(
          new Uint8Array(i * 13 % (LONGEST_NAME + 1)),
        )));
    assertEquals(notes, []);
  },
});

fault({
  target,
  fault: "senders that are gone before they are answered",
  skip: noProc,
  async fn(tally) {
    const gone: string[] = [];
    const { received, notes } = await attack(tally, [], async (server) => {
      // It keeps its port, so no answer to one that is gone comes here.
      using stays = new UdpPeer(server.port);
      for (let left = size(1_000, 10_000); left > 0; left -= ROOM) {
        server.process.kill("SIGSTOP");
        for (let i = 0; i < Math.min(left, ROOM); i++) {
          using peer = new UdpPeer(server.port);
          await peer.send(encode("Sarah"));
          gone.push(`Received from 127.0.0.1:${peer.port}.`);
        }
        server.process.kill("SIGCONT");
        await tally.count(stays.asks(encode("Tracy")));
      }
    });
    const seen = new Set(received);
    assertEquals(gone.filter((line) => !seen.has(line)), []);
    assertEquals(notes, []);
  },
});

/** Why datagrams cannot be forged here; `false` if they can. */
function noForging(): string | false {
  if (noProc) return noProc;
  if (python === null) return "no Python";
  const { success } = new Deno.Command(python, {
    args: [FORGE, "1", "1", "0"],
    cwd: ROOT,
    stderr: "null",
  }).outputSync();
  return !success && "needs root for raw sockets";
}

const FORGE = "tests/support/forged_udp.py";

async function forge(from: number, { port }: Server, count: number) {
  const args = [FORGE, ...[from, port, count].map(String)];
  const { success, stderr } = await new Deno.Command(python ?? "", {
    args,
    cwd: ROOT,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

const noRaw = noForging();

for (const args of [[], ["--quiet"]]) {
  fault({
    target: [target, ...args].join(" "),
    fault: "senders with the port 0",
    skip: noRaw,
    async fn(tally) {
      const times = size(2, 20);
      const { notes } = await attack(tally, args, async (server) => {
        for (let i = 0; i < times; i++) {
          await forge(0, server, ROOM);
          await ask(tally, server, 1, 1, () => encode("Tracy"));
        }
      });
      const note = `${target}: Cannot talk to 127.0.0.1:0 over UDP: `;
      assertEquals(
        notes.map((line) => line.slice(0, note.length)),
        args.length === 0
          ? Array.from({ length: times * ROOM }, () => note)
          : [],
      );
    },
  });
}

fault({
  target,
  fault: "a datagram forged in its own name",
  skip: noRaw,
  async fn(tally) {
    const { received, notes } = await attack(
      tally,
      [],
      async (server) => {
        await forge(server.port, server, 1);
        // It greets itself, 8 bytes more each time, until a greeting is too long.
        await server.process.errorLine(
          `${target}: Cannot talk to 127.0.0.1:${server.port} over UDP: ` +
            "the datagram would be too long: 65,507 bytes are the most",
        );
      },
    );
    assertEquals(notes.length, 1);
    assert(received.length > (LONGEST - "forged".length) / 8);
  },
});
