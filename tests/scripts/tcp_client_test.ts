import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { GREETING_EXTRA } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { accept, bounded } from "../support/connection.ts";
import { readToEnd } from "../support/pair.ts";
import { Process } from "../support/process.ts";
import { python } from "../support/python.ts";
import { deno, ROOT, type ScriptOptions } from "../support/scripts.ts";
import { hasIPv6 } from "../support/ipv6.ts";
import { inTempDir, namesIn } from "../support/temp_dir.ts";
import { binary, encode, hello, WELCOME_TEXT } from "../support/wire.ts";

const SCRIPT = "tcp_client.ts";

/** Runs the client against a server that a test has written out. */
async function run(
  args: (port: number) => string[],
  serve: (conn: Deno.Conn) => Promise<void>,
  listener: Deno.Listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  options?: ScriptOptions,
) {
  const { port } = listener.addr as Deno.NetAddr;
  await using client = deno(SCRIPT, args(port), options);
  const served = listener.accept().then(async (conn) => {
    try {
      await serve(bounded(conn));
    } finally {
      conn[Symbol.dispose]();
    }
  });
  served.catch(() => {}); // Checked below; until then the client may run on.
  const ended = await client.ended();
  // If the client never connected, this ends the accept.
  listener.close();
  await served.catch((error) => {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  });
  const { code, stdout, stderr, stdoutBytes } = ended;
  return { code, stdout, stderr, stdoutBytes };
}

const talkTo = (...names: string[]) => (port: number) => [
  `--port=${port}`,
  ...names,
];

async function expectBytes(conn: Deno.Conn, text: string): Promise<void> {
  const buffer = new Uint8Array(2000);
  const n = await conn.read(buffer);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, n ?? 0)), text);
}

Deno.test("client sends the tutorial's bytes, each name after the last answer", async () => {
  const { stdoutBytes: _, ...ended } = await run(talkTo(), async (conn) => {
    await conn.write(encode("Welcome!"));
    for (const name of ["Michael", "Tracy", "Sarah"]) {
      await expectBytes(conn, name);
      await conn.write(encode(`Hello, ${name}!`));
    }
    await expectBytes(conn, "exit");
    await expectBytes(conn, "");
  });
  assertEquals(ended, {
    code: 0,
    stdout: "Welcome!\nHello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
    stderr: "",
  });
});

Deno.test("client reads answers that come a byte at a time, or all at once", async () => {
  const { code, stdout } = await run(talkTo("小明", "é"), async (conn) => {
    for (const byte of encode(WELCOME_TEXT)) {
      await conn.write(new Uint8Array([byte]));
    }
    await expectBytes(conn, "小明");
    for (const byte of encode(hello("小明"))) {
      await conn.write(new Uint8Array([byte]));
    }
    await expectBytes(conn, "é");
    await conn.write(
      encode(`${hello("é")}and something that was not asked for`),
    );
    await readToEnd(conn as Deno.TcpConn);
  });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `${WELCOME_TEXT}\n${hello("小明")}\n${hello("é")}\n`,
  });
});

Deno.test("client refuses anything but the greeting, and shows safely what came", async () => {
  const wrong = new Uint8Array([
    ...encode("\u202e\u2028!"),
    ...binary("\xff\xc3\x28\0\x1b[2J\x0a"),
  ]);
  const shown = "\\u{202e}\\u{2028}!\\xff\\xc3(\\x00\\x1b[2J\\x0a";
  // The wrong answer is as long as the right one.
  const name = "a".repeat(wrong.length - GREETING_EXTRA);
  const ended = await run(talkTo(name), async (conn) => {
    await conn.write(encode(WELCOME_TEXT));
    await expectBytes(conn, name);
    await conn.write(wrong);
    await readToEnd(conn as Deno.TcpConn);
  });
  const { code, stdout, stderr } = ended;
  assertEquals({ code, stdout }, { code: 1, stdout: `${WELCOME_TEXT}\n` });
  assertStringIncludes(
    stderr,
    ` over TCP: Expected "${hello(name)}", but "${shown}" came`,
  );
  assertEquals(stderr.split("\n").length, 2);
});

Deno.test("client recognizes another server by its first bytes, and does not wait for more", async () => {
  const { code, stderr } = await run(
    (port) => [`--port=${port}`, "--timeout=1000", "Sarah"],
    async (conn) => {
      await conn.write(encode("220\r\n"));
      await readToEnd(conn as Deno.TcpConn);
    },
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, '"220\\x0d\\x0a" came');
});

