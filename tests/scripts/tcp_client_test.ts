/** tcp_client.ts as a process: what it sends, prints, writes and exits with. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { accept } from "../support/connection.ts";
import { Process, run } from "../support/process.ts";
import { python } from "../support/python.ts";
import { deno, ROOT } from "../support/scripts.ts";
import {
  assertReason,
  CLIENT,
  end,
  forever,
  get,
  meet,
  request,
  take,
  talk,
  utf8,
  withPage,
} from "../support/tcp_client.ts";
import { listenTls, TRUST } from "../support/tls.ts";
import { binary, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noIPv6, noTerminal, noUnix, testUnless } from "../support/skip.ts";

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("client sends the tutorial's bytes, each name after the last answer", async () => {
  const { code, stdout, stderr } = await meet(talk(), [
    ...["Welcome!", take("Michael"), "Hello, Michael!"],
    ...[take("Tracy"), "Hello, Tracy!", take("Sarah"), "Hello, Sarah!"],
    async (conn) => {
      await take("exit")(conn);
      assertEquals(await conn.read(new Uint8Array(1)), null);
    },
  ]);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "Welcome!\nHello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
    stderr: "",
  });
});

const MING = [WELCOME_TEXT, take("小明"), utf8(hello("小明")), take("exit")];
const PRINTED = `${WELCOME_TEXT}\n${hello("小明")}\n`;

Deno.test("client shows with --trace what crosses the wire, on standard error", async () => {
  const ended = await meet(talk("--trace", "小明"), MING);
  assertEquals([ended.code, ended.stdout], [0, PRINTED]);
  for (const text of [WELCOME_TEXT, hello("").slice(0, 3), "exit"]) {
    assertStringIncludes(ended.stderr, text);
  }
});

testUnless(noIPv6, "client talks over IPv6", async () => {
  const listener = Deno.listen({ hostname: "::1", port: 0 });
  const args = talk("-H", "::1", "小明");
  const ended = await meet(args, MING, { listener });
  assertEquals([ended.code, ended.stdout], [0, PRINTED], ended.stderr);
});

Deno.test("client writes a request by hand", async () => {
  let request = "";
  let port = 0;
  await meet((p) => get()(port = p), [async (conn) => {
    const buffer = new Uint8Array(2_000);
    const n = await conn.read(buffer);
    request = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
  }, end]);
  assertEquals(request.split("\r\n"), [
    "GET /a?b=c HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
    "",
    "",
  ]);
});

const PAGES: [name: string, response: string, stdout: string][] = [
  [
    "a body as it came, under a header that is safe to print",
    `${OK}Content-Length: 6\r\nX: \x1b[2J\r\n\r\n\x00\xff\x1b\r\n!`,
    "HTTP/1.1 200 OK\nContent-Length: 6\nX: \\x1b[2J\n\n\x00\xff\x1b\r\n!",
  ],
  [
    "a chunked body",
    `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n1;x=y\r\n!\r\n0\r\n\r\n`,
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nbody!",
  ],
  [
    "a body that ends with the connection",
    `${OK}\r\nbody`,
    "HTTP/1.1 200 OK\n\nbody",
  ],
  [
    "a redirect, which it does not follow",
    "HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.1/\r\n\r\n",
    "HTTP/1.1 301 Moved\nLocation: http://192.0.2.1/\n\n",
  ],
  [
    "the page of an error, and exits with 0",
    "HTTP/1.0 404 Not Found\r\n\r\nNo such page",
    "HTTP/1.0 404 Not Found\n\nNo such page",
  ],
];

for (const [name, response, stdout] of PAGES) {
  Deno.test(`client prints ${name}`, async () => {
    const ended = await meet(get(), [request, response, end]);
    assertReason(ended);
    assertEquals(ended.stdoutBytes, binary(stdout));
  });
}

Deno.test("client writes the body to a file, and the header alone to standard output", () =>
  withPage(async ({ path, options, text }) => {
    for (const body of ["one", "another"]) {
      const response = `${OK}X: y\r\n\r\n${body}`;
      const ended = await meet(
        get("-o", path),
        [request, response, end],
        options,
      );
      assertReason(ended);
      assertEquals(ended.stdout, "HTTP/1.1 200 OK\nX: y\n\n");
      assertEquals(text(), body);
    }
  }));

Deno.test("client does not connect if the file cannot be written", () =>
  withPage(async ({ path, options }) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const none = `${path}/none`;
    const allow = ["net=127.0.0.1", "read", "write"];
    const args = get("-o", none)(listener.addr.port);
    await using client = deno(CLIENT, args, { ...options, allow });
    const { code, stdout, stderr } = await client.ended();
    assertEquals({ code, stdout, stderr }, {
      code: 1,
      stdout: "",
      stderr:
        `tcp_client.ts: Cannot write "${none}": its directory does not exist; create it first\n`,
    });
  }));

testUnless(
  noUnix,
  "client obeys --max-time while nobody opens the named pipe of --output",
  () =>
    withPage(async ({ path, options }) => {
      await run("mkfifo", [path]);
      const args = get("-o", path, "--max-time=0.3")(9);
      await using client = deno(CLIENT, args, options);
      assertReason(await client.ended(), "not done within 0.3 s (--max-time)");
    }),
);

const TERMINAL = [python ?? "", "tests/support/terminal.py", "show"];
const ERASE = "\x1b\\[K";
const LINE = `\r\\d\\.\\d MB, \\d\\.\\d MB/s${ERASE}`;

testUnless(
  noTerminal,
  "client shows on a terminal how far --output is, after a second",
  () =>
    withPage(async ({ path }) => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const page = get("-o", path)(listener.addr.port);
      for (const terminal of [TERMINAL, []]) {
        const words = [...terminal, Deno.execPath(), "run", "-qA", CLIENT];
        const [program = "", ...args] = [...words, ...page];
        await using client = Process.start(program, args, { cwd: ROOT });
        using conn = await accept(listener);
        await conn.read(new Uint8Array(1_024));
        await conn.write(binary(`${OK}\r\n`));
        for (let i = 0; i < 30; i++) {
          await conn.write(new Uint8Array(100_000));
          await delay(50);
        }
        conn.close();
        const { stdout, stderr } = await client.ended();
        const shown = terminal === TERMINAL ? `(${LINE}){2,}\r${ERASE}` : "";
        assertMatch(stdout + stderr, RegExp(`^HTTP/1.1 200 OK\n\n${shown}$`));
      }
    }),
);

const secure = (port: number) => ["--get", `https://localhost:${port}/`];

Deno.test("client fetches over https", async () => {
  const ended = await meet(
    secure,
    [request, `${OK}Content-Length: 4\r\n\r\nbody`],
    { listener: listenTls(), env: TRUST },
  );
  assertReason(ended);
  assertEquals(ended.stdout, "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody");
});

Deno.test("client rejects a certificate without a known authority", async () => {
  const ended = await meet(secure, [request], { listener: listenTls() });
  assertReason(ended, / over TLS: .*--cert=/);
  assertEquals(ended.stdout, "");
});

Deno.test("client gives up when the whole takes longer than --max-time, however the bytes drip", async () => {
  const ended = await meet(
    get("--max-time=0.3", "--timeout=1000"),
    [request, `${OK}\r\n`, forever(() => ".", 10)],
  );
  assertReason(ended, "over TCP: not done within 0.3 s (--max-time)");
});
