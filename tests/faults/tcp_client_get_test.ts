import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeAll } from "../../lib/io/streams.ts";
import { accept, bounded } from "../support/connection.ts";
import { readToEnd } from "../support/pair.ts";
import { Process } from "../support/process.ts";
import { deno, ROOT, type ScriptOptions } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import {
  type Args,
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
import { readExactly } from "../../lib/io/streams.ts";
import { connect, PATIENCE } from "../support/peers.ts";
import { namesIn } from "../support/temp_dir.ts";
import { noProc, residentMemory } from "../support/usage.ts";
import { binary } from "../support/wire.ts";

const target = CLIENT;
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";

const get = (...args: string[]): Args => (port) => [
  "--get",
  `http://127.0.0.1:${port}/`,
  ...args,
];

/** Reads the request, or its first part; nothing here depends on it. */
const readRequest = (conn: Deno.TcpConn) => conn.read(new Uint8Array(2_000));

/** Answers any request with these bytes, and then the end of input. */
const answer = (response: string) => async (conn: Deno.TcpConn) => {
  await readRequest(conn);
  await writeAll(conn, binary(response));
  await conn.closeWrite();
  await readToEnd(conn);
};

/** Sends all bytes, or fewer if the client closes. */
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

/** Gives a file to write to; half of the time it exists already. */
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

/** A response that must be refused, and the reason. */
type Broken = () => { response: string; reason: RegExp };

const letters = (length: number) => "b".repeat(length);
const hex = (number: number) => number.toString(16);
const chunk = (body: string) => `${hex(body.length)}\r\n${body}\r\n`;

/** A valid response with a random chunked body. */
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
  "a body that is shorter than its length": [
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
  "invalid chunk sizes": [
    () => ({
      response: `${OK}${CHUNKED}\r\n${
        oneOf(
          "",
          " ",
          "-1",
          "+1",
          "0x4",
          "4 4",
          " 4",
          "4h",
          "4\tx",
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
      }\r\nbody\r\n0\r\n\r\n`,
      reason: /Invalid chunk size|NUL in the chunk size/,
    }),
  ],
  "a header that ends early": [
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
  "invalid line ends, and NULs": [
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
  "lengths that are invalid, or contradict each other": [
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
              await readRequest(conn);
              await writeAll(conn, bytes);
              await readToEnd(conn);
            },
            file.options,
          );
          // On a busy machine it may take that long to connect.
          assertFailed(ended, /no data for|no answer within/);
        } else {
          const ended = await meetReset(
            get("--output", file.path),
            { bytes, first: "client" },
            file.options,
          );
          assertFailed(ended, /reset the connection|closed the connection/);
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
          using conn = bounded(await secure.accept(), PATIENCE);
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
        // The client may have failed before it connected.
        secure.close();
        await served;
        assertFailed(
          ended,
          /cut off: TLS has not announced its end \(close_notify\)/,
        );
        await file.assertUntouched();
      })),
});

/** Relays between the two, and drops the record that ends the stream. */
async function forwardWithoutAlert(
  client: Deno.TcpConn,
  port: number,
): Promise<void> {
  using server = await connect(port);
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
  // Errors here do not matter: the test looks at what the client prints.
  await Promise.allSettled([ask(), answer()]);
}

/** Parts that never end, and the limit in bytes where the client refuses them. */
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

/** The largest read of the client. */
const READ = 262_144;

for (const [name, begin, more, most] of ENDLESS) {
  fault({
    target,
    fault: `${name} without end, from a web server`,
    fn: (tally) =>
      countedOften(tally, size(2, 30), async () => {
        const ended = await meet(get("--trace"), async (conn) => {
          await readRequest(conn);
          await writeAll(conn, binary(begin));
          for (;;) await writeAll(conn, binary(more().repeat(10)));
        });
        const lines = ended.stderr.split("\n");
        assertEquals(ended.code, 1);
        assertStringIncludes(lines.at(-2) ?? "", `longer than ${most} bytes`);
        // The server cannot know how much the kernel has buffered for the client;
        // the client's own trace shows how much it has read.
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

/** More than uncollected garbage, less than a tenth of the body. */
const GROWTH = 40_000_000;

async function takesWithoutGrowing(
  head: string,
  expected: number,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // The runner would keep the output in this process's memory.
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
  using conn = await accept(listener, PATIENCE);
  listener.close();
  await readRequest(conn);
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

/** A response with hostile bytes, where they are allowed and where they are not. */
function hostileResponse(): string {
  // Without a proper line end, which would make another response of it.
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

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
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
  using conn = await accept(listener, PATIENCE);
  const { head } = oneOf(...FRAMINGS);
  await readRequest(conn);
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

/** At a random time after the part file exists. */
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
    using conn = bounded(await listener.accept(), PATIENCE);
    await answer(`${OK}Content-Length: ${body.length}\r\n\r\n${body}`)(conn);
  })()]);
  let isOver = false;
  const ending = client.ended().finally(() => isOver = true);
  // As soon as the part file exists, or a moment later.
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
  // Before the program listens for signals and after it has finished, the signal itself ends it.
  assert(ended.signal === signal || ended.code < 2, ended.stderr);
  if (ended.code === 1) assertFailed(ended, /Interrupted/);
  await file.assertUntouched().catch((error) => {
    if (ended.code === 1) throw error;
    return file.assertHolds(body);
  });
}
