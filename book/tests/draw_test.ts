import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { WELCOME } from "../../lib/greeting.ts";
import { Trace } from "../../lib/net/mod.ts";
import { preview } from "../tools/draw/preview.ts";
import { sequenceDiagram } from "../tools/draw/sequence_diagram.ts";
import { parseTrace } from "../tools/draw/trace_events.ts";
import { splitFences } from "../tools/docs/fences.ts";
import {
  encode,
  noSignals,
  Process,
  ROOT,
  startServer,
  stop,
  testUnless,
  WELCOME_TEXT,
} from "./support.ts";

const local = { hostname: "127.0.0.1", port: 51234 };
const remote = { hostname: "127.0.0.1", port: 9999 };
const ends = { transport: "TCP", local, remote } as const;

/** A trace of steps at these times, in milliseconds. */
function traceOf(...steps: [number, (trace: Trace) => void][]): string {
  const lines: string[] = [];
  let now = 0;
  const trace = new Trace((line) => lines.push(line), () => now);
  for (const [at, step] of steps) {
    now = at;
    step(trace);
  }
  return lines.join("\n");
}

function draw(text: string): string {
  return sequenceDiagram(parseTrace(text), { language: "en" });
}

/** The texts of a picture, from top to bottom. */
function wordsOf(svg: string): string[] {
  return Array.from(
    svg.matchAll(/<text [^>]*y="(\d+)"[^>]*>(.*?)<\/text>/g),
    ([, , text = ""]) =>
      text.replace(/<[^>]*>/g, "").replaceAll("&#160;", "").trim(),
  );
}

Deno.test("a trace is read as it was written, the first 64 bytes of each", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let length = 0; length <= bytes.length; length++) {
    const [event] = parseTrace(
      traceOf([0, (trace) => trace.log(ends, "<-", bytes.subarray(0, length))]),
    );
    assertEquals(event, {
      time: 0,
      transport: "TCP",
      local: "127.0.0.1:51234",
      remote: "127.0.0.1:9999",
      from: "remote",
      what: "bytes",
      length,
      bytes: bytes.slice(0, Math.min(length, 64)),
    });
  }
});

Deno.test("a trace is found among other lines", () => {
  const text = `Check file:///a.ts\r
0.000 TCP [::1]:51234 -> [::1]:9999 open\r
tcp_client.ts: Cannot talk to ::1:9999 over TCP\r
0.001 TCP [::1]:51234 <- [::1]:9999 error\r
`;
  assertEquals(
    parseTrace(text).map(({ local, what, from }) => [local, what, from]),
    [["[::1]:51234", "open", "local"], ["[::1]:51234", "error", "remote"]],
  );
});

Deno.test("a picture has all events in their order, and the pauses", () => {
  const svg = draw(traceOf(
    [0, (trace) => trace.log(ends, "->", "open")],
    [4, (trace) => trace.log(ends, "<-", encode("Welcome!"))],
    [5, (trace) => trace.log(ends, "->", encode("小明"))],
    [1_006, (trace) => trace.log(ends, "<-", encode("Hello, 小明!"))],
    [1_300, (trace) => trace.log(ends, "->", "end")],
    [3_300, (trace) => trace.log(ends, "<-", "end")],
    [3_301, (trace) => trace.log(ends, "->", "close")],
  ));
  assertEquals(wordsOf(svg), [
    "client",
    "127.0.0.1:51234",
    "server",
    "127.0.0.1:9999",
    "connects",
    "8 bytes Welcome!",
    "6 bytes 小明",
    "1 second",
    "14 bytes Hello, 小明!",
    "end",
    "2 seconds",
    "end",
    "closes",
  ]);
});

Deno.test("the client is on the left, whichever side wrote the trace", () => {
  const seen = { ...ends, local: remote, remote: local };
  const others = { ...seen, remote: { ...local, port: 51235 } };
  const svg = draw(traceOf(
    [0, (trace) => trace.log(seen, "->", "open")],
    [1, (trace) => trace.log(others, "->", "open")],
    [2, (trace) => trace.log(others, "<-", "end")],
    [3, (trace) => trace.log(others, "->", "close")],
  ));
  // Among several connections, the address tells which one.
  assertEquals(wordsOf(svg).at(-1), "closes 127.0.0.1:51235");
  assertEquals(wordsOf(svg).slice(0, 6), [
    "client",
    "127.0.0.1:51234",
    "client",
    "127.0.0.1:51235",
    "server",
    "127.0.0.1:9999",
  ]);
  const x = (text: string) =>
    Number(new RegExp(`x="(\\d+)"[^>]*>${text}<`).exec(svg)?.[1]);
  assertEquals(x("127.0.0.1:51234") < x("127.0.0.1:51235"), true);
  assertEquals(x("127.0.0.1:51235") < x("127.0.0.1:9999"), true);
});

