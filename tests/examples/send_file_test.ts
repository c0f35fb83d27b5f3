import fc from "fast-check";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  decode,
  encode,
  type Kind,
  MAX_DATA,
  type Packet,
  toNumber,
} from "../../examples/file/packet.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import { runTyped } from "../support/example.ts";
import {
  type Transfer,
  transfer,
  TransferFolder,
  type TransferOptions,
} from "../support/file_transfer.ts";
import { Process, works } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, deno, ROOT } from "../support/scripts.ts";
import { noLinux, noTerminal, noUnix, testUnless } from "../support/skip.ts";
import { FROM, openUdp } from "../support/udp.ts";
import { type Delay, UdpRelay, type Way } from "../support/udp_relay.ts";

const KINDS: Kind[] = ["S", "D", "E", "B", "A", "X"];
const FOLDER = "examples/file/";
const SEND = `${FOLDER}send_file.ts`;
const PAIRS = [
  ["stop_and_wait_send.ts", "stop_and_wait_receive.ts"],
  ["send_file.ts", "receive_file.ts"],
] as const;

/** More than a window, so that a transfer can be held in its middle. */
const LARGE = 200_000;

/** Checks that a program fails with one line. */
async function assertFails(process: Process, line: RegExp): Promise<void> {
  const { code, stderr } = await process.ended();
  assertEquals(code, 1, stderr);
  assertMatch(stderr, line);
  assertEquals(stderr.trimEnd().includes("\n"), false, stderr);
}

/** A transfer that is held in its middle until `release`; by then it has begun. */
async function held(
  options: TransferOptions = {},
): Promise<Transfer & { release(): void }> {
  let data = 0;
  const way: Way = (datagram) => {
    if (decode(datagram)?.kind === "D") data++;
    return data > 20 ? [] : [datagram];
  };
  const sent = await transfer({ size: LARGE, way, ...options });
  await sent.relay.until(30);
  const release = () => sent.relay.way = (datagram) => [datagram];
  return { ...sent, release };
}

const onlyAborts: Way = (datagram) =>
  decode(datagram)?.kind === "X" ? [datagram] : [];

/** The packets of a kind that have come to the relay. */
const packets = ({ relay }: Transfer, kind: Kind): Packet[] =>
  relay.seen.map(({ datagram }) => decode(datagram))
    .filter((packet) => packet?.kind === kind) as Packet[];

for (const [sender] of PAIRS) {
  for (const [, receiver] of PAIRS) {
    Deno.test(`${sender} sends files of all sizes to ${receiver}`, async () => {
      for (const size of [0, 1, MAX_DATA, MAX_DATA + 1, LARGE]) {
        await using sent = await transfer({ size, sender, receiver });
        await sent.done();
        const data = packets(sent, "D").filter(({ data }) => data.length > 0);
        const numbers = new Set(data.map(({ number }) => number));
        assertEquals(numbers.size, Math.ceil(size / MAX_DATA));
      }
    });
  }
}

Deno.test("a file appears when all of it has come, and --force keeps the old one until then", async () => {
  const before = ({ copy }: TransferFolder) =>
    Deno.writeTextFileSync(copy, "old");
  await using sent = await held({ before, receiveArgs: ["--force"] });
  assertEquals(await Deno.readTextFile(sent.folder.copy), "old");
  sent.release();
  await sent.done();
});

Deno.test("without --force a file that exists is not replaced", async () => {
  await using folder = new TransferFolder(1);
  for (const [, receiver] of PAIRS) {
    await using receiving = deno(FOLDER + receiver, ["--port=0", folder.file], {
      allow: ["net=127.0.0.1", "read", "write"],
    });
    await assertFails(receiving, /: ".*file" exists; --force replaces it\n$/);
  }
  await folder.assertNothing();
});

Deno.test("a lost acknowledgement of the end is sent again", async () => {
  let ends = 0;
  const way: Way = (datagram) => {
    const packet = decode(datagram);
    if (packet?.kind === "E") ends++;
    const isLost = packet?.kind === "A" && packet.number === 2 && ends < 3;
    return isLost ? [] : [datagram];
  };
  await using sent = await transfer({ size: 1, way });
  await sent.done();
  assert(ends >= 3);
});

Deno.test("packets that are damaged on their way are sent again", async () => {
  let count = 0;
  const way: Way = (datagram) => {
    if (count++ % 3 > 0) return [datagram];
    const place = Math.floor(Math.random() * datagram.length);
    return [datagram.with(place, (datagram[place] ?? 0) ^ 0x10)];
  };
  await using sent = await transfer({ size: 10_000, way });
  await sent.done();
});

