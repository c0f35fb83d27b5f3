/**
 * tcp_client.ts against hostile servers: tables of what a server sends, and of what the
 * client must print then. In `deno task faults` each row is run many times, and its
 * bytes arrive in other pieces each time.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "node:fs";
import { WELCOME } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { accept } from "../support/connection.ts";
import { counted, countedOften, fault, size } from "../support/fault.ts";
import {
  assertHarmless,
  below,
  hostileBytes,
  oneOf,
} from "../support/hostile_bytes.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { connect, PATIENCE } from "../support/tcp_peers.ts";
import { Process } from "../support/process.ts";
import { deno, ROOT } from "../support/scripts.ts";
import {
  type Args,
  assertReason,
  CLIENT as target,
  end,
  forever,
  get,
  meet,
  request,
  reset,
  type Step,
  take,
  talk,
  utf8,
  whole,
  withPage,
} from "../support/tcp_client.ts";
import { listenTls, TRUST } from "../support/tls.ts";
import { noProc, residentMemory } from "../support/linux_proc.ts";
import { binary, encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noLinux, noSignals } from "../support/skip.ts";

/** How often each row runs. */
const TIMES = size(1, 50);

/** The row of a run: each in turn. */
function at<T>(rows: readonly T[], run: number): T {
  const row = rows[run % rows.length];
  assert(row !== undefined);
  return row;
}

/** Whether the bytes of a row arrive in pieces: every other time. */
const isCut = (i: number, { length }: unknown[]) =>
  (i + Math.floor(i / length)) % 2 === 0;

/** The length of a piece, as slow networks deliver them. */
const piece = () => 1 + below(oneOf(1, 20, 300));

const NAMES = ["Sarah", "小".repeat(30), "👩‍🚀 %s\\"];
const [A = "", B = "", C = ""] = NAMES;
const ALL = [WELCOME_TEXT, ...NAMES.map(hello)];
const lines = (count: number) =>
  ALL.slice(0, count).map((line) => `${line}\n`).join("");

const [helloA = "", helloB = "", helloC = ""] = NAMES
  .map((name) => utf8(hello(name)));
const toA = [WELCOME_TEXT, take(A)];
const toB = [...toA, helloA, take(B)];
const toC = [...toB, helloB, take(C)];
const welc = WELCOME_TEXT.slice(0, -4);
const hell = helloA.slice(0, 4);
const late = talk("--timeout=0.2", ...NAMES);
const wrong = "\xff\xc3\x28\0\x1b[2J\xe2\x80\xae\xe2\x80\xa8\n";
const shown = "\\xff\\xc3(\\x00\\x1b[2J\\u{202e}\\u{2028}\\x0a";
const asLong = "a".repeat(wrong.length - hello("").length);
const all = talk(...NAMES);

/** What the server does, the lines that the client prints, and why it fails. */
const TALKS: [
  args: Args,
  server: Step[],
  printed: number,
  why?: string | RegExp,
][] = [
  [all, [...toC, helloC, take("exit")], 4],
  // All answers before the first name, and then more without end.
  [all, [utf8(ALL.join(""))], 4],
  [all, [utf8(ALL.join("")), forever(() => hello("").repeat(10_000))], 4],
  // A server that stops half-way.
  [all, [end], 0, `ended after 0 of ${WELCOME.length} bytes`],
  [
    all,
    [welc, end],
    0,
    `after ${welc.length} of ${WELCOME.length} bytes; check`,
  ],
  [all, [...toB, helloB.slice(0, -2), end], 2, `of ${helloB.length} bytes`],
  // One that falls silent.
  [late, [], 0, "no answer within 0.2 s"],
  [late, [...toA, hell], 1, "no answer within 0.2 s"],
  // One that resets.
  [all, [reset], 0, /reset the connection/],
  [all, [welc, reset], 0, /reset the connection|ended after/],
  [all, [WELCOME_TEXT, hell, reset], 1, /(reset|closed) the connection/],
  // Another server.
  [talk("--timeout=1000"), [whole("220\r\n")], 0, 'but "220\\x0d\\x0a" came'],
  [
    talk(asLong),
    [WELCOME_TEXT, take(asLong), whole(wrong)],
    1,
    `but "${shown}" came`,
  ],
];

