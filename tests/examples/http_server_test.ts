import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../support/bytes.ts";
import { connect } from "../support/connection.ts";
import { startTyped } from "../support/example.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { run, works } from "../support/process.ts";
import { inTempDir } from "../support/temp_dir.ts";

const PAGE = "<h1>Hi</h1>";
const HTML = `text/html; charset=utf-8|${PAGE}`;
const TEXT = "text/plain; charset=utf-8";

/** Files, and the type and the text with which they are sent. */
const FILES: Record<string, string> = {
  "index.html": HTML,
  "sub/index.html": HTML,
  "a b.txt": `${TEXT}|spaces`,
  "小明.txt": `${TEXT}|a name`,
  "no_type.constructor": "application/octet-stream|bytes",
  "empty.css": "text/css; charset=utf-8|",
};

/** Targets that are not the path of a file, and the file that they get. */
const OTHER_TARGETS: Record<string, string> = {
  "/": "index.html",
  "/?a=/../b": "index.html",
  "http://example.com/": "index.html",
  "/sub/": "sub/index.html",
  "/sub/%2e%2e/a%20b.txt": "a b.txt",
};
const NOT_FOUND = [
  ...["/nothing", "/bare/", "/index.html/", "/index.html%00"],
  ...["/../site.txt", "/%2e%2e/site.txt", "/..%2fsite.txt", "/..%5csite.txt"],
  ...["/..\\site.txt", "/sub/..%2f..%2fsite.txt", `/${"x".repeat(300)}`],
];

/** Serves a folder with the files; beside it is another one, which no peer may see. */
async function withServer(
  body: (port: number, folder: string) => Promise<void>,
  replace: Record<string, string> = {},
): Promise<void> {
  await inTempDir(async (dir) => {
    const folder = `${dir}/site`;
    await Deno.mkdir(`${folder}/sub`, { recursive: true });
    await Deno.mkdir(`${folder}/bare`);
    for (const [name, sent] of Object.entries(FILES)) {
      const [, text = ""] = sent.split("|");
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await Deno.writeTextFile(`${dir}/site.txt`, "not for you");
    await using server = await startTyped("examples/http_server.ts", {
      replace: { ...replace, "examples/page": folder },
      args: ["--port=0", folder],
    });
    await body(server.port, folder);
  });
}

/** Sends a text as it stands, and returns the whole response, at any date. */
async function ask(port: number, request: string): Promise<string> {
  using conn = await connect(port);
  await conn.write(encode(request));
  return (await readToEnd(conn)).replace(/(?<=\r\nDate: ).* GMT/, "now");
}

/** Asks for a target with GET and HEAD. */
async function check(
  port: number,
  target: string,
  status: string,
  sent: string,
  ...more: string[]
) {
  const [type, body = ""] = sent.split("|");
  const header = [
    ...[`HTTP/1.1 ${status}`, "Date: now", `Content-Type: ${type}`],
    ...[`Content-Length: ${encode(body).length}`, "Connection: close", ...more],
    "\r\n",
  ].join("\r\n");
  for (const [method, wanted] of [["GET", header + body], ["HEAD", header]]) {
    const request = `${method} ${target} HTTP/1.0\r\n\r\n`;
    assertEquals(await ask(port, request), wanted, target);
  }
}

const isMissing = (port: number, target: string) =>
  check(port, target, "404 Not Found", `${TEXT}|404 Not Found\n`);

Deno.test("http_server.ts shows what is in the folder, and nothing else", () =>
  // Though Deno would let it read everything.
  withServer(async (port, folder) => {
    const targets = Object.keys(FILES).map((
      name,
    ) => [`/${encodeURI(name)}`, name]);
    for (
      const [target = "", name = ""] of [
        ...targets,
        ...Object.entries(OTHER_TARGETS),
      ]
    ) {
      await check(port, target, "200 OK", FILES[name] ?? "");
    }
    for (const target of NOT_FOUND) await isMissing(port, target);
    for (const target of ["/sub", "//sub"]) {
      const status = "301 Moved Permanently";
      await check(
        port,
        target,
        status,
        `${TEXT}|${status}\n`,
        "Location: ./sub/",
      );
    }
    if (Deno.build.os === "windows") return; // Links need a right there.
    await Deno.symlink("sub/index.html", `${folder}/in.html`);
    await Deno.symlink("../site.txt", `${folder}/out.txt`);
    await run("mkfifo", [`${folder}/pipe`]);
    await check(port, "/in.html", "200 OK", HTML);
    for (const target of ["/out.txt", "/pipe"]) await isMissing(port, target);
  }, { "=examples/page": "" }));

const HOST = "Host: x\r\n";
const POST = `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nab`;
const REQUESTS: Record<string, string[]> = {
  "200 OK": [`\r\nGET / HTTP/1.1\r\n${HOST}\r\n`, "GET / HTTP/1.1\nhost:x\n\n"],
  "400 Bad Request": [
    "GET / HTTP/1.1\r\n\r\n",
    `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`,
    `GET / HTTP/1.1\r\n${HOST} folded: x\r\n\r\n`,
    `GET / HTTP/2.0\r\n${HOST}\r\n`,
    ...[
      "GET /\n\n",
      "GET * HTTP/1.0\n\n",
      "GET /%zz HTTP/1.0\n\n",
      "hello\n\n",
    ],
  ],
  "405 Method Not Allowed\r\n[^]*\r\nAllow: GET, HEAD\r\n": [POST],
  "408 Request Timeout": ["GET"],
  "431 Request Header Fields Too Large": [
    `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`,
    `GET / HTTP/1.1\r\n${"X: x\r\n".repeat(3_000)}`,
    "\n".repeat(20_000),
  ],
};

Deno.test("http_server.ts refuses what is no request, and a header without an end", () =>
  withServer(async (port) => {
    for (const [status, requests] of Object.entries(REQUESTS)) {
      for (const request of requests) {
        const response = await ask(port, request);
        assertMatch(response, new RegExp(`^HTTP/1\\.1 ${status}`), request);
      }
    }
    using conn = await connect(port);
    await conn.write(encode("GET / HTTP/1.1\r\n"));
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
    const { length } = await readToEnd(conn).catch(() => "");
    assert(length < size);
  }));

const BROWSER = "--headless --no-sandbox --disable-gpu --dump-dom URL";
for (
  const [command, args] of [
    ["curl", "--silent --fail --max-time 20 URL"],
    ["/usr/bin/chromium", BROWSER],
  ] as const
) {
  const isThere = works(command, "--version");
  Deno.test({
    name: `${command} reads from http_server.ts${
      isThere ? "" : " (not there)"
    }`,
    ignore: !isThere,
    fn: () =>
      withServer(async (port) => {
        const line = args.replace("URL", `http://127.0.0.1:${port}/`);
        assertMatch(await run(command, line.split(" ")), /<h1>Hi<\/h1>/);
      }),
  });
}
