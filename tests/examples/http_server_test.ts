import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../support/bytes.ts";
import { connect } from "../support/connection.ts";
import { runTyped, startTyped } from "../support/example.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { run, works } from "../support/process.ts";
import { testUnless } from "../support/skip.ts";
import { inTempDir } from "../support/temp_dir.ts";

const isWindows = Deno.build.os === "windows";
const FILES: Record<string, string> = {
  "site/index.html": "<h1>Hi</h1>",
  "site/a b.txt": "spaces",
  "site/小明.txt": "a name",
  "site/no_type.constructor": "bytes",
  "site/empty.css": "",
  "site/sub/index.html": "below",
  "site/bare/file": "",
  "site.txt": "not for you",
};

/** Serves the folder `site`; with other words in the line that starts the server. */
async function withServer(
  body: (port: number, folder: string) => Promise<void>,
  replace: Record<string, string> = {},
): Promise<void> {
  await inTempDir(async (dir) => {
    const folder = `${dir}/site`;
    for (const name of ["sub", "bare"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    await using server = await startTyped("examples/http_server.ts", {
      replace: { ...replace, "examples/page": folder },
      args: ["--port=0", folder],
    });
    await body(server.port, folder);
  });
}

/** Sends a request as it stands, and returns the response. */
async function exchange(port: number, request: string): Promise<string> {
  using conn = await connect(port);
  await conn.write(encode(request));
  return await readToEnd(conn);
}

const HEADER =
  /^HTTP\/1\.1 (\d+) .*\r\nDate: .* GMT\r\nContent-Type: (.*)\r\nContent-Length: (\d+)\r\nConnection: close(?:\r\nLocation: (.*))?$/;

/** Status, location or type, length and body of a response. */
async function ask(port: number, method: string, target: string) {
  const request = `${method} ${target} HTTP/1.0\r\n\r\n`;
  const [header = "", body] = (await exchange(port, request)).split("\r\n\r\n");
  const [, status, type, length, location] = HEADER.exec(header) ?? [header];
  return `${status} ${location ?? type} ${length} ${body}`;
}

const HTML = "text/html; charset=utf-8 11 <h1>Hi</h1>";
const TEXT = "text/plain; charset=utf-8";
const MOVED = "301 ./sub/ 22 301 Moved Permanently\n";
const RESPONSES: Record<string, string> = {
  "/": `200 ${HTML}`,
  "/?a=/../b": `200 ${HTML}`,
  "http://example.com/": `200 ${HTML}`,
  "/a%20b.txt": `200 ${TEXT} 6 spaces`,
  "/%E5%B0%8F%E6%98%8E.txt": `200 ${TEXT} 6 a name`,
  "/no_type.constructor": "200 application/octet-stream 5 bytes",
  "/empty.css": "200 text/css; charset=utf-8 0 ",
  "/sub/": "200 text/html; charset=utf-8 5 below",
  "/sub/%2e%2e/a%20b.txt": `200 ${TEXT} 6 spaces`,
  "/in.txt": `200 ${TEXT} 6 spaces`, // A link.
  "/sub": MOVED,
  "//sub": MOVED,
};
for (
  const target of [
    ...["/nothing", "/bare/", "/index.html/", "/index.html%00", "/out.txt"],
    ...["/../site.txt", "/%2e%2e/site.txt", "/..%2fsite.txt", "/..%5csite.txt"],
    ...["/sub/..%2f..%2fsite.txt", `/${"x".repeat(300)}`, "/pipe"],
  ]
) RESPONSES[target] = `404 ${TEXT} 14 404 Not Found\n`;

Deno.test("http_server.ts shows what is in the folder and nothing else, though it may read everything", () =>
  withServer(async (port, folder) => {
    if (isWindows) delete RESPONSES["/in.txt"]; // Links need a right there.
    else {
      await Deno.symlink("a b.txt", `${folder}/in.txt`);
      await Deno.symlink("../site.txt", `${folder}/out.txt`);
      await run("mkfifo", [`${folder}/pipe`]);
    }
    for (const [target, wanted] of Object.entries(RESPONSES)) {
      assertEquals(await ask(port, "GET", target), wanted, target);
      const bare = wanted.replace(/(?<= \d+ ).*\n?$/, "");
      assertEquals(await ask(port, "HEAD", target), bare, target);
    }
  }, { "=examples/page": "" }));

const HOST = "Host: x\r\n";
const REQUESTS: [request: string, status: number][] = [
  [`\r\nGET / HTTP/1.1\r\n${HOST}\r\n`, 200],
  ["GET / HTTP/1.1\nhost:x\n\n", 200], // Typed at nc.
  ["GET / HTTP/1.1\r\n\r\n", 400],
  [`GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
  [`GET / HTTP/1.1\r\n${HOST} folded: x\r\n\r\n`, 400],
  [`GET / HTTP/2.0\r\n${HOST}\r\n`, 400],
  ["GET /\n\n", 400],
  ["GET * HTTP/1.0\n\n", 400],
  ["GET /%zz HTTP/1.0\n\n", 400],
  ["hello\n\n", 400],
  ["POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", 405],
  ["GET", 408],
  [`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`, 431],
  [`GET / HTTP/1.1\r\n${"X: x\r\n".repeat(3_000)}`, 431],
  ["\n".repeat(20_000), 431],
];

Deno.test("http_server.ts refuses what is no request, and a header without an end", () =>
  withServer(async (port) => {
    for (const [request, status] of REQUESTS) {
      const response = await exchange(port, request);
      assertMatch(response, new RegExp(`^HTTP/1\\.1 ${status} `), request);
      if (status === 405) assertMatch(response, /\r\nAllow: GET, HEAD\r\n/);
    }
    using conn = await connect(port);
    await conn.write(encode("GET / HTTP/1.0\r\n"));
    await conn.closeWrite();
    assertMatch(await readToEnd(conn), /^HTTP\/1\.1 400 /);
  }));

Deno.test("http_server.ts ends the connection where a file becomes shorter", () =>
  withServer(async (port, folder) => {
    const size = 20_000_000; // More than the buffers hold.
    await Deno.writeFile(`${folder}/big`, new Uint8Array(size));
    using conn = await connect(port);
    await conn.write(encode("GET /big HTTP/1.0\r\n\r\n"));
    await conn.read(new Uint8Array(1));
    await Deno.truncate(`${folder}/big`, 1_000);
    const { length } = await readToEnd(conn);
    assert(length < size);
  }));

Deno.test("http_server.ts refuses a file in place of its folder", async () => {
  const replace = { "examples/page": "LICENSE" };
  await using server = await runTyped("examples/http_server.ts", { replace });
  assertMatch((await server.ended()).stderr, /^http_server\.ts: .*LICENSE/);
});

for (
  const [command, args] of [
    ["curl", "--silent --fail --max-time 20"],
    ["/usr/bin/chromium", "--headless --no-sandbox --disable-gpu --dump-dom"],
  ] as const
) {
  const missing = !works(command, "--version") && `no ${command}`;
  testUnless(
    missing,
    `${command} reads from http_server.ts`,
    () =>
      withServer(async (port) => {
        const words = [...args.split(" "), `http://127.0.0.1:${port}/`];
        assertMatch(await run(command, words), /<h1>Hi<\/h1>/);
      }),
  );
}
