import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  decode,
  encode,
  type Kind,
  MAX_DATA,
  MAX_WINDOW,
  toNumber,
} from "../../examples/file/packet.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import {
  RECEIVERS,
  SENDERS,
  TransferFolder,
} from "../support/file_transfer.ts";
import { Process } from "../support/process.ts";
import { boundPort, deno, ROOT } from "../support/scripts.ts";
import { runTyped } from "../support/example.ts";
import { UdpRelay } from "../support/udp_relay.ts";

const KINDS: Kind[] = ["S", "D", "E", "B", "A", "X"];

const SEND = "examples/file/send_file.ts";
const RECEIVE = "examples/file/receive_file.ts";

/** More than a window, so that a transfer can be held in its middle. */
const LARGE = 200_000;

/** Checks that a program ends well and says nothing on standard error. */
async function assertEnds(process: Process): Promise<void> {
  const { code, stderr } = await process.ended();
  assertEquals([code, stderr], [0, ""]);
}

/** Checks that a program fails with one line. */
async function assertFails(process: Process, line: RegExp): Promise<void> {
  const { code, stderr } = await process.ended();
  assertEquals(code, 1);
  assertMatch(stderr, line);
  assertEquals(stderr.trimEnd().includes("\n"), false, stderr);
}

/** A transfer that is held in its middle until `release`; by then it has begun. */
async function heldTransfer(
  folder: TransferFolder,
  args: string[] = [],
): Promise<
  AsyncDisposable & {
    relay: UdpRelay;
    port: number;
    sending: Process;
    receiving: Process;
    release(): void;
  }
