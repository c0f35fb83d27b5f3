import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { writeAll } from "../../lib/io/streams.ts";
import { readToEnd } from "../support/pair.ts";
import { Process } from "../support/process.ts";
import { deno, ROOT, type ScriptOptions } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import {
  type Args,
  assertFailed,
  assertHarmless,
  below,
  binary,
  CLIENT,
  counted,
  countedOften,
  hostileBytes,
  meet,
  meetReset,
  oneOf,
} from "../support/hostile_server.ts";
import { readExactly } from "../../lib/io/streams.ts";
import { PATIENCE } from "../support/peers.ts";
import { noProc, residentMemory } from "../support/usage.ts";

const target = CLIENT;
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";

const get = (...args: string[]): Args => (port) => [
  "--get",
  `http://127.0.0.1:${port}/`,
  ...args,
];

/** Hears the request out, or its first part; nothing here depends on it. */
const hear = (conn: Deno.TcpConn) => conn.read(new Uint8Array(2_000));

/** Answers whatever is asked with these bytes, and then the end. */
const answer = (response: string) => async (conn: Deno.TcpConn) => {
  await hear(conn);
  await writeAll(conn, binary(response));
  await conn.closeWrite();
  await readToEnd(conn);
};

/** Sends until all is sent, or the client has left. */
async function sendAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  await Promise.allSettled([writeAll(conn, bytes)]);
}

/** A file to write to: in a directory of its own, and what it holds by now. */
interface Target {
  dir: string;
  path: string;
  options: ScriptOptions;
  /** Checks that the file is as it was, and that nothing lies beside it. */
  assertUntouched(): Promise<void>;
  /** Checks that the file holds this now, and that nothing lies beside it. */
  assertHolds(text: string): Promise<void>;
}

