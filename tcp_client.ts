/**
 * TCP client: sends names to the TCP server and prints its greetings; or, with
 * `--get`, fetches a page from a web server by hand.
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael Tracy Sarah
 *
 * With `tcp_server.ts` in another terminal (or the tutorial's server in Python)
 * you see a line a second:
 *
 *     Welcome!
 *     Hello, Michael!
 *     Hello, Tracy!
 *     Hello, Sarah!
 *
 * And the tutorial's first client, which speaks HTTP:
 *
 *     deno run --allow-net=example.com:80 tcp_client.ts --get http://example.com/
 *
 * That prints the response: its header, an empty line, its body. A redirect is
 * shown and not followed.
 */
import { tcpClientCommand } from "./lib/cli/client_commands.ts";
import { AtomicFile } from "./lib/cli/files.ts";
import { type Context, run } from "./lib/cli/run.ts";
import { EXIT, greeting, WELCOME } from "./lib/greeting.ts";
import { formatRequest, readResponse, requireSuccess } from "./lib/http/mod.ts";
import { readExpected } from "./lib/io/streams.ts";
import { deadline } from "./lib/net/clock.ts";
import { Connection } from "./lib/tcp/connection.ts";
import { printable } from "./lib/text/printable.ts";

/** The test client of the server section: a name, its greeting, the next name. */
export async function converse(
  s: Connection,
  names: string[],
  print: (line: string) => void,
): Promise<void> {
  // recv(1024) returns what is there, which may be half an answer. We know what the
  // answer is, so we read exactly that, and anything else is an error.
  print(printable(await readExpected(s, WELCOME)));
  for (const name of names) {
    const data = new TextEncoder().encode(name);
    await s.write(data);
    print(printable(await readExpected(s, greeting(data))));
  }
  await s.write(EXIT);
}

/** The tutorial's first client: sends a request by hand, receives until the end. */
export async function get(
  s: Connection,
  url: URL,
  { print, write, progress }: Context,
  file: AtomicFile | null,
): Promise<void> {
  await s.write(formatRequest(url));
  const response = await readResponse(s);
  print(printable(response.statusLine));
  for (const [name, value] of response.fields) {
    print(printable(`${name}: ${value}`));
  }
  print("");
  // The page of an error, such as 404, must not replace the file.
  if (file !== null) requireSuccess(response);
  // The body may be larger than memory: each part is written as it comes.
  for await (const part of response.body) {
    await (file === null ? write(part) : file.write(part));
    if (file !== null) progress(part.length);
  }
}

if (import.meta.main) {
  await run(tcpClientCommand, async (options, context) => {
    const { hostname, port, names, timeout, get: url, output } = options;
    const { print, signal, trace } = context;
    // Opened first: a path that cannot be written is reported before connecting.
    await using file = output === undefined
      ? null
      : await AtomicFile.create(output, { signal });
    const connecting: Promise<Deno.TcpConn | Deno.TlsConn> =
      url?.protocol === "https:"
        ? Deno.connectTls({ hostname, port })
        : Deno.connect({ hostname, port }); // socket(), connect()
    const conn = await deadline(connecting, timeout, { signal });
    const s = new Connection(conn, { idleTimeout: timeout, signal, trace });
    try {
      if (url === undefined) await converse(s, names, print);
      else await get(s, url, context, file);
    } finally {
      s.abort(); // Everything was read, so nothing is cut off.
    }
    await file?.commit();
  });
}
