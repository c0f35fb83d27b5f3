import { assert, assertEquals } from "@std/assert";
import { python } from "../python.ts";
import { ROOT, type Server, startServer, stop } from "../scripts.ts";
import { fault, size, type Tally } from "./fault.ts";
import { repeat } from "./peers.ts";
import { UdpPeer } from "./udp_peer.ts";
import { descriptors, noProc } from "./usage.ts";

const target = "udp_server.ts";

/**
 * Does something to a server while others are served, and then looks whether it
 * is as it was.
 */
async function withServer(
  tally: Tally,
  attack: (server: Server) => Promise<unknown>,
): Promise<string> {
  await using server = await startServer(target);
  const before = noProc ? 0 : descriptors(server.process.pid);
  let isOver = false;
  const neighbour = (async () => {
    using peer = new UdpPeer(server.port);
    for (let i = 0; !isOver; i++) {
      const name = new TextEncoder().encode(`neighbour ${i}`);
      if (!await tally.count(peer.asks(name))) return;
    }
  })();
  try {
    await attack(server);
  } finally {
    isOver = true;
    await neighbour;
  }
  if (!noProc) assertEquals(descriptors(server.process.pid), before);
  return (await stop(server)).stderr;
}

fault({
  target,
  fault: "empty datagrams, and the longest that can be answered",
  async fn(tally) {
    const stderr = await withServer(tally, async ({ port }) => {
      using peer = new UdpPeer(port);
      for (let i = 0; i < size(50, 1_000); i++) {
        await tally.count(peer.asks(new Uint8Array()));
        await tally.count(peer.asks(new Uint8Array(65_499).fill(i)));
      }
    });
    assertEquals(stderr, "");
  },
});

fault({
  target,
  fault: "datagrams whose answer would be too long to send",
  async fn(tally) {
    const stderr = await withServer(tally, async ({ port, process }) => {
      using peer = new UdpPeer(port);
      for (let length = 65_500; length <= 65_507; length++) {
        await peer.send(new Uint8Array(length));
        await process.errorLine(
          new RegExp(
            `^udp_server\\.ts: Cannot talk to 127\\.0\\.0\\.1:${peer.port} `,
          ),
        );
        await tally.count(peer.asks(new Uint8Array(10)));
      }
    });
    assertEquals(stderr.trimEnd().split("\n").length, 8);
  },
});

fault({
  target,
  fault: "random datagrams of every length",
  async fn(tally) {
    const count = size(5_000, 100_000);
    const stderr = await withServer(tally, async ({ port }) => {
      const peers = Array.from({ length: 8 }, () => new UdpPeer(port));
      let next = 0;
      await Promise.all(peers.map(async (peer) => {
        while (next < count) {
          // Mostly short ones, but each length up to the longest once in a while.
          const at = next++;
          const length = at % 50 === 0 ? at * 7_919 % 65_500 : at % 1_500;
          const name = crypto.getRandomValues(new Uint8Array(length));
          await tally.count(peer.asks(name));
        }
      }));
      for (const peer of peers) peer[Symbol.dispose]();
    });
    assertEquals(stderr, "");
  },
});

fault({
  target,
  fault: "senders that are gone before they are answered",
  async fn(tally) {
    await withServer(
      tally,
      ({ port }) =>
        repeat(size(200, 1_000), 10, async () => {
          using peer = new UdpPeer(port);
          await peer.send(new Uint8Array(100));
        }),
    );
  },
});

const RAW = `
import socket, struct, sys
data = b"Sarah"
# A UDP header by hand: RFC 768. The checksum may be left out over IPv4.
header = struct.pack("!HHHH", 0, int(sys.argv[1]), 8 + len(data), 0)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as s:
    for _ in range(int(sys.argv[2])):
        s.sendto(header + data, ("127.0.0.1", 0))
`;

fault({
  target,
  fault: "a source port of 0, to which nothing can be sent",
  skip: rawSockets(),
  async fn(tally) {
    const count = size(20, 200);
    const stderr = await withServer(tally, async ({ port, process }) => {
      const { success } = await new Deno.Command(python ?? "", {
        args: ["-c", RAW, String(port), String(count)],
        cwd: ROOT,
      }).output();
      assert(success);
      for (let i = 0; i < count; i++) {
        await process.errorLine(
          /^udp_server\.ts: Cannot talk to 127\.0\.0\.1:0 /,
        );
      }
    });
    assertEquals(stderr.trimEnd().split("\n").length, count);
  },
});

function rawSockets(): string | false {
  if (python === null) return "no python3";
  const open =
    "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 17)";
  const { success } = new Deno.Command(python, {
    args: ["-c", open],
    stderr: "null",
  }).outputSync();
  return success ? false : "raw sockets need root";
}