/** Gives a file to write to: one that is there already as often as one that is not. */
async function withFile(use: (file: Target) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/page`;
  const old = oneOf("old", undefined);
  const names = old === undefined ? [] : ["page"];
  if (old !== undefined) await Deno.writeTextFile(path, old);
  try {
    await use({
      dir,
      path,
      options: {
        allow: [
          "net=127.0.0.1",
          `read=${path},${path}.part`,
          `write=${path},${path}.part`,
        ],
      },
      async assertUntouched() {
        assertEquals(namesIn(dir), names);
        if (old !== undefined) assertEquals(await Deno.readTextFile(path), old);
      },
      async assertHolds(text) {
        assertEquals(namesIn(dir), ["page"]);
        assertEquals(await Deno.readTextFile(path), text);
      },
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const namesIn = (dir: string) =>
  Array.from(Deno.readDirSync(dir), ({ name }) => name).sort();

/** A response that must be refused, and for which reason. */
type Broken = () => { response: string; reason: RegExp };

const letters = (length: number) => "b".repeat(length);
const hex = (number: number) => number.toString(16);
const chunk = (body: string) => `${hex(body.length)}\r\n${body}\r\n`;

/** A good response whose body is chunked; always another one. */
function chunked(): string {
  let body = "";
  for (let i = 0; i < 1 + below(4); i++) body += chunk(letters(1 + below(300)));
  return `${OK}${CHUNKED}\r\n${body}0\r\n\r\n`;
}

/** Replaces one of the CRLFs in a header. */
function replaceLineEnd(header: string, lineEnd: string): string {
  const lines = header.split("\r\n");
  const at = below(lines.length - 2);
  return lines.map((line, i) =>
    i === lines.length - 1 ? line : line + (i === at ? lineEnd : "\r\n")
  ).join("");
}

const HEADER = `${OK}Server: none\r\nContent-Length: 4\r\nAge: 7\r\n\r\n`;

const BROKEN: Record<string, [Broken, ...Broken[]]> = {
  "a body that is shorter than promised": [
    () => {
      const [promised, sent] = [2 + below(100_000), below(2)];
      return {
        response: `${OK}Content-Length: ${promised}\r\n\r\n${letters(sent)}`,
        reason: new RegExp(`ended after ${sent} of ${promised} bytes`),
      };
    },
    () => {
      const whole = chunked();
      const begin = whole.indexOf("\r\n\r\n") + 4;
      return {
        response: whole.slice(0, begin + below(whole.length - begin)),
        reason: /ended (before|after)/,
      };
    },
  ],
  "chunk sizes that are none": [
    () => ({
      response: `${OK}${CHUNKED}\r\n${
        oneOf(
          "",
          " ",
          "-1",
          "+1",
          "0x4",
          "4 ",
          " 4",
          "4h",
          "4\t;",
          "g",
          ";a",
          "4,4",
          "4\0",
          "1e1 x",
          "\u00b2",
          "fffffffffffffff",
          "20000000000000",
          "f".repeat(16),
          `${1 + below(9)}${"0".repeat(16)}`,
          "-0",
        )
      }\r\nbody\r\n0\r\n\r\n`.replace("4\t;", "4\tx"),
      reason: /Invalid chunk size|NUL in the chunk size/,
    }),
  ],
  "a header that ends too early": [
    () => ({
      response: HEADER.slice(0, 1 + below(HEADER.length - 2)),
      reason: /ended before the header did/,
    }),
    () => ({
      response: `HTTP/1.1 103 Early\r\n\r\n${
        oneOf("", OK, `${OK}A: b\r\n`, "HTTP/1.1 103 Early\r\n\r\n")
      }`,
      reason: /ended before the header did|ended after an interim response/,
    }),
  ],
  "line ends that are none, and NULs": [
    () => ({
      response: `${replaceLineEnd(HEADER, "\n")}body`,
      reason: /Bare LF/,
    }),
    () => ({
      response: `${replaceLineEnd(HEADER, "\r\r\n")}body`,
      reason: /Bare CR/,
    }),
    () => {
      const at = below(HEADER.indexOf("\r"));
      return {
        response: `${HEADER.slice(0, at)}\0${HEADER.slice(at)}body`,
        reason: /NUL/,
      };
    },
    () => ({
      response: `${OK}${CHUNKED}\r\n4\nbody\r\n0\r\n\r\n`,
      reason: /Bare LF in the chunk size/,
    }),
    () => ({
      response: `${OK}${CHUNKED}\r\n${chunk("body")}0\r\nA: b\n\r\n`,
      reason: /Bare LF in the trailer section/,
    }),
  ],
  "lengths that contradict each other, or are none": [
    () => {
      const length = below(100);
      const other = length + 1 + below(100);
      return {
        response: oneOf(
          `${OK}Content-Length: ${length}\r\nContent-Length: ${other}\r\n\r\n`,
          `${OK}Content-Length: ${length}, ${other}\r\n\r\n`,
        ) + letters(200),
        reason: /Content-Lengths differ/,
      };
    },
    () => {
      const fields = [CHUNKED, `Content-Length: ${below(20)}\r\n`];
      if (below(2) === 0) fields.reverse();
      return {
        response: `${OK}${fields.join("")}\r\n${chunk("body")}0\r\n\r\n`,
        reason: /Content-Length beside Transfer-Encoding/,
      };
    },
    () => ({
      response: `${OK}Content-Length: ${
        oneOf("-1", "+4", "0x4", "4 4", "4;", "", "four", "4.0", "9".repeat(17))
      }\r\n\r\nbody`,
      reason: /Invalid Content-Length/,
    }),
    () => ({
      response: `${OK}Transfer-Encoding: ${
        oneOf("gzip", "gzip, chunked", "chunked, chunked", "identity", "")
      }\r\n\r\n${chunk("body")}0\r\n\r\n`,
      reason: /Unsupported Transfer-Encoding/,
    }),
  ],
  "chunks that are longer than their size": [
    () => {
      const body = letters(3 + below(1_000));
      return {
        response: `${OK}${CHUNKED}\r\n${
          hex(1 + below(body.length - 2))
        }\r\n${body}\r\n0\r\n\r\n`,
        reason: /longer than its size says/,
      };
    },
  ],
  "another protocol": [
    () => ({
      response: oneOf(
        "220 ftp.example.com ready\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "<html>\r\n",
        "Welcome!",
      ),
      reason:
        /Not an HTTP status line|Neither HTTP|Switched protocols|ended before/,
    }),
  ],
};

for (const [name, broken] of Object.entries(BROKEN)) {
  fault({
    target,
    fault: `${name}, from a web server`,
    fn: (tally) =>
      countedOften(tally, size(8, 200), (i) => {
        const { response, reason } = (broken[i % broken.length] ?? broken[0])();
        return withFile(async (file) => {
          const ended = await meet(
            get("--output", file.path),
            answer(response),
            file.options,
          );
          assertEquals(ended.code, 1, JSON.stringify(response));
          assertFailed(ended, reason);
          await file.assertUntouched();
        });
      }),
  });
}

/** How a body is framed, and how the client ends when the connection does. */
interface Framing {
  name: string;
  head: string;
  code: number;
}

const FRAMINGS: [Framing, ...Framing[]] = [
  { name: "the connection", head: `${OK}\r\n`, code: 0 },
  {
    name: "its length",
    head: `${OK}Content-Length: 1000000000000\r\n\r\n`,
    code: 1,
  },
  {
    name: "its last chunk",
    head: `${OK}${CHUNKED}\r\ne8d4a51000\r\n`,
    code: 1,
  },
];

fault({
  target,
  fault: "a web server that resets, or falls silent, in the body",
  fn: (tally) =>
    countedOften(tally, size(12, 200), (i) =>
      withFile(async (file) => {
        const { head } = oneOf(...FRAMINGS);
        const bytes = binary(head + letters(below(300_000)));
        if (i % 4 === 3) {
          const ended = await meet(
            get("--timeout=0.2", "--output", file.path),
            async (conn) => {
              await hear(conn);
              await writeAll(conn, bytes);
              await readToEnd(conn);
            },
            file.options,
          );
          // On a busy machine it may take that long to connect.
          assertFailed(ended, /silent for too long|nothing came within/);
        } else {
          const ended = await meetReset(
            get("--output", file.path),
            { bytes, first: "client" },
            file.options,
          );
          assertFailed(ended, /broken the connection off/);
        }
        await file.assertUntouched();
      })),
});

const tls = new URL("../tls/", import.meta.url);

fault({
  target,
  fault: "a TLS connection that is cut off where the body might end",
  fn: (tally) =>
    countedOften(tally, size(3, 50), () =>
      withFile(async (file) => {
        const secure = Deno.listenTls({
          hostname: "127.0.0.1",
          port: 0,
          cert: Deno.readTextFileSync(new URL("localhost.pem", tls)),
          key: Deno.readTextFileSync(new URL("localhost.key", tls)),
        });
        const served = Promise.allSettled([(async () => {
          using conn = await secure.accept();
          await conn.read(new Uint8Array(2_000));
          await writeAll(conn, binary(`${OK}\r\n`));
          await writeAll(conn, binary(letters(100 + below(10_000))));
          await conn.closeWrite();
          await conn.read(new Uint8Array(1));
        })()]);
        const ended = await meet(
          (port) => [
            "--get",
            `https://localhost:${port}/`,
            "--output",
            file.path,
          ],
          (conn) => forwardWithoutAlert(conn, secure.addr.port),
          {
            allow: [...file.options.allow ?? [], "net=localhost"],
            env: { DENO_CERT: "tests/tls/authority.pem" },
          },
        );
        // Nobody may have come.
        secure.close();
        await served;
        assertFailed(ended, /without sending TLS close_notify/);
        await file.assertUntouched();
      })),
});