Deno.test("client says how far an answer came that is cut off", async () => {
  const { code, stdout, stderr } = await run(talkTo("Sarah"), async (conn) => {
    await conn.write(encode(WELCOME_TEXT));
    await expectBytes(conn, "Sarah");
    await conn.write(encode(hello("Sarah").slice(0, 3)));
  });
  assertEquals({ code, stdout }, { code: 1, stdout: `${WELCOME_TEXT}\n` });
  assertMatch(
    stderr,
    /^tcp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over TCP: .*; check what the server says\n$/,
  );
  const { length } = hello("Sarah");
  assertStringIncludes(stderr, `ended after 3 of ${length} bytes`);
});

Deno.test("client waits no longer than its time-out", async () => {
  const { code, stdout, stderr } = await run(
    (port) => [`--port=${port}`, "--timeout=0.2"],
    async (conn) => void await readToEnd(conn as Deno.TcpConn),
  );
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /^tcp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over TCP: .*0\.2 s.*\n$/,
  );
});

Deno.test("client shows with --trace what crosses the wire, on standard error", async () => {
  const { code, stdout, stderr } = await run(
    talkTo("--trace", "Sarah"),
    async (conn) => {
      await conn.write(encode(WELCOME_TEXT));
      await expectBytes(conn, "Sarah");
      await conn.write(encode(hello("Sarah")));
      await expectBytes(conn, "exit");
    },
  );
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: `${WELCOME_TEXT}\n${hello("Sarah")}\n`,
  });
  for (const text of [WELCOME_TEXT, "Sarah", hello("Sarah"), "exit"]) {
    assertStringIncludes(stderr, text);
  }
});

Deno.test({
  name: "client talks over IPv6",
  ignore: !hasIPv6,
  async fn() {
    const listener = Deno.listen({ hostname: "::1", port: 0 });
    const { code, stdout } = await run(
      (port) => ["-H", "::1", `--port=${port}`, "Sarah"],
      async (conn) => {
        await conn.write(encode(WELCOME_TEXT));
        await expectBytes(conn, "Sarah");
        await conn.write(encode(hello("Sarah")));
        await expectBytes(conn, "exit");
      },
      listener,
    );
    assertEquals({ code, stdout }, {
      code: 0,
      stdout: `${WELCOME_TEXT}\n${hello("Sarah")}\n`,
    });
  },
});

const get = (...args: string[]) => (port: number) => [
  "--get",
  `http://127.0.0.1:${port}/a?b=c#d`,
  ...args,
];

/** Answers whatever is asked with these bytes, and then the end. */
const answer = (response: string) => async (conn: Deno.Conn) => {
  await conn.read(new Uint8Array(2000));
  await writeAll(conn, binary(response));
  await conn.closeWrite();
  await readToEnd(conn as Deno.TcpConn);
};

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("client writes a request by hand and prints the response as it came", async () => {
  let request = "";
  let port = 0;
  const { stdoutBytes, code, stderr } = await run(
    (p) => get()(port = p),
    async (conn) => {
      const buffer = new Uint8Array(2000);
      request = new TextDecoder().decode(
        buffer.subarray(0, await conn.read(buffer) ?? 0),
      );
      await conn.write(
        binary(
          `${OK}Content-Length: 6\r\nX-Strange: \x1b[2J\r\n\r\n\x00\xff\x1b\r\n!`,
        ),
      );
      await readToEnd(conn as Deno.TcpConn);
    },
  );
  assertEquals(request.split("\r\n"), [
    "GET /a?b=c HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
    "",
    "",
  ]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(
    stdoutBytes,
    binary(
      "HTTP/1.1 200 OK\nContent-Length: 6\nX-Strange: \\x1b[2J\n\n\x00\xff\x1b\r\n!",
    ),
  );
});

const RESPONSES: [name: string, response: string, stdout: string][] = [
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
    "HTTP/1.1 301 Moved\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 301 Moved\nLocation: http://192.0.2.1/\nContent-Length: 0\n\n",
  ],
  [
    "an error of the server's",
    "HTTP/1.0 500 Oh no\r\n\r\nbody",
    "HTTP/1.0 500 Oh no\n\nbody",
  ],
];

for (const [name, response, expected] of RESPONSES) {
  Deno.test(`client shows ${name}`, async () => {
    const { code, stdout, stderr } = await run(get(), answer(response));
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: expected,
      stderr: "",
    });
  });
}