fault({
  target,
  fault: "answers cut anywhere, too early, too many, wrong, or not at all",
  fn: (tally) =>
    countedOften(tally, TALKS.length * TIMES, async (i) => {
      const [args, server, printed, why] = at(TALKS, i);
      const cut = isCut(i, TALKS) ? { piece } : {};
      const ended = await meet(args, server, cut);
      // What is sent may be late on a busy machine, or be lost to a reset.
      const isLossy = args === late || server.at(-1) === reset;
      const most = lines(printed);
      if (isLossy) assert(most.startsWith(ended.stdout), ended.stdout);
      else assertEquals(ended.stdout, most, ended.stderr);
      assertReason(ended, why);
    }),
});

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const length = (value: string | number) => `${OK}Content-Length: ${value}\r\n`;

/**
 * What a web server sends before it ends, and why the client refuses it: one row for
 * each place in the response; the tests of lib/http have every way to get there.
 */
const PAGES: [response: string | Step[], why: string | RegExp][] = [
  ["", /nothing was received/i],
  ["220 ftp.example.com ready\r\n", "Not an HTTP status line"],
  [`${OK}A: b\r\n`, "ended before the header did"],
  [`${OK}A: b\nC: d\r\n\r\n`, "Bare LF in the header"],
  [`${length("4, 5")}\r\nbody`, "Content-Lengths differ"],
  [`${length(6)}\r\nbody`, "The body ended after 4 of 6 bytes"],
  [`${CHUNKED}0x4\r\nbody\r\n0\r\n\r\n`, 'Invalid chunk size: "0x4"'],
  [`${CHUNKED}4\r\nbody\r\n`, "ended before the last chunk"],
  ["HTTP/1.1 404 Not Found\r\n\r\nnew", '"HTTP/1.1 404 Not Found"'],
  [
    "HTTP/1.1 301 Moved\r\nLocation: http://b.example/\r\n\r\n",
    'location "http://b.example/"',
  ],
  [[request, `${OK}\r\nbody`, reset], /(reset|closed) the connection/],
  [[request, `${CHUNKED}9\r\nbody`, reset], /(reset|closed) the connection/],
  [[request, `${CHUNKED}9\r\nbody`], /no (data for|answer within) 0\.2 s/],
];

fault({
  target,
  fault: "--get: responses that are broken, or fail half-way",
  fn: (tally) =>
    countedOften(
      tally,
      PAGES.length * TIMES,
      (i) =>
        withPage(async ({ path, options, text }) => {
          const [response, why] = at(PAGES, i);
          const isWritten = typeof response === "string";
          const server = isWritten ? [request, response, end] : response;
          const isSilent = !isWritten && server.at(-1) !== reset;
          const old = i % 2 === 0 ? "old" : null;
          if (old !== null) Deno.writeTextFileSync(path, old);
          const ended = await meet(
            get(`--timeout=${isSilent ? 0.2 : 5}`, "--output", path),
            server,
            isCut(i, PAGES) ? { ...options, piece } : options,
          );
          assertReason(ended, why);
          assertEquals(text(), old);
        }),
    ),
});

/** Parts that never end, and how many bytes of them the client takes. */
const ENDLESS: [name: string, begin: string, more: string, most: number][] = [
  ["fields", OK, `X: ${"b".repeat(50)}\r\n`, 65_536],
  ["a chunk extension", `${CHUNKED}4;`, "b".repeat(99), 4_096],
];

/** The largest read of the client. */
const READ = 262_144;

