/**
 * Answer: greets in Chinese, and tells each client its number.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/answers/other_greeting.ts
 *
 * All tasks share one counter, and need no lock: none is interrupted at ++. Each copies
 * the number, because the counter may have changed after an `await`.
 */
let count = 0;

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  const number = ++count;
  await sock.write(new TextEncoder().encode(`欢迎，第 ${number} 位！`));
  const buffer = new Uint8Array(1024);
  for (let n; (n = await sock.read(buffer)) !== null;) {
    const data = new TextDecoder().decode(buffer.subarray(0, n));
    if (data === "exit") break;
    await sock.write(new TextEncoder().encode(`你好，${data}！`));
  }
  sock.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) tcplink(sock);
