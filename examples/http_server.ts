/**
 * A web server by hand: shows the files of a folder to a browser.
 *
 *     deno run --no-prompt --allow-net=127.0.0.1:9999 --allow-read=examples/page examples/http_server.ts examples/page
 *
 * Then open http://127.0.0.1:9999/ in a browser, or in another terminal:
 *
 *     curl -i http://127.0.0.1:9999/
 *
 * Here you see a line for each request. All files of the folder can be read, also those
 * whose names begin with a dot. A symbolic link that leads out of it gets 404, and with
 * `--no-prompt` Deno does not ask you about it. Ctrl-C ends the server.
 */
import { fileName, operand, run, tcpServerCommand } from "../lib/cli/mod.ts";
import { formatAddress } from "../lib/net/mod.ts";
import { type Connection, serveTcp } from "../lib/tcp/mod.ts";
import {
  encode,
  readRequest,
  Refusal,
  type Request,
  sendHeader,
} from "./http_message.ts";

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream"; // A browser saves such a file.
const TYPES = new Map(Object.entries({
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: TEXT,
}));
const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

type Log = (line: string) => void;

/** Finds the file that a request is for. */
async function find(request: Request, root: string): Promise<string> {
  const { method, path, pathname } = request;
  if (method !== "GET" && method !== "HEAD") {
    throw new Refusal("405 Method Not Allowed", "Allow: GET, HEAD");
  }
  const name = path.endsWith("/") ? `${path}index.html` : path;
  // The real path has no links and no "..": it shows what is outside of the folder.
  const real = await Deno.realPath(root + name).catch(() => "");
  if (!real.startsWith(root + SEPARATOR)) throw new Refusal("404 Not Found");
  const { isFile, isDirectory } = await Deno.stat(real);
  if (isFile) return real;
  if (!isDirectory) throw new Refusal("404 Not Found"); // A pipe would never end.
  // Without the slash, links of its page would lead to the folder above.
  const location = `./${pathname.split("/").at(-1)}/`;
  throw new Refusal("301 Moved Permanently", `Location: ${location}`);
}

/** Sends a file a part at a time, so that it may be larger than memory. */
async function sendFile(conn: Connection, file: Deno.FsFile, size: number) {
  const buffer = new Uint8Array(65_536);
  for (let left = size; left > 0;) {
    const n = await file.read(buffer.subarray(0, left));
    if (n === null) throw new Error("A file has become shorter");
    await conn.write(buffer.subarray(0, n));
    left -= n;
  }
}

/** One request and its response. */
async function serve(conn: Connection, root: string, log: Log): Promise<void> {
  let request: Request | null = null;
  let status = "200 OK";
  try {
    request = await readRequest(conn);
    if (request === null) return; // Browsers connect in advance.
    const path = await find(request, root);
    using file = await Deno.open(path).catch((error) => {
      const isPrivate = error instanceof Deno.errors.PermissionDenied;
      throw isPrivate ? new Refusal("403 Forbidden") : error;
    });
    const { size } = await file.stat();
    const type = TYPES.get(path.replace(/.*\./s, "")) ?? BYTES;
    await sendHeader(conn, status, type, size);
    if (request.method === "GET") await sendFile(conn, file, size);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    status = error.status;
    const body = encode(`${status}\n`);
    await sendHeader(conn, status, TEXT, body.length, error.fields);
    if (request?.method !== "HEAD") await conn.write(body);
  }
  const what = request ? `${request.method} ${request.pathname}` : "?";
  log(`${formatAddress(conn.remoteAddr)} ${what} ${status}`);
}

const folder = operand({
  placeholder: "FOLDER",
  parse: fileName,
  help: "The folder; / is its index.html",
});
const { delay: _, reusePort: __, ...options } = tcpServerCommand.options;
await run({
  script: "http_server.ts",
  summary: "Web server: shows the files of a folder to browsers.",
  options: { folder, ...options },
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TCP", ...to }),
}, async ({ folder, ...limits }, context) => {
  Deno.readDirSync(folder); // Throws if it is a file.
  // Without a separator at its end, which "/" has.
  const root = (await Deno.realPath(folder)).replace(/[\\/]$/, "");
  const server = serveTcp(
    { ...limits, ...context },
    (conn) => serve(conn, root, context.log),
  );
  context.print(`Bind TCP on ${server.addr.port}...`);
  await server.finished;
});