> {
  await using stack = new AsyncDisposableStack();
  const [receiving, port] = await folder.receive(args);
  stack.use(receiving);
  let data = 0;
  const relay = new UdpRelay(port, (datagram) => {
    if (decode(datagram)?.kind === "D") data++;
    return data > 20 ? [] : [datagram];
  });
  stack.use(relay);
  const sending = folder.send(relay.port, args);
  stack.use(sending);
  await relay.until("to server", 30);
  const moved = stack.move();
  return {
    relay,
    port,
    sending,
    receiving,
    release: () => relay.way = (datagram) => [datagram],
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function open(): UdpSocket {
  const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
  return new UdpSocket(Deno.listenDatagram(local));
}

function at(port: number): Deno.NetAddr {
  return { transport: "udp", hostname: "127.0.0.1", port };
}

/** A test with signals, which Windows does not have. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

for (const sender of SENDERS) {
  for (const receiver of RECEIVERS) {
    Deno.test(`${sender} sends files of all sizes to ${receiver}`, async () => {
      for (const size of [0, 1, MAX_DATA, MAX_DATA + 1, LARGE]) {
        await using folder = new TransferFolder(size);
        const [receiving, port] = await folder.receive([], receiver);
        await using _receiving = receiving;
        await using sending = folder.send(port, [], sender);
        await assertEnds(sending);
        await assertEnds(receiving);
        await folder.assertArrived();
      }
    });
  }
}

Deno.test("a file appears when all of it has come, and the old one stays until then", async () => {
  await using folder = new TransferFolder(LARGE);
  await Deno.writeTextFile(folder.copy, "old");
  await using transfer = await heldTransfer(folder);
  assertEquals(await Deno.readTextFile(folder.copy), "old");
  transfer.release();
  await assertEnds(transfer.sending);
  await assertEnds(transfer.receiving);
  await folder.assertArrived();
});

Deno.test("a lost acknowledgement of the end is sent again", async () => {
  await using folder = new TransferFolder(1);
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  let ends = 0;
  await using relay = new UdpRelay(port, (datagram) => {
    const packet = decode(datagram);
    if (packet?.kind === "E") ends++;
    const isLost = packet?.kind === "A" && packet.number === 2 && ends < 3;
    return isLost ? [] : [datagram];
  });
  await using sending = folder.send(relay.port);
  await assertEnds(sending);
  await assertEnds(receiving);
  assert(ends >= 3);
  await folder.assertArrived();
});

Deno.test("packets that are damaged on their way are sent again", async () => {
  await using folder = new TransferFolder(10_000);
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  let count = 0;
  await using relay = new UdpRelay(port, (datagram) => {
    if (count++ % 3 > 0) return [datagram];
    const damaged = datagram.slice();
    const place = Math.floor(Math.random() * damaged.length);
    damaged[place] = (damaged[place] ?? 0) ^ 0x10;
    return [damaged];
  });
  await using sending = folder.send(relay.port);
  await assertEnds(sending);
  await assertEnds(receiving);
  await folder.assertArrived();
});

test("Ctrl-C at the sender ends the receiver too, without a file", async () => {
  await using folder = new TransferFolder(LARGE);
  await using transfer = await heldTransfer(folder);
  transfer.release();
  transfer.relay.way = (datagram) =>
    decode(datagram)?.kind === "X" ? [datagram] : [];
  transfer.sending.kill("SIGINT");
  await assertFails(transfer.sending, /Interrupted by SIGINT/);
  await assertFails(
    transfer.receiving,
    /^receive_file\.ts: 127\.0\.0\.1:\d+ has given up: Interrupted by SIGINT\n$/,
  );
  await folder.assertNothing();
});

test("Ctrl-C at the receiver ends the sender too, without a file", async () => {
  await using folder = new TransferFolder(LARGE);
  await using transfer = await heldTransfer(folder);
  transfer.relay.way = (datagram) =>
    decode(datagram)?.kind === "X" ? [datagram] : [];
  transfer.receiving.kill("SIGINT");
  await assertFails(
    transfer.sending,
    /^send_file\.ts: 127\.0\.0\.1:\d+ has given up: Interrupted by SIGINT\n$/,
  );
  await assertFails(transfer.receiving, /Interrupted by SIGINT/);
  await folder.assertNothing();
});

for (const side of ["sending", "receiving"] as const) {
  Deno.test(`when the program that is ${side} is killed, the other one gives up`, async () => {
    await using folder = new TransferFolder(LARGE);
    await using transfer = await heldTransfer(folder, ["--timeout=2"]);
    transfer[side].kill("SIGKILL");
    await transfer[side].ended();
    const other = side === "sending" ? "receiving" : "sending";
    await assertFails(transfer[other], /: No packet from .* for 2 s; /);
    if (side === "sending") await folder.assertNothing();
  });
}

Deno.test("without the other program, each one gives up", async () => {
  await using folder = new TransferFolder(1);
  using silent = open();
  const { port } = silent.addr;
  await using sending = folder.send(port, ["--timeout=0.3"]);
  await assertFails(sending, /: No packet from .* for 0\.3 s; /);
  const [receiving] = await folder.receive(["--wait=0.3"]);
  await using _receiving = receiving;
  await assertFails(receiving, /: No sender has come within 0\.3 s\n$/);
  await folder.assertNothing();
});

Deno.test("a sender that comes during a transfer is told so, and disturbs nothing", async () => {
  await using folder = new TransferFolder(LARGE);
  await using transfer = await heldTransfer(folder);
  await using second = folder.send(transfer.port);
  await assertFails(second, /has given up: busy\n$/);
  transfer.release();
  await assertEnds(transfer.sending);
  await assertEnds(transfer.receiving);
  await folder.assertArrived();
});

Deno.test("a forged beginning of a transfer keeps no sender out", async () => {
  await using folder = new TransferFolder(10_000);
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  using other = open();
  const begin = encode("S", 1n, 0, new Uint8Array(8));
  await other.send(begin, at(port));
  const [answer] = await other.receive(30_000) ?? [];
  assert(answer !== undefined);
  assert(
    answer.length <= begin.length,
    "An answer is no longer than its question",
  );
  // The id that it was sent is of use at its own address alone.
  const id = toNumber(decode(answer)?.data ?? new Uint8Array());
  await using relay = new UdpRelay(port);
  await using sending = folder.send(relay.port);
  await relay.until("to server", 1);
  const data = new TextEncoder().encode("forged");
  for (const kind of KINDS) {
    await relay.forge(encode(kind, id, 0, data), "to server");
  }
  await assertEnds(sending);
  await assertEnds(receiving);
  await folder.assertArrived();
});

const anyNumber = fc.oneof(fc.nat(200), fc.nat(2 ** 32 - 1));
const anyData = fc.uint8Array({ maxLength: 40 });
/** A packet of some transfer. */
const anyPacket = fc.record({
  kind: fc.constantFrom(...KINDS),
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  number: anyNumber,
  data: anyData,
});

/** What a third party may send that has not seen this transfer. */
const foreign = fc.oneof(
  fc.uint8Array({ maxLength: 1_300 }),
  anyPacket.map(({ kind, id, number, data }) => encode(kind, id, number, data)),
);

Deno.test("random, old, forged and reflected packets neither change nor end a transfer", async () => {
  await using folder = new TransferFolder(LARGE);
  // An earlier transfer, of which the third party knows everything.
  const [earlier, earlierPort] = await folder.receive();
  await using _earlier = earlier;
  await using old = new UdpRelay(earlierPort);
  await using oldSending = folder.send(old.port);
  await assertEnds(oldSending);
  await assertEnds(earlier);
  await Deno.remove(folder.copy);

  await using transfer = await heldTransfer(folder);
  const { relay, port } = transfer;
  const reflected = relay.seen.slice();
  const id = decode(
    reflected.findLast(({ direction }) => direction === "to server")
      ?.datagram ?? new Uint8Array(),
  )?.id ?? 0n;
  // It has its own address, and also that of the other side, as if it were forged.
  using other = open();
  const sendAll = async (datagram: Uint8Array) => {
    await other.send(datagram, at(port));
    await other.send(datagram, relay.client);
    await relay.forge(datagram, "to server");
    await relay.forge(datagram, "to client");
  };
  const hostile = [
    ...fc.sample(foreign, 500),
    ...old.seen.slice(0, 200).map(({ datagram }) => datagram),
    ...KINDS.map((kind) => encode(kind, id ^ 1n, 0)),
  ];
  for (const [i, datagram] of hostile.entries()) {
    await sendAll(datagram);
    // The kernel drops what the buffer does not hold.
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  // What each side has sent comes back to it, from the other side's address.
  for (const { datagram, direction } of reflected) {
    const back = direction === "to server" ? "to client" : "to server";
    await relay.forge(datagram, back);
  }
  // And even with the right id, from another address it counts for nothing.
  for (const kind of KINDS) {
    await other.send(encode(kind, id, 50), at(port));
    await other.send(encode(kind, id, 50), relay.client);
  }
  transfer.release();
  await assertEnds(transfer.sending);
  await assertEnds(transfer.receiving);
  await folder.assertArrived();
});

Deno.test("a packet is decoded as it was encoded, and no part or change of it is", () => {
  fc.assert(
    fc.property(anyPacket, fc.nat(), fc.nat(7), (packet, place, bit) => {
      const { kind, id, number, data } = packet;
      const bytes = encode(kind, id, number, data);
      assertEquals(decode(bytes), packet);
      assertEquals(decode(bytes.subarray(0, place % bytes.length)), null);
      const changed = bytes.slice();
      const at = place % bytes.length;
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      assertEquals(decode(changed), null);
    }),
  );
});

Deno.test("bytes that are not a packet decode to null", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1_300 }), (bytes) => {
    assertEquals(decode(bytes), null);
  }));
});