const BROKEN: [name: string, response: string, message: RegExp][] = [
  ["no response", "", /nothing was received/i],
  ["another protocol", "220 ftp.example.com ready\r\n", /not an HTTP status/i],
  ["a header with no end", `${OK}A: b\r\n`, /header/],
  [
    "a header without an end",
    `${OK}A: ${"b".repeat(70_000)}`,
    /65,?536/,
  ],
  [
    "a body that is shorter than promised",
    `${OK}Content-Length: 6\r\n\r\nbody`,
    /ended after 4 of 6 bytes/,
  ],
  [
    "a chunked body without its end",
    `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n`,
    /before the last chunk/,
  ],
  [
    "two lengths that differ",
    `${OK}Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody`,
    /Content-Lengths differ/,
  ],
];

const files = (path: string): ScriptOptions => ({
  allow: [
    "net=127.0.0.1",
    `read=${path},${path}.part`,
    `write=${path},${path}.part`,
  ],
});

for (const [name, response, message] of BROKEN) {
  Deno.test(`client refuses ${name}, and leaves the file as it was`, () =>
    inTempDir(async (dir) => {
      const path = `${dir}/page`;
      await Deno.writeTextFile(path, "old");
      const { code, stderr } = await run(
        get("--output", path),
        answer(response),
        undefined,
        files(path),
      );
      assertEquals(code, 1);
      assertMatch(stderr, message);
      assertMatch(
        stderr,
        /^tcp_client\.ts: Cannot talk to 127\.0\.0\.1:\d+ over TCP: .*\n$/,
      );
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(namesIn(dir), ["page"]);
    }));
}

Deno.test("client writes the body to a file, and the header alone to standard output", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/page`;
    for (const body of ["one", "another"]) {
      const { code, stdout, stderr } = await run(
        get("-o", path),
        answer(`${OK}Content-Length: ${body.length}\r\n\r\n${body}`),
        undefined,
        files(path),
      );
      assertEquals({ code, stdout, stderr }, {
        code: 0,
        stdout: `HTTP/1.1 200 OK\nContent-Length: ${body.length}\n\n`,
        stderr: "",
      });
      assertEquals(await Deno.readTextFile(path), body);
      assertEquals(namesIn(dir), ["page"]);
    }
  }));

Deno.test("client does not connect if the file cannot be written", () =>
  inTempDir(async (dir) => {
    const path = `${dir}/none/page`;
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using client = deno(
      SCRIPT,
      get("-o", path)(listener.addr.port),
      files(path),
    );
    const { code, stdout, stderr } = await client.ended();
    assertEquals({ code, stdout, stderr }, {
      code: 1,
      stdout: "",
      stderr:
        `tcp_client.ts: Cannot write "${path}": its directory does not exist; create it first\n`,
    });
  }));

Deno.test({
  name: "client that is interrupted leaves no half of a file",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/page`;
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      await using client = deno(
        SCRIPT,
        get("-o", path)(listener.addr.port),
        files(path),
      );
      using conn = await accept(listener);
      await conn.write(encode(`${OK}\r\nhalf`));
      await client.line("");
      client.kill("SIGINT");
      const { code, stderr } = await client.ended();
      assertEquals(code, 1);
      assertMatch(stderr, /^tcp_client\.ts: .*SIGINT.*\n$/);
      assertEquals(namesIn(dir), []);
    }),
});

Deno.test({
  name: "client replaces what a run that was killed has left behind",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTempDir(async (dir) => {
      const path = `${dir}/page`;
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const start = () =>
        deno(SCRIPT, get("-o", path)(listener.addr.port), files(path));
      {
        await using client = start();
        using conn = await listener.accept();
        await conn.write(encode(`${OK}\r\nhalf`));
        await client.line("");
        client.kill("SIGKILL");
        await client.ended();
      }
      assertEquals(namesIn(dir), ["page.part"]);
      await using client = start();
      using conn = await listener.accept();
      await conn.write(encode(`${OK}Content-Length: 5\r\n\r\nwhole`));
      const { code, stderr } = await client.ended();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(await Deno.readTextFile(path), "whole");
      assertEquals(namesIn(dir), ["page"]);
    }),
});