/** Stands between the two, and takes away the record that ends the stream. */
async function forwardWithoutAlert(
  client: Deno.TcpConn,
  port: number,
): Promise<void> {
  using server = await Deno.connect({ hostname: "127.0.0.1", port });
  const ask = async () => {
    const buffer = new Uint8Array(20_000);
    for (let n; (n = await client.read(buffer)) !== null;) {
      await writeAll(server, buffer.subarray(0, n));
    }
    await server.closeWrite();
  };
  const answer = async () => {
    for (;;) {
      const head = await readExactly(server, 5);
      const [type = 0, , , high = 0, low = 0] = head;
      const record = await readExactly(server, high * 256 + low);
      // An alert of TLS 1.3 looks like data: 2 bytes, their type, and 16 to seal
      // them (RFC 8446, 5.2). Nothing else here is that short.
      if (type === 23 && record.length === 19) break;
      await writeAll(client, head);
      await writeAll(client, record);
    }
    await client.closeWrite();
  };
  // Whatever goes wrong here, the client tells what it makes of it.
  await Promise.allSettled([ask(), answer()]);
}

/** What goes on without end, and where it stops being taken, in bytes. */
const ENDLESS: [
  name: string,
  begin: string,
  more: () => string,
  most: number,
][] = [
  ["a status line", OK.trimEnd(), () => letters(1_000), 65_536],
  ["a field", `${OK}X: `, () => letters(1_000), 65_536],
  ["fields", OK, () => `X-${below(1e6)}: ${letters(below(99))}\r\n`, 65_536],
  ["interim responses", "", () => "HTTP/1.1 103 Early\r\n\r\n", 65_536],
  ["a chunk extension", `${OK}${CHUNKED}\r\n4;`, () => letters(99), 4_096],
  ["trailers", `${OK}${CHUNKED}\r\n0\r\n`, () => "A: b\r\n", 65_536],
];