/** Round trips of 2.4 s, of 1.4 s, and one that is short until the first data. */
const SLOW: [
  () => Delay,
  typeof PAIRS[number],
  window: number,
  more: number,
][] = [
  [() => () => 1_200, PAIRS[1], 10, 10],
  [() => () => 700, PAIRS[0], 1, 2],
  [becomingSlow, PAIRS[1], 10, 10],
];

/** An acknowledgement comes soon after the copy at 0.6 s, but for an earlier one. */
function becomingSlow(): Delay {
  let datagrams = 0;
  return () => datagrams++ < 2 ? 1 : 330;
}

Deno.test("a slow network is learned, and each packet is then sent once", async () => {
  await Promise.all(SLOW.map(async ([delay, pair, window, more]) => {
    const [sender, receiver] = pair;
    await using sent = await transfer({
      ...{ sender, receiver, size: (window + more) * MAX_DATA },
      ...{ sendArgs: [`--window=${window}`], delay: delay() },
    });
    await sent.done();
    // The first window may have been too early.
    const later = packets(sent, "D").filter(({ number }) => number >= window);
    const what = `${sender}: ${later.length} datagrams for ${more} packets`;
    assert(later.length <= 1.5 * more, what);
  }));
});

Deno.test("a packet that nobody acknowledges is sent more and more seldom", async () => {
  await Promise.all(PAIRS.map(async ([sender, receiver]) => {
    const isLost = (packet: Packet | null) =>
      packet?.kind === "D" && packet.number === 3;
    await using sent = await transfer({
      ...{
        size: LARGE,
        sender,
        receiver,
        sendArgs: ["--timeout=3", "--window=1"],
      },
      way: (datagram) => isLost(decode(datagram)) ? [] : [datagram],
    });
    await assertFails(sent.sending, /: No packet from .* for 3 s; /);
    // After 0, 0.2, 0.6, 1.4 and 2.4 s; without the back-off it were 15.
    const tries = packets(sent, "D").filter(isLost).length;
    assert(tries >= 2 && tries <= 8, `${sender}: ${tries} tries`);
  }));
});

Deno.test("a file that is cut while it is sent is an error for both", async () => {
  await using sent = await held();
  await Deno.truncate(sent.folder.file, 100_000);
  sent.release();
  const cut =
    / ended after \d+ of 200000 bytes: it was cut while it was sent\n$/;
  await assertFails(sent.sending, cut);
  await assertFails(sent.receiving, / has given up: ".*file" ended after /);
  await sent.folder.assertNothing();
});

testUnless(
  noUnix,
  "a pipe that pauses for longer than the time-out ends nothing, and holds nothing back",
  async () => {
    await using sent = await transfer({
      args: ["--timeout=2"],
      before({ file }) {
        Deno.removeSync(file);
        assert(works("mkfifo", file));
      },
    });
    const { folder, relay } = sent;
    using pipe = await Deno.open(folder.file, { write: true });
    await pipe.write(new Uint8Array([1]));
    // The beginning, the data, and signs of life, one in 0.2 s.
    await relay.until(14);
    const data = packets(sent, "D").find(({ data }) => data.length > 0)?.data;
    assertEquals(data, new Uint8Array([1]));
    await pipe.write(new Uint8Array([2]));
    await relay.until(26);
    pipe.close();
    assertEquals((await sent.sending.ended()).stderr, "");
    assertEquals((await sent.receiving.ended()).stderr, "");
    assertEquals(await Deno.readFile(folder.copy), new Uint8Array([1, 2]));
  },
);

testUnless(
  noUnix,
  "Ctrl-C on either side ends the other one too, without a file",
  async () => {
    for (const side of ["sending", "receiving"] as const) {
      await using sent = await held();
      sent.relay.way = onlyAborts;
      sent[side].kill("SIGINT");
      const [own, other] = side === "sending"
        ? [
          /: Cannot talk to \S+ over UDP: Interrupted by SIGINT\n$/,
          sent.receiving,
        ]
        : [/^receive_file\.ts: Interrupted by SIGINT\n$/, sent.sending];
      await assertFails(sent[side], own);
      await assertFails(
        other,
        /: \S+:\d+ has given up: Interrupted by SIGINT\n$/,
      );
      await sent.folder.assertNothing();
    }
  },
);

testUnless(
  noUnix,
  "Ctrl-C while no sender has come is no failure to listen",
  async () => {
    await using folder = new TransferFolder(1);
    const [receiving] = await folder.receive();
    await using _receiving = receiving;
    receiving.kill("SIGTERM");
    await assertFails(
      receiving,
      /^receive_file\.ts: Interrupted by SIGTERM\n$/,
    );
    await folder.assertNothing();
  },
);

