/**
 * TCP server, Deno: nothing but the loop, to see what the script's care costs.
 *
 *     deno run --allow-net=127.0.0.1 bench/peers/tcp_deno.ts 9999
 *
 * One buffer for a connection, with `Hello, ` in it, as in `tcp_server.ts`. There
 * is no limit, no time-out, no fairness, no drain and no lingering close.
 */
const WELCOME = new TextEncoder().encode("Welcome!");
const HELLO = new TextEncoder().encode("Hello, ");
const MARK = "!".charCodeAt(0);
const EXIT = "exit";
const CHUNK = 1024;

async function tcplink(conn: Deno.TcpConn): Promise<void> {
  const reply = new Uint8Array(HELLO.length + CHUNK + 1);
  reply.set(HELLO);
  const room = reply.subarray(HELLO.length, HELLO.length + CHUNK);
  conn.setNoDelay(true);
  await writeAll(conn, WELCOME);
  for (let n; (n = await conn.read(room)) !== null;) {
    if (n === EXIT.length && text(room.subarray(0, n)) === EXIT) break;
    reply[HELLO.length + n] = MARK;
    await writeAll(conn, reply.subarray(0, HELLO.length + n + 1));
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let n = 0; n < bytes.length;) n += await conn.write(bytes.subarray(n));
}

const port = Number(Deno.args[0] ?? 9999); // 0: any free port
const options = { hostname: "127.0.0.1", port, tcpBacklog: 4096 };
const listener = Deno.listen(options);
console.log(`Bind TCP on ${listener.addr.port}...`);

for await (const conn of listener) {
  tcplink(conn)
    .catch(() => {}) // A client that resets has ended, too.
    .finally(() => conn.close());
}