/** The most that the client reads at once. */
const READ = 262_144;

for (const [name, begin, more, most] of ENDLESS) {
  fault({
    target,
    fault: `${name} without end, from a web server`,
    fn: (tally) =>
      countedOften(tally, size(2, 30), async () => {
        const ended = await meet(get("--trace"), async (conn) => {
          await hear(conn);
          await writeAll(conn, binary(begin));
          for (;;) await writeAll(conn, binary(more().repeat(10)));
        });
        const lines = ended.stderr.split("\n");
        assertEquals(ended.code, 1);
        assertStringIncludes(lines.at(-2) ?? "", `longer than ${most} bytes`);
        // The server cannot know what the kernel has kept for the client; the
        // client's own trace tells what it has taken.
        const taken = lines
          .map((line) => / <- .* (\d+) bytes?$/.exec(line)?.[1])
          .reduce((sum, n = "0") => sum + Number(n), 0);
        assert(
          taken >= most && taken <= begin.length + most + READ,
          `${taken}`,
        );
      }),
  });
}

for (const { name, head, code } of FRAMINGS) {
  fault({
    target,
    fault: `a body of ${size(100, 1_000)} MB that ends with ${name}`,
    skip: noProc,
    fn: (tally) => counted(tally, () => takesWithoutGrowing(head, code)),
  });
}

/** More than a garbage collector leaves lying about, less than a tenth of the body. */
const GROWTH = 40_000_000;