Deno.test("when one program is killed, the other one gives up", async () => {
  await Promise.all((["sending", "receiving"] as const).map(async (side) => {
    await using sent = await held({ args: ["--timeout=2"] });
    sent[side].kill("SIGKILL");
    await sent[side].ended();
    const other = side === "sending" ? sent.receiving : sent.sending;
    await assertFails(other, /: No packet from .* for 2 s; /);
    if (side === "sending") await sent.folder.assertNothing();
  }));
});

Deno.test("without the other program, each one gives up", async () => {
  await using folder = new TransferFolder(1);
  using silent = openUdp();
  await using sending = folder.send(silent.addr.port, ["--timeout=0.3"]);
  await assertFails(sending, /: No packet from .* for 0\.3 s; is the other/);
  const [receiving] = await folder.receive(["--wait=0.3"]);
  await using _receiving = receiving;
  await assertFails(receiving, /: No sender has come within 0\.3 s\n$/);
  await folder.assertNothing();
});

testUnless(
  noLinux,
  "send_file.ts says which address has answered instead",
  async () => {
    await using folder = new TransferFolder(1);
    const [receiving, port] = await folder.receive(["--hostname=0.0.0.0"]);
    await using _receiving = receiving;
    const args = ["--hostname=127.0.0.5", "--timeout=0.5"];
    await using sending = deno(SEND, [`--port=${port}`, ...args, folder.file], {
      allow: ["net=0.0.0.0:0,127.0.0.1:0,127.0.0.5", `read=${folder.file}`],
    });
    await assertFails(
      sending,
      /: No packet from 127\.0\.0\.5:\d+ for 0\.5 s; 127\.0\.0\.1:\d+ answered instead/,
    );
  },
);

Deno.test("a sender that comes during a transfer is told so, and disturbs nothing", async () => {
  await using sent = await held();
  await using second = sent.folder.send(sent.port);
  await assertFails(second, /has given up: busy\n$/);
  sent.release();
  await sent.done();
});

Deno.test("a forged beginning is answered with no more bytes than it has, and keeps no sender out", async () => {
  let begun = 0;
  const way: Way = (datagram) => begun++ > 0 ? [datagram] : [];
  await using sent = await transfer({ size: 10_000, way });
  using other = new UdpSocket(openUdp());
  // An answer has 8 bytes of data: a shorter beginning gets none.
  for (const [id, length] of [[1n, 0], [2n, 7], [3n, 8]] as const) {
    const begin = encode("S", id, 0, new Uint8Array(length));
    await other.send(begin, { ...FROM, port: sent.port });
  }
  const [bytes] = await other.receive(30_000) ?? [];
  assert(bytes !== undefined);
  const answer = decode(bytes);
  assertEquals([answer?.id, answer?.data.length], [3n, 8]);
  // The id that it was sent is of use at its own address alone.
  await sent.relay.until(1);
  for (const kind of KINDS) {
    const id = toNumber(answer?.data ?? new Uint8Array());
    const data = new TextEncoder().encode("forged");
    await sent.relay.forge(encode(kind, id, 0, data), "to server");
  }
  await sent.done();
});

const anyPacket = fc.record({
  kind: fc.constantFrom(...KINDS),
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  number: fc.oneof(fc.nat(200), fc.nat(2 ** 32 - 1)),
  data: fc.uint8Array({ maxLength: 40 }),
});

/** What a third party may send that has not seen this transfer. */
const foreign = fc.oneof(
  fc.uint8Array({ maxLength: 1_300 }),
  anyPacket.map(({ kind, id, number, data }) => encode(kind, id, number, data)),
);

Deno.test("random, old, forged and reflected packets neither change nor end a transfer", async () => {
  // An earlier transfer, of which the third party knows everything.
  await using earlier = await transfer({ size: LARGE });
  await earlier.done();
  await using sent = await held();
  const { relay } = sent;
  const reflected = relay.seen.slice();
  const id = packets(sent, "D")[0]?.id ?? 0n;
  using other = openUdp();
  const hostile = [
    ...fc.sample(foreign, 500),
    ...earlier.relay.seen.slice(0, 200).map(({ datagram }) => datagram),
    ...KINDS.map((kind) => encode(kind, id ^ 1n, 0)),
  ];
  // From an address of its own, and from that of the other side, as if it were forged.
  for (const [i, datagram] of hostile.entries()) {
    await other.send(datagram, { ...FROM, port: sent.port });
    await other.send(datagram, relay.client);
    await relay.forge(datagram, "to server");
    await relay.forge(datagram, "to client");
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
    await other.send(encode(kind, id, 50), { ...FROM, port: sent.port });
    await other.send(encode(kind, id, 50), relay.client);
  }
  sent.release();
  await sent.done();
});