Deno.test("no more packets than the window are on their way, and the window is limited", async () => {
  await using folder = new TransferFolder(LARGE);
  const [receiving, port] = await folder.receive();
  await using _receiving = receiving;
  await using relay = new UdpRelay(port);
  await using wrong = folder.send(relay.port, [`--window=${MAX_WINDOW + 1}`]);
  const { code, stderr } = await wrong.ended();
  assertEquals(code, 2);
  assertStringIncludes(stderr, "a whole number from 1 to 64");
  await using sending = folder.send(relay.port, ["--window=8"]);
  await assertEnds(sending);
  await assertEnds(receiving);
  let acknowledged = 0;
  for (const { datagram } of relay.seen) {
    const packet = decode(datagram);
    if (packet?.kind === "A") {
      acknowledged = Math.max(acknowledged, packet.number);
    }
    if (packet?.kind === "D") assert(packet.number < acknowledged + 8);
  }
  await folder.assertArrived();
});

Deno.test("a sender without a file or without permissions says what is missing", async () => {
  await using folder = new TransferFolder(1);
  await using blocked = deno(SEND, [folder.file], {
    allow: [`read=${folder.file}`],
  });
  await assertFails(
    blocked,
    /: Deno does not allow it; grant --allow-net=127\.0\.0\.1:0,127\.0\.0\.1:9999\n$/,
  );
  await using named = deno(SEND, ["--hostname=localhost", folder.file], {
    allow: [`read=${folder.file}`],
  });
  await assertFails(
    named,
    /grant --allow-net=localhost,127\.0\.0\.1:0,127\.0\.0\.1:9999,\[::1\]:0,\[::1\]:9999\n$/,
  );
  await Deno.remove(folder.file);
  await using sending = folder.send(9);
  await assertFails(sending, /: Cannot read ".*": there is no such file\n$/);
  await using none = deno(SEND);
  const { code, stderr } = await none.ended();
  assertEquals([code, stderr], [2, "send_file.ts: Missing FILE\n"]);
});

Deno.test({
  name: "when the receiver's disk is full, both programs say so",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = new TransferFolder(LARGE);
    // Deno opens a device only to a program with all permissions.
    await using receiving = deno(RECEIVE, ["--port=0", "/dev/full"], {
      allow: ["all"],
    });
    await using sending = folder.send(await boundPort(receiving));
    await assertFails(receiving, /no space left on device/);
    await assertFails(sending, /has given up: .*no space left on device/);
  },
});

const FOLDER = "examples/file/";

for (
  const [sender, receiver] of [
    ["stop_and_wait_send.ts", "stop_and_wait_receive.ts"],
    ["send_file.ts", "receive_file.ts"],
  ] as const
) {
  Deno.test(`the lines in the headers of ${sender} and ${receiver} copy a file`, async () => {
    await using folder = new TransferFolder(0);
    await using receiving = await runTyped(FOLDER + receiver, {
      port: 0,
      replace: { "copy.txt": folder.copy },
    });
    const port = await boundPort(receiving);
    await using sending = await runTyped(FOLDER + sender, {
      port,
      args: [`--port=${port}`, "tcp_server.ts"],
    });
    await assertEnds(sending);
    await assertEnds(receiving);
    assertEquals(
      await Deno.readTextFile(folder.copy),
      await Deno.readTextFile(new URL("tcp_server.ts", ROOT)),
    );
  });
}

Deno.test("each program that sends or receives a file fits into 120 lines", async () => {
  for (const name of [...SENDERS, ...RECEIVERS]) {
    const url = new URL(FOLDER + name, ROOT);
    const lines = (await Deno.readTextFile(url)).trimEnd().split("\n");
    assert(lines.length <= 120, `${name}: ${lines.length} lines`);
  }
});