fault({
  target,
  fault: "--get: what never ends",
  fn: (tally) =>
    countedOften(tally, ENDLESS.length * size(1, 30), async (i) => {
      const [name, begin, more, most] = at(ENDLESS, i);
      const server = [request, begin, forever(() => more.repeat(10))];
      const { code, stderr } = await meet(get("--trace"), server);
      assertEquals(code, 1, name);
      const all = stderr.trimEnd().split("\n");
      assertMatch(all.at(-1) ?? "", new RegExp(`longer than ${most} bytes`));
      // What the kernel holds for the client is not counted: its own trace is.
      const taken = all.map((line) => / <- .* (\d+) bytes?$/.exec(line)?.[1])
        .reduce((sum, n = "0") => sum + Number(n), 0);
      const limit = begin.length + most + READ;
      assert(taken >= most && taken <= limit, `${name}: ${taken}`);
    }),
});

/** Answers, so that a part of them can be replaced by bytes that do harm. */
const VALID = [
  "Welcome!",
  `${length(4)}X: y\r\n\r\nbody`,
  `${CHUNKED}4;x=y\r\nbody\r\n0\r\nX: y\r\n\r\n`,
];

fault({
  target,
  fault: "escape sequences, bidi controls, broken UTF-8 and NULs",
  fn: (tally) =>
    countedOften(
      tally,
      size(6, 1_200),
      (i) =>
        withPage(async ({ path, options, text }) => {
          const valid = at(VALID, i);
          const isTalk = valid === VALID[0];
          const trace = i % 2 === 0 ? [] : ["--trace"];
          const start = below(valid.length);
          const bad = String.fromCharCode(...hostileBytes(1 + below(40)));
          const response = valid.slice(0, start) + bad +
            valid.slice(start + below(20));
          const ended = await meet(
            isTalk ? talk(...trace) : get(...trace, "--output", path),
            [...isTalk ? [] : [request], response, end],
            options,
          );
          assertHarmless(ended);
          const stderr = ended.stderr.replace(/^(\d+\.\d+ | {6}).*\n/gm, "");
          const isDone = ended.code === 0;
          assertReason({ ...ended, stderr }, isDone ? undefined : /./);
          if (isTalk) assertEquals(ended.stdout, "");
          else assertEquals(text() !== null, isDone);
        }),
    ),
});

fault({
  target,
  fault: "a TLS connection that is cut off where the body might end",
  fn: (tally) =>
    countedOften(
      tally,
      size(1, 50),
      () =>
        withPage(async ({ path, options, text }) => {
          const listener = listenTls();
          const secure = listener.addr.port;
          const serve = async () => {
            using conn = await accept(listener, PATIENCE);
            await conn.read(new Uint8Array(2_000));
            await writeAll(conn, encode(`${OK}\r\n${"b".repeat(1_000)}`));
            await conn.read(new Uint8Array(1));
          };
          const served = Promise.allSettled([serve()]);
          const printed = Promise.withResolvers<void>();
          const relay = async (client: Deno.Conn) => {
            using server = await connect(secure);
            const passing = Promise.allSettled([
              client.readable.pipeTo(server.writable),
              server.readable.pipeTo(client.writable),
            ]);
            // The header is, and the body came with it. TLS has not ended.
            await printed.promise;
            client.close();
            server.close();
            await passing;
          };
          const ended = await meet(
            (port) => ["--get", `https://localhost:${port}/`, "--output", path],
            [relay],
            {
              ...options,
              env: TRUST,
              onLine: (line) => line === "" && printed.resolve(),
            },
          );
          listener.close();
          await served;
          assertReason(ended, "TLS has not announced its end (close_notify)");
          assertEquals(text(), null);
        }),
    ),
});

fault({
  target,
  fault: "a server that never accepts",
  // How many connections wait to be accepted is for the system to say.
  skip: noLinux,
  fn: (tally) =>
    countedOften(tally, size(1, 25), async () => {
      const hostname = "127.0.0.1";
      using listener = Deno.listen({ hostname, port: 0, tcpBacklog: 1 });
      const { port } = listener.addr;
      // Linux queues one more than the backlog. Further connections get no answer.
      using _first = await Deno.connect({ hostname, port });
      using _second = await Deno.connect({ hostname, port });
      await using client = deno(target, late(port));
      assertReason(await client.ended(), "no answer within 0.2 s");
    }),
});

