import { assert, assertEquals, assertMatch } from "@std/assert";
import { whyNotShared } from "../../lib/cli/port_sharing.ts";
import { readExactly } from "../../lib/io/streams.ts";
import { readToEnd } from "../support/pair.ts";
import { deno, startServer, stop } from "../support/scripts.ts";

const SCRIPT = "tcp_server.ts";
const HOST = "127.0.0.1";
const refusal = whyNotShared("TCP", Deno.build.os);
const allow = ["net=127.0.0.1", "read=."];
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (text: string) => new TextEncoder().encode(text);

function start(...args: string[]) {
  return startServer(SCRIPT, ["--workers=3", "--delay=0", ...args], { allow });
}

async function connect(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: HOST, port });
  assertEquals(decode(await readExactly(conn, 8)), "Welcome!");
  return conn;
}

async function greet(conn: Deno.TcpConn, name: string): Promise<void> {
  await conn.write(encode(name));
  const answer = await readExactly(conn, name.length + 8);
  assertEquals(decode(answer), `Hello, ${name}!`);
}

function test(name: string, fn: () => Promise<void>): void {
  const ignore = refusal !== null;
  Deno.test({ name: ignore ? `${name} (${refusal})` : name, ignore, fn });
}

test("workers share the clients among them, and one log", async () => {
  await using server = await start();
  const conns: Deno.TcpConn[] = [];
  for (let i = 0; i < 60; i++) conns.push(await connect(server.port));
  await Promise.all(conns.map((conn, i) => greet(conn, `client ${i}`)));
  for (const conn of conns) conn.close();
  for (let i = 0; i < 60; i++) await server.process.line(/closed\.$/);
  const { code, stdout, stderr } = await stop(server);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  // The Bind line, and two for each client; each line is whole.
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.length, 121);
  for (const line of lines.slice(1)) {
    assertMatch(
      line,
      /^(Accept new connection from 127\.0\.0\.1:\d+\.\.\.|Connection from 127\.0\.0\.1:\d+ closed\.)$/,
    );
  }
});

test("workers end together, and answer first what they have read", async () => {
  await using server = await startServer(
    SCRIPT,
    ["--workers=3", "--delay=1000"],
    { allow },
  );
  const conns: Deno.TcpConn[] = [];
  for (let i = 0; i < 30; i++) {
    const conn = await connect(server.port);
    await conn.write(encode(`client ${i}`));
    conns.push(conn);
  }
  for (let i = 0; i < 30; i++) await server.process.line(/^Accept/);
  server.process.kill("SIGTERM");
  const answers = conns.map(async (conn) => {
    const answer = await readToEnd(conn);
    conn.close();
    return answer;
  });
  for (const [i, answer] of (await Promise.all(answers)).entries()) {
    // What had not been read yet when it was told to end stays unanswered.
    assert(answer === "" || answer === `Hello, client ${i}!`, answer);
  }
  assertEquals((await server.process.ended()).code, 0);
});

test("workers let no more in than may be, all of them together", async () => {
  await using server = await start("--max-connections=2");
  const first = await connect(server.port);
  using second = await connect(server.port);
  // More than any of them could hold for itself.
  const others = Array.from(
    { length: 20 },
    () => Deno.connect({ hostname: HOST, port: server.port }),
  );
  let welcomed = 0;
  const served = others.map(async (connecting, i) => {
    using conn = await connecting;
    assertEquals(decode(await readExactly(conn, 8)), "Welcome!");
    welcomed++;
    await greet(conn, `client ${i}`);
  });
  for (let i = 0; i < 200; i++) await greet(second, "Sarah");
  assertEquals(welcomed, 0);
  first.close();
  await Promise.all(served);
  await greet(second, "Tracy");
});

test("workers are not waited for by a second signal", async () => {
  await using server = await start("--drain-timeout=1000");
  const conns: Deno.TcpConn[] = [];
  for (let i = 0; i < 10; i++) {
    const conn = await connect(server.port);
    // More than the kernel holds, and nobody reads the answers. The write fails in
    // the end, as the server is ended before it has read all.
    conn.write(new Uint8Array(20_000_000)).catch(() => {});
    conns.push(conn);
  }
  for (let i = 0; i < 10; i++) await server.process.line(/^Accept/);
  server.process.kill("SIGINT");
  while (true) {
    // It has heard the first one once nobody can connect any more.
    try {
      (await Deno.connect({ hostname: HOST, port: server.port })).close();
    } catch {
      break; // Refused.
    }
  }
  server.process.kill("SIGINT");
  assertEquals((await server.process.ended()).code, 130);
  for (const conn of conns) conn.close();
});

test("workers do not share a port with another server", async () => {
  await using server = await start();
  for (const args of [[], ["--workers=2"]]) {
    const another = deno(SCRIPT, [`--port=${server.port}`, ...args], { allow });
    const { code, stdout, stderr } = await another.ended();
    assertEquals({ code, stdout, stderr }, {
      code: 1,
      stdout: "",
      stderr:
        `tcp_server.ts: Cannot listen on 127.0.0.1:${server.port} over TCP: the port is in use; take another port, or stop who has it\n`,
    });
  }
});

test("workers say which permission they lack", async () => {
  const { code, stdout, stderr } = await deno(SCRIPT, [
    "--port=0",
    "--workers=2",
  ], { allow: ["net=127.0.0.1"] }).ended();
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /^tcp_server\.ts: Cannot start workers: .* grant --allow-read=\. .*\n$/,
  );
});

test("workers do not begin when one of them may not listen", async () => {
  // The first is given another port than the one that is allowed.
  const allow = ["net=127.0.0.1:0", "read=."];
  const { code, stdout, stderr } = await deno(SCRIPT, [
    "--port=0",
    "--workers=2",
  ], { allow }).ended();
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(
    stderr,
    /^tcp_server\.ts: Cannot listen on 127\.0\.0\.1:(\d+) over TCP: Deno may not; grant --allow-net=127\.0\.0\.1:\1\n$/,
  );
});

Deno.test("a UDP server serves alone, and says so", async () => {
  await using server = await startServer("udp_server.ts", ["--workers=2"]);
  assertMatch(
    await server.process.errorLine(/^/),
    /^udp_server\.ts: One worker serves, not 2: Deno does not share UDP ports/,
  );
});