Deno.test({
  name: "client ends when its standard output is closed",
  ignore: Deno.build.os === "windows",
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using client = deno(SCRIPT, get()(port));
    using conn = await accept(listener);
    await conn.write(encode(`${OK}\r\n`));
    await client.line(/^HTTP/);
    await client.closeOutput();
    const bytes = new Uint8Array(100_000);
    try {
      for (;;) await conn.write(bytes);
    } catch {
      // The client has ended, as it should, because its output is closed.
    }
    const { code, stderr } = await client.ended();
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^tcp_client\.ts: Cannot write to standard output: .*\n$/,
    );
  },
});

const tls = new URL("../tls/", import.meta.url);
const listenTls = () =>
  Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: Deno.readTextFileSync(new URL("localhost.pem", tls)),
    key: Deno.readTextFileSync(new URL("localhost.key", tls)),
  });

Deno.test("client fetches over https", async () => {
  const { code, stdout, stderr } = await run(
    (port) => ["--get", `https://localhost:${port}/`],
    async (conn) => {
      await conn.read(new Uint8Array(2000));
      await conn.write(encode(`${OK}Content-Length: 4\r\n\r\nbody`));
      await conn.read(new Uint8Array(1));
    },
    listenTls(),
    { env: { DENO_CERT: "tests/tls/authority.pem" } },
  );
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "HTTP/1.1 200 OK\nContent-Length: 4\n\nbody",
    stderr: "",
  });
});

Deno.test("client rejects a certificate without a known authority", async () => {
  const { code, stdout, stderr } = await run(
    (port) => ["--get", `https://localhost:${port}/`],
    async (conn) => {
      // The handshake fails on this side too.
      await conn.read(new Uint8Array(2000)).catch(() => {});
    },
    listenTls(),
  );
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /^tcp_client\.ts: Cannot talk to localhost:\d+ over TLS: .*--cert=.*\n$/,
  );
});

for (
  const [status, more, says] of [
    ["404 Not Found", "", '"HTTP/1.1 404 Not Found"\n'],
    ["502 Bad Gateway", "", '"HTTP/1.1 502 Bad Gateway"\n'],
    [
      "301 Moved",
      "Location: http://b.example/\r\n",
      '"HTTP/1.1 301 Moved", location "http://b.example/"\n',
    ],
  ] as const
) {
  Deno.test(`client leaves the file alone when the server answers ${status}`, () =>
    inTempDir(async (dir) => {
      const path = `${dir}/page`;
      await Deno.writeTextFile(path, "old");
      const { code, stdout, stderr } = await run(
        get("-o", path),
        async (conn) => {
          await conn.write(
            encode(`HTTP/1.1 ${status}\r\n${more}Content-Length: 3\r\n\r\nnew`),
          );
          await readToEnd(conn as Deno.TcpConn);
        },
        undefined,
        files(path),
      );
      assertEquals(code, 1);
      assertEquals(stdout.startsWith(`HTTP/1.1 ${status}\n`), true);
      assertStringIncludes(stderr, says);
      assertEquals(await Deno.readTextFile(path), "old");
      assertEquals(namesIn(dir), ["page"]);
    }));
}

Deno.test("client without a file prints the page of an error, and exits with 0", async () => {
  const { code, stdout } = await run(get(), async (conn) => {
    await conn.write(encode("HTTP/1.1 404 Not Found\r\n\r\nNo such page"));
  });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "HTTP/1.1 404 Not Found\n\nNo such page",
  });
});

Deno.test("client gives up when the whole takes longer than --max-time, however the bytes drip", async () => {
  const { code, stderr } = await run(
    get("--max-time=0.3", "--timeout=1000"),
    async (conn) => {
      await conn.write(encode(`${OK}\r\n`));
      try {
        for (;;) {
          await conn.write(encode("."));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      } catch {
        // The client has given up.
      }
    },
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "over TCP: not done within 0.3 s (--max-time)");
});

Deno.test({
  name: "client spells out control characters of a body on a terminal",
  ignore: python === null || Deno.build.os === "windows",
  async fn() {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    // A terminal of its own: the last line of its output is what counts.
    const pty = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    await using client = Process.start(python ?? "", [
      ...["-c", pty, Deno.execPath(), "run", "--quiet", "--no-prompt"],
      ...["--allow-net=127.0.0.1", SCRIPT, ...get()(listener.addr.port)],
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
    using conn = await accept(listener);
    await conn.write(encode(`${OK}\r\na\tb\n\x1b[2Jc`));
    await conn.closeWrite();
    const { code, stdout } = await client.ended();
    assertEquals(code, 0);
    assertEquals(stdout.endsWith("a\tb\r\n\\x1b[2Jc"), true, stdout);
  },
});
