/**
 * Measures how fast a file gets to another program: over TCP, over UDP with a window
 * of 64 packets, and with stop-and-wait (chapter 12).
 *
 *     deno run --allow-run --allow-read --allow-write --allow-env bench/file.ts
 *
 * Needs root on Linux, `ip` and `nft`. The two programs are in two network namespaces,
 * joined by a veth pair. A firewall rule (`numgen random`) on both ends drops a share
 * of the packets that come in. There is no netem, so the delay is not that of a link:
 * a program is loaded that sends each datagram 10 ms later, which TCP cannot have.
 *
 * The time is that of the sender's process, so Deno's start is in it, and of three
 * runs the median counts. It takes some minutes.
 */
import { boundPort, Process, run } from "../tests/support/mod.ts";

const SERVER = "10.78.0.1";
const NAMES = [`file-${Deno.pid}-server`, `file-${Deno.pid}-client`] as const;
const ROUNDS = 3;
/** How long one transfer may take, in milliseconds. */
const LIMIT = 120_000;
const FOLDER = "examples/file/";
const MB = 1_000_000;

/** Delays each datagram that a program sends by 10 ms. */
const DELAY = `--preload=data:text/javascript,${
  encodeURIComponent(`const { listenDatagram } = Deno;
Deno.listenDatagram = (options) => {
  const socket = listenDatagram(options);
  const { send } = socket;
  socket.send = (data, to) => {
    const copy = data.slice();
    setTimeout(() => send.call(socket, copy, to).catch(() => {}), 10);
    return Promise.resolve(data.length);
  };
  return socket;
};`)
}`;

type Way = "TCP" | "window" | "stop-and-wait";

/** Ways and sizes: a slow one gets a smaller file, so that it ends. */
const PATHS: [
  path: string,
  loss: number,
  flags: string[],
  Partial<Record<Way, number>>,
][] = [
  ["no loss", 0, [], {
    TCP: 10 * MB,
    window: 10 * MB,
    "stop-and-wait": 10 * MB,
  }],
  ["1 % lost each way", 1, [], {
    TCP: 10 * MB,
    window: 10 * MB,
    "stop-and-wait": MB,
  }],
  ["5 % lost each way", 5, [], {
    TCP: 10 * MB,
    window: 10 * MB,
    "stop-and-wait": MB,
  }],
  ["30 % lost each way", 30, [], {
    TCP: MB / 10,
    window: MB,
    "stop-and-wait": MB / 10,
  }],
  ["no loss, 20 ms there and back", 0, [DELAY], {
    window: 10 * MB,
    "stop-and-wait": MB,
  }],
];

async function ip(...args: string[]): Promise<void> {
  await run("ip", args);
}

async function network(): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack();
  for (const name of NAMES) {
    await ip("netns", "add", name);
    undo.defer(() => ip("netns", "delete", name));
  }
  const [server, client] = NAMES;
  await ip(
    ...["-n", server, "link", "add", "veth0", "type", "veth"],
    ...["peer", "name", "veth0", "netns", client],
  );
  for (const [i, name] of NAMES.entries()) {
    await ip(
      "-n",
      name,
      "address",
      "add",
      `10.78.0.${i + 1}/24`,
      "dev",
      "veth0",
    );
    await ip("-n", name, "link", "set", "veth0", "up");
  }
  return undo.move();
}

/** Drops a share of the packets that come in, on both ends. */
async function lose(percent: number): Promise<void> {
  for (const name of NAMES) {
    const nft = (...args: string[]) =>
      run("ip", ["netns", "exec", name, "nft", ...args]);
    await nft("flush", "ruleset");
    if (percent === 0) continue;
    await nft("add", "table", "ip", "bad");
    await nft(
      "add",
      "chain",
      "ip",
      "bad",
      "in",
      "{ type filter hook input priority 0; }",
    );
    const rule = `numgen random mod 100 < ${percent} drop`;
    await nft("add", "rule", "ip", "bad", "in", ...rule.split(" "));
  }
}

function start(namespace: string, ...args: string[]): Process {
  const deno = [Deno.execPath(), "run", "--quiet", "--allow-all"];
  const process = Process.start("ip", [
    "netns",
    "exec",
    namespace,
    ...deno,
    ...args,
  ]);
  process.limit = LIMIT;
  return process;
}

/** The seconds of one transfer; infinite if it has not ended in time. */
async function transfer(
  way: Way,
  flags: string[],
  file: string,
  copy: string,
): Promise<number> {
  const [server, client] = NAMES;
  const [receiver, sender] = way === "window"
    ? [`${FOLDER}receive_file.ts`, `${FOLDER}send_file.ts`]
    : [`${FOLDER}stop_and_wait_receive.ts`, `${FOLDER}stop_and_wait_send.ts`];
  const peer = "bench/peers/tcp_file.ts";
  await using receiving = way === "TCP"
    ? start(server, peer, "receive", SERVER, "0", copy)
    : start(
      server,
      ...flags,
      receiver,
      "-H",
      SERVER,
      "-p0",
      "--timeout=60",
      "--force",
      copy,
    );
  const port = String(await boundPort(receiving));
  const begin = performance.now();
  await using sending = way === "TCP"
    ? start(client, peer, "send", SERVER, port, file)
    : start(
      client,
      ...flags,
      sender,
      "-H",
      SERVER,
      "-p",
      port,
      "--timeout=60",
      file,
    );
  try {
    const { code, stderr } = await sending.ended();
    if (code !== 0) throw new Error(stderr);
  } catch (error) {
    console.error(
      "%s: %s",
      way,
      error instanceof Error ? error.message : error,
    );
    return Infinity;
  }
  const seconds = (performance.now() - begin) / 1_000;
  const [a, b] = await Promise.all(
    [file, copy].map((path) => Deno.readFile(path)),
  );
  if (a?.toBase64() !== b?.toBase64()) throw new Error(`${way}: another file`);
  return seconds;
}

function row(path: string, way: Way, size: number, times: number[]): string {
  const shown = times.map((time) =>
    time === Infinity ? `not in ${LIMIT / 1_000} s` : `${time.toFixed(2)} s`
  );
  const median = times[times.length >> 1] ?? Infinity;
  const speed = (size / MB / median).toPrecision(2);
  const cells = [
    path,
    way,
    `${size / MB} MB`,
    shown.join(", "),
    `${speed} MB/s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

const folder = await Deno.makeTempDir();
await using _network = await network();
try {
  console.log(
    "| path | way | size | times | median speed |\n|---|---|---|---|---|",
  );
  for (const [path, loss, flags, sizes] of PATHS) {
    await lose(loss);
    for (const [way, size] of Object.entries(sizes) as [Way, number][]) {
      const bytes = new Uint8Array(size).map((_, i) => i * 31 + (i >> 8));
      await Deno.writeFile(`${folder}/file`, bytes);
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const paths = [`${folder}/file`, `${folder}/copy`] as const;
        times.push(await transfer(way, flags, ...paths));
      }
      console.log(row(path, way, size, times.sort((a, b) => a - b)));
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