/** How a body is framed, and how the client ends when the connection does. */
const FRAMINGS: [name: string, head: string, code: number][] = [
  ["its last chunk", `${CHUNKED}e8d4a51000\r\n`, 1],
  ["its length", `${length(1_000_000_000_000)}\r\n`, 1],
  ["the connection", `${OK}\r\n`, 0],
];

/** More than uncollected garbage, and less than half of the body. */
const GROWTH = 40_000_000;

for (const [name, head, code] of FRAMINGS.slice(0, size(1, 3))) {
  fault({
    target,
    fault: `a body of ${size(100, 1_000)} MB that ends with ${name}`,
    skip: noProc,
    fn: (tally) =>
      counted(tally, async () => {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        // The runner would keep the output in this process's memory.
        await using client = Process.start("sh", [
          ...["-c", 'exec "$@" > /dev/null', "sh", Deno.execPath(), "run"],
          ...["--no-prompt", "--allow-net=127.0.0.1", target],
          ...get()(listener.addr.port),
        ], { cwd: ROOT });
        using conn = await accept(listener, PATIENCE);
        await conn.read(new Uint8Array(2_000));
        await writeAll(conn, binary(head));
        const million = new Uint8Array(1_000_000).fill(0x62);
        const send = async (count: number) => {
          for (; count > 0; count--) await writeAll(conn, million);
        };
        await send(20);
        const before = residentMemory(client.pid);
        await send(size(80, 980));
        const grown = residentMemory(client.pid) - before;
        assert(grown < GROWTH, `Memory grew by ${grown}`);
        conn.close();
        const ended = await client.ended();
        assertEquals(ended.code, code, ended.stderr);
      }),
  });
}

fault({
  target,
  fault: "SIGINT, SIGTERM and SIGHUP, at any time while it writes a file",
  skip: noSignals,
  fn: (tally) =>
    countedOften(
      tally,
      size(6, 900),
      (i) =>
        withPage(async ({ path, options, text }) => {
          const signal = at(["SIGINT", "SIGTERM", "SIGHUP"] as const, i);
          const isInBody = i % 2 === 0;
          const half = "b".repeat(50_000 + below(1_000_000));
          using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
          await using client = deno(
            target,
            get("--output", path)(listener.addr.port),
            options,
          );
          const serve = async () => {
            using conn = await accept(listener, PATIENCE);
            await conn.read(new Uint8Array(2_000));
            await writeAll(
              conn,
              encode(`${length(2 * half.length)}\r\n${half}`),
            );
            if (!isInBody) await writeAll(conn, encode(half));
            await readToEnd(conn);
          };
          const served = Promise.allSettled([serve()]);
          let isOver = false;
          const ending = client.ended().finally(() => isOver = true);
          // In the body, or at a random time after the part file exists.
          if (isInBody) await client.line("");
          while (!isOver && !existsSync(`${path}.part`)) await turn();
          for (let n = isInBody ? 0 : below(30); n > 0; n--) await turn();
          try {
            client.kill(signal);
          } catch (error) {
            // It has ended meanwhile.
            if (!(error instanceof TypeError)) throw error;
          }
          const ended = await ending;
          listener.close();
          await served;
          const { code, stderr } = ended;
          if (isInBody || code === 1) {
            assertReason({ code, stderr }, `Interrupted by ${signal}`);
            assertEquals(text(), null);
          } else {
            // The signal itself ends a program that does not listen for it any more.
            assert(ended.signal === signal || code === 0, stderr);
            assertEquals(text() ?? half + half, half + half);
          }
        }),
    ),
});

/** One turn of the event loop. */
const turn = () => new Promise((resolve) => setTimeout(resolve));