Deno.test("a packet is decoded as it was encoded, and no part or change of it is", () => {
  fc.assert(
    fc.property(anyPacket, fc.nat(), fc.nat(7), (packet, place, bit) => {
      const { kind, id, number, data } = packet;
      const bytes = encode(kind, id, number, data);
      assertEquals(decode(bytes), packet);
      const at = place % bytes.length;
      assertEquals(decode(bytes.subarray(0, at)), null);
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));
      assertEquals(decode(changed), null);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1_300 }), (bytes) => {
    assertEquals(decode(bytes), null);
  }));
});

Deno.test("no more packets than the window are on their way", async () => {
  await using sent = await transfer({ size: LARGE, sendArgs: ["--window=8"] });
  await sent.done();
  let acknowledged = 0;
  for (const { datagram } of sent.relay.seen) {
    const packet = decode(datagram);
    if (packet?.kind === "A") {
      acknowledged = Math.max(acknowledged, packet.number);
    }
    if (packet?.kind === "D" && packet.data.length > 0) {
      assert(packet.number < acknowledged + 8);
    }
  }
});

Deno.test("a sender without a file or without permissions says what is missing", async () => {
  await using folder = new TransferFolder(1);
  const net = "127\\.0\\.0\\.1:0,127\\.0\\.0\\.1:9999";
  const missing: [args: string[], RegExp][] = [
    [
      [folder.file],
      RegExp(`: Deno does not allow it; grant "--allow-net=${net}"\n$`),
    ],
    [
      ["--hostname=localhost", folder.file],
      RegExp(`"--allow-net=localhost,${net},\\[::1\\]:0,\\[::1\\]:9999"\n$`),
    ],
    [[`${folder.path}/none`], /: Cannot read ".*": there is no such file\n$/],
    [[folder.path], /: Cannot read ".*": it is a directory\n$/],
  ];
  for (const [args, line] of missing) {
    await using sending = deno(SEND, args, { allow: [`read=${folder.path}`] });
    await assertFails(sending, line);
  }
  for (
    const [args, said] of [[[], "Missing FILE"], [
      ["--window=65", "x"],
      "to 64",
    ]] as const
  ) {
    await using wrong = deno(SEND, [...args]);
    const { code, stderr } = await wrong.ended();
    assertEquals([code, stderr.includes(said)], [2, true], stderr);
  }
});

testUnless(
  noLinux,
  "when the receiver's disk is full, both programs say so",
  async () => {
    await using folder = new TransferFolder(LARGE);
    // Deno opens a device only to a program with all permissions.
    await using receiving = deno(
      `${FOLDER}receive_file.ts`,
      ["--port=0", "/dev/full"],
      { allow: ["all"] },
    );
    await using sending = folder.send(await boundPort(receiving));
    await assertFails(receiving, /no space left on device/);
    await assertFails(sending, /has given up: .*no space left on device/);
  },
);

testUnless(
  noTerminal,
  "on a terminal a transfer of more than a second shows its progress",
  async () => {
    await using folder = new TransferFolder(LARGE);
    const [receiving, port] = await folder.receive();
    await using _receiving = receiving;
    await using relay = new UdpRelay(port, undefined, () => 50);
    await using sending = Process.start(python ?? "", [
      ...["tests/support/terminal.py", "show", Deno.execPath(), "run", "-qA"],
      ...[SEND, `--port=${relay.port}`, "--window=8", folder.file],
    ], { cwd: ROOT });
    const { stdout } = await sending.ended();
    const line =
      "\r\\d\\.\\d MB of 0\\.2 MB \\(\\d+ %\\), \\d\\.\\d MB/s\x1b\\[K";
    const end = "\r\x1b\\[KSent 170 packets in \\d+ datagrams\\.\r?\n$";
    assertMatch(stdout, RegExp(`^(?:${line})+${end}`));
  },
);

for (const [sender, receiver] of PAIRS) {
  Deno.test(`the lines in the headers of ${sender} and ${receiver} copy a file`, async () => {
    await using folder = new TransferFolder(0);
    await using receiving = await runTyped(FOLDER + receiver, {
      port: 0,
      replace: { "copy.txt": folder.copy },
    });
    const port = await boundPort(receiving);
    const args = [`--port=${port}`, "tcp_server.ts"];
    await using sending = await runTyped(FOLDER + sender, { port, args });
    for (const process of [sending, receiving]) {
      const { code, stderr } = await process.ended();
      assertEquals([code, stderr], [0, ""]);
    }
    const source = await Deno.readTextFile(new URL("tcp_server.ts", ROOT));
    assertEquals(await Deno.readTextFile(folder.copy), source);
  });
}
