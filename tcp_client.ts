/**
 * TCP client: gives names to the TCP server and prints its greetings; or, with
 * `--get`, asks a web server for a page by hand.
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
 * That prints the response as it came: its header, an empty line, its body.
 * A redirect is shown and not followed.
 */
import { abortable } from "@std/async/abortable";
import { deadline } from "@std/async/deadline";
import { tcpClient, type TcpClientOptions } from "./lib/cli/commands.ts";
import { explainError } from "./lib/cli/errors.ts";
import { EXIT, GREETING_EXTRA, WELCOME } from "./lib/greeting.ts";
import { printable } from "./lib/text/printable.ts";
import { readExactly } from "./lib/io/streams.ts";
import { openReplacement } from "./lib/cli/atomic_file.ts";
import { runScript, type ScriptOutput } from "./lib/cli/run.ts";
import { addressOf } from "./lib/cli/commands.ts";
import { Shutdown } from "./lib/cli/_signals.ts";
import type { StreamConn } from "./lib/net/sockets.ts";
import { connTracer } from "./lib/cli/tracer.ts";
import { writeAll } from "./lib/io/streams.ts";

/** The test client of the server section: a name, its greeting, the next name. */
export async function converse(
  s: StreamConn,
  { names, timeout }: TcpClientOptions,
  { print }: ScriptOutput,
): Promise<void> {
  // A server that never reads is as silent as one that never answers.
  const send = (data: Uint8Array) => deadline(writeAll(s, data), timeout);
  // recv(1024) returns what is there, and that may be half an answer. How long
  // each answer must be is known, so that much is read.
  const receive = async (size: number) =>
    print(printable(await deadline(readExactly(s, size), timeout)));

  await receive(WELCOME.length);
  for (const name of names) {
    const data = new TextEncoder().encode(name);
    await send(data);
    await receive(data.length + GREETING_EXTRA);
  }
  await send(EXIT);
}

/** The client section: sends a request by hand and receives until the end. */
export async function get(
  s: StreamConn,
  url: URL,
  { timeout }: TcpClientOptions,
  { print }: ScriptOutput,
  body: { write(part: Uint8Array): Promise<void> },
): Promise<void> {
  const http = await import("./lib/http/mod.ts"); // Only who fetches a page loads it.
  const idle = new http.IdleTimer(timeout);
  const connection = new http.Connection(s, { idle });
  await connection.write(http.formatRequest(url));

  // Header and body come as one stream: in which read the one ends and the
  // other begins is chance. Nor does HTTP always end with the connection.
  const reader = new http.BufferedReader(connection);
  const header = await http.readHeader(reader);
  print(printable(header.statusLine));
  for (const [name, value] of header.fields) {
    print(printable(`${name}: ${value}`));
  }
  print("");
  // The body may be larger than memory: each part goes where it belongs.
  for await (const part of http.readBody(header, reader)) {
    await body.write(part);
  }
  connection.close();
}

async function main(options: TcpClientOptions, output: ScriptOutput) {
  const { get: url, timeout } = options;
  const { hostname, port } = url === undefined ? options : addressOf(url);
  const secure = url?.protocol === "https:";
  // From before there is half a file until after it is removed.
  using shutdown = new Shutdown({ force: () => Deno.exit(130) });
  // Opened first: a path that cannot be written is known before anyone is asked.
  await using file = options.output === undefined
    ? null
    : await openReplacement(options.output);
  const talk = async () => {
    const traced = await connTracer(options, output.trace);
    const connected: Promise<StreamConn> = secure
      ? Deno.connectTls({ hostname, port })
      : Deno.connect({ hostname, port });
    using s = traced(await deadline(connected, timeout));
    if (url === undefined) await converse(s, options, output);
    else await get(s, url, options, output, file ?? output);
  };
  try {
    shutdown.signal.throwIfAborted();
    await abortable(talk(), shutdown.signal);
    await file?.commit();
  } catch (error) {
    const transport = secure ? "TLS" : "TCP";
    const attempt = { action: "talk to", transport, timeout } as const;
    throw explainError(error, { ...attempt, hostname, port });
  }
}

if (import.meta.main) await runScript(tcpClient, Deno.args, main);