async function takesWithoutGrowing(
  head: string,
  expected: number,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // What a process of its own printed would stay in this one's memory.
  await using client = Process.start("sh", [
    "-c",
    'exec "$@" > /dev/null',
    "sh",
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    target,
    ...get()(listener.addr.port),
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  using conn = await deadline(listener.accept(), PATIENCE);
  listener.close();
  await hear(conn);
  await writeAll(conn, binary(head));
  const million = new Uint8Array(1_000_000).fill(0x62);
  const send = async (megabytes: number) => {
    for (let i = 0; i < megabytes; i++) await writeAll(conn, million);
  };
  await send(20);
  const before = residentMemory(client.pid);
  await send(size(80, 980));
  const grown = residentMemory(client.pid) - before;
  assert(grown < GROWTH, `Memory grew by ${grown}`);
  conn.close();
  const { code, stderr } = await client.ended();
  assertEquals(code, expected, stderr);
}

fault({
  target,
  fault: "escape sequences, broken UTF-8 and NULs from a web server",
  fn: (tally) =>
    countedOften(tally, size(16, 500), (i) =>
      withFile(async (file) => {
        const trace = i % 2 === 0 ? [] : ["--trace"];
        const ended = await meet(
          get("--output", file.path, ...trace),
          answer(hostileResponse()),
          file.options,
        );
        assertHarmless(ended);
        if (ended.code === 0) {
          await file.assertHolds("body");
          if (i % 2 === 0) assertEquals(ended.stderr, "");
        } else {
          await file.assertUntouched();
          if (i % 2 === 0) assertFailed(ended);
        }
      })),
});

/** A response with the worst in it, where it may be and where it may not. */
function hostileResponse(): string {
  // With no line end as it should be, which would make another response of it.
  const bad = String.fromCharCode(...hostileBytes(1 + below(40)))
    .replace(/\r+\n/g, "\n");
  const allowed = bad.replace(/[\0\r\n]/g, "");
  return oneOf(
    `HTTP/1.1 200 ${allowed}\r\nX: ${allowed}\r\nContent-Length: 4\r\n\r\nbody`,
    bad,
    `HTTP/1.1 200 ${bad}\r\nContent-Length: 4\r\n\r\nbody`,
    `${OK}${bad}\r\nContent-Length: 4\r\n\r\nbody`,
    `${OK}Content-Length: 4\r\nX: ${bad}\r\n\r\nbody`,
    `${OK}Content-Length: 4${bad}\r\n\r\nbody`,
    `${OK}Transfer-Encoding: ${bad}\r\n\r\nbody`,
    `${OK}${CHUNKED}\r\n4${bad}\r\nbody\r\n0\r\n\r\n`,
    `${OK}${CHUNKED}\r\n4\r\nbody\r\n0\r\nX: ${bad}\r\n\r\n`,
  );
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  fault({
    target,
    fault: `${signal}, at any time while it writes a file`,
    skip: Deno.build.os === "windows" && "no signals",
    fn: (tally) =>
      countedOften(
        tally,
        size(8, 300),
        (i) =>
          withFile((file) =>
            i % 2 === 0
              ? killsInTheBody(signal, file)
              : killsAtAnyTime(signal, file)
          ),
      ),
  });
}

async function killsInTheBody(
  signal: Deno.Signal,
  file: Target,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using client = deno(
    target,
    get("--output", file.path)(listener.addr.port),
    file.options,
  );
  using conn = await deadline(listener.accept(), PATIENCE);
  const { head } = oneOf(...FRAMINGS);
  await hear(conn);
  await writeAll(conn, binary(head));
  await client.line("");
  const sent = sendAll(conn, binary(letters(below(3_000_000))));
  if (below(2) === 0) await sent;
  client.kill(signal);
  const ended = await client.ended();
  await sent;
  assertFailed(ended, new RegExp(`Interrupted by ${signal}$`, "m"));
  await file.assertUntouched();
}

/** One turn of the event loop. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** From when there is a file to be left behind to when all is done. */
async function killsAtAnyTime(
  signal: Deno.Signal,
  file: Target,
): Promise<void> {
  const body = letters(100_000);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using client = deno(
    target,
    get("--output", file.path)(listener.addr.port),
    file.options,
  );
  const served = Promise.allSettled([(async () => {
    using conn = await listener.accept();
    await answer(`${OK}Content-Length: ${body.length}\r\n\r\n${body}`)(conn);
  })()]);
  let isOver = false;
  const ending = client.ended().finally(() => isOver = true);
  // As soon as there is a file to be left behind, or a moment later.
  while (!isOver && !namesIn(file.dir).includes("page.part")) await turn();
  for (let turns = below(10); turns > 0; turns--) await turn();
  try {
    client.kill(signal);
  } catch (error) {
    // It may have been faster than the signal.
    if (!(error instanceof TypeError)) throw error;
  }
  const ended = await ending;
  listener.close();
  await served;
  // A signal that is not heard, before or after all, ends the program by itself.
  assert(ended.signal === signal || ended.code < 2, ended.stderr);
  if (ended.code === 1) assertFailed(ended, /Interrupted/);
  await file.assertUntouched().catch((error) => {
    if (ended.code === 1) throw error;
    return file.assertHolds(body);
  });
}
