/**
 * The four scripts as real processes, each line with the name of who says it.
 *
 *     deno task demo
 *
 * Two clients talk to the TCP server at the same time, the same client fetches a
 * page from a small web server, and then the UDP client asks the UDP server. The
 * exit status is 0 only if everything that was said is right.
 */
import { Actor } from "./actor.ts";
import { Stage } from "./stage.ts";

const HOST = "127.0.0.1";
const PAGE = "<h1>你好, TCP!</h1>";

const stage = new Stage(Deno.stdout.isTerminal() && !Deno.noColor);

/** Starts a script, with the permissions that the README gives it. */
function enter(name: string, allowNet: string, ...args: string[]): Actor {
  return new Actor(allowNet, args, (line) => stage.show(name, line));
}

/** A server's exit status. Windows has no SIGTERM and ends it with another one. */
async function leave(server: Actor): Promise<void> {
  const status = await server.stop();
  if (Deno.build.os !== "windows") stage.expect("A server's end", status, 0);
}

function greetings(names: string[]): string[] {
  return names.map((name) => `Hello, ${name}!`);
}

async function tcp(): Promise<void> {
  stage.scene("TCP: one server, two clients at the same time");
  await using server = enter(
    "tcp_server",
    `${HOST}:0`,
    "tcp_server.ts",
    "--port=0",
  );
  const port = await server.port();
  const tell = [`--port=${port}`, "--"];
  const casts = [["Michael", "Tracy", "Sarah"], ["小明", "小红"]];
  const clients = casts.map((names, i) =>
    enter(
      `client ${i + 1}`,
      `${HOST}:${port}`,
      "tcp_client.ts",
      ...tell,
      ...names,
    )
  );
  for (const [i, names] of casts.entries()) {
    const client = clients[i];
    stage.expect("A client's end", await client?.ended(), 0);
    stage.expect("A client", client?.lines, ["Welcome!", ...greetings(names)]);
  }
  await leave(server);
  // Whoever came second did so before the first was gone.
  stage.expect(
    "The TCP server",
    server.lines.map((l) => l.replace(/\d[\d.:]*\d/, "#")),
    [
      "Bind TCP on #...",
      "Accept new connection from #...",
      "Accept new connection from #...",
      "Connection from # closed.",
      "Connection from # closed.",
    ],
  );
}

async function http(): Promise<void> {
  stage.scene("HTTP: the same client writes a request by hand");
  const headers = { "content-type": "text/html; charset=utf-8" };
  await using web = Deno.serve(
    { hostname: HOST, port: 0, onListen: () => {} },
    () => new Response(PAGE, { headers }),
  );
  const { port } = web.addr;
  const url = `http://${HOST}:${port}/`;
  await using client = enter(
    "client",
    `${HOST}:${port}`,
    "tcp_client.ts",
    "--get",
    url,
  );
  stage.expect("The client's end", await client.ended(), 0);
  stage.expect("The status", client.lines[0], "HTTP/1.1 200 OK");
  stage.expect(
    "The type",
    client.lines.includes(`content-type: ${headers["content-type"]}`),
    true,
  );
  stage.expect("Header and body", client.lines.slice(-2), ["", PAGE]);
}

async function udp(): Promise<void> {
  stage.scene("UDP: no connection, a datagram each");
  await using server = enter("udp_server", HOST, "udp_server.ts", "--port=0");
  const port = await server.port();
  const names = ["Michael", "Tracy", "Sarah", "小明"];
  await using client = enter(
    "udp_client",
    `${HOST}:0,${HOST}:${port}`,
    "udp_client.ts",
    `--port=${port}`,
    ...names,
  );
  stage.expect("The UDP client's end", await client.ended(), 0);
  stage.expect("The UDP client", client.lines, greetings(names));
  await leave(server);
  stage.expect(
    "The UDP server",
    server.lines.slice(1).map((l) => l.replace(/\d[\d.:]*\d/, "#")),
    names.map(() => "Received from #."),
  );
}

if (import.meta.main) {
  await tcp();
  await http();
  await udp();
  Deno.exit(stage.end() ? 0 : 1);
}