Deno.test("a picture shows hostile bytes as text", () => {
  const labelOf = (text: string) =>
    wordsOf(
      draw(traceOf([0, (trace) => trace.log(ends, "->", encode(text))])),
    )[4];
  assertEquals(
    labelOf("</text><script>x</script>"),
    "25 bytes &lt;/text&gt;&lt;script&gt;x&lt;/script&gt;",
  );
  assertEquals(labelOf("\x1b[2J\u202e"), "7 bytes \\x1b[2J\\u{202e}");
  assertEquals(
    labelOf("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "27 bytes GET / HTTP/1.1…",
  );
  assertEquals(labelOf("x"), "1 byte x");
  assertEquals(labelOf(""), "0 bytes");
  // Cut in the middle of a character, by the trace: the half is left out.
  const cut = encode("小".repeat(22)).subarray(0, 64);
  assertEquals(preview(cut, 66, 50), `${"小".repeat(21)}…`);
  // Longer than the arrow.
  assertMatch(String(labelOf("x".repeat(1500))), /^1,500 bytes x{20,30}…$/);
});

/** The commands with which a page draws a picture. */
async function typedIn(page: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(page, ROOT));
  return splitFences(text).flatMap((part) =>
    typeof part !== "string" && part.info[0] === "sh" ? part.body : []
  );
}

async function shell(command: string): Promise<void> {
  await using process = Process.start("sh", ["-c", command], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stderr } = await process.ended();
  assertEquals(code, 0, stderr);
}

for (
  const [page, welcome] of [
    ["book/README.md", `${WELCOME.length} bytes ${WELCOME_TEXT}`],
    ["book/README.zh-CN.md", `${WELCOME.length} 字节 ${WELCOME_TEXT}`],
  ] as const
) {
  testUnless(
    noSignals,
    `a reader draws a run as ${page} shows it`,
    async () => {
      const folder = await Deno.makeTempDir();
      await using server = await startServer("tcp_server.ts", ["--delay=0"]);
      const { port } = server;
      try {
        for (const command of await typedIn(page)) {
          await shell(
            command.replace(/^deno/, `'${Deno.execPath()}'`)
              .replace(
                ":9999 tcp_client.ts",
                `:${port} tcp_client.ts --port=${port}`,
              )
              .replaceAll("run.", `${folder}/run.`),
          );
        }
        const svg = await Deno.readTextFile(`${folder}/run.svg`);
        assertEquals(wordsOf(svg)[5], welcome);
        assertStringIncludes(svg, `127.0.0.1:${port}`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      await stop(server);
    },
  );
}

function drawing(...args: string[]): Process {
  return Process.start(
    Deno.execPath(),
    ["run", "--quiet", "--allow-read", "book/tools/draw.ts", ...args],
    { cwd: ROOT, env: { NO_COLOR: "1" } },
  );
}

Deno.test("deno task draw names what it cannot draw", async () => {
  for (
    const [args, code, stderr] of [
      [["no.trace"], 1, /^draw\.ts: Cannot read no\.trace: .*\n$/],
      [[], 1, /^draw\.ts: Cannot find a trace in standard input: .*\n$/],
      [["README.md"], 1, /^draw\.ts: Cannot find a trace in README\.md: .*\n$/],
      [["--lang", "fr"], 2, /^draw\.ts: Unknown language: fr; .*\n$/],
      [["--colour"], 2, /^draw\.ts: Unknown argument: --colour\n$/],
      [["a", "b"], 2, /^draw\.ts: Unknown argument: b\n$/],
    ] as const
  ) {
    await using process = drawing(...args);
    const ended = await process.ended();
    assertEquals([ended.code, ended.stdout], [code, ""]);
    assertMatch(ended.stderr, stderr);
  }
});

Deno.test("a picture has Chinese words with --lang zh", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(
      file,
      traceOf(
        [0, (trace) => trace.log(ends, "->", encode("小明"))],
        [1_000, (trace) => trace.log(ends, "<-", "end")],
      ),
    );
    await using process = drawing("--lang=zh", file);
    const { code, stdout } = await process.ended();
    assertEquals(code, 0);
    assertEquals(wordsOf(stdout), [
      "客户端",
      "127.0.0.1:51234",
      "服务器",
      "127.0.0.1:9999",
      "6 字节 小明",
      "1 秒",
      "发送完毕",
    ]);
    assertStringIncludes(stdout, "@media (prefers-color-scheme: dark)");
  } finally {
    await Deno.remove(file);
  }
});
