/**
 * Clients of an echo server that never pause, as a program:
 *
 *     deno run --allow-net=127.0.0.1 tests/faults/busy_clients.ts PORT COUNT
 *
 * With 100 clients at most, none starves in this program's own loop.
 */
const [port = 0, count = 0] = Deno.args.map(Number);

async function talk(): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const byte = new Uint8Array(1);
  do await conn.write(byte); while (await conn.read(byte) !== null);
}

// The server ends the connections in any way that it likes.
await Promise.allSettled(Array.from({ length: count }, talk));
