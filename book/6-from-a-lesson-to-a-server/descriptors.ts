/**
 * No file descriptor is left for the next client (Linux and macOS).
 *
 *     deno run --allow-net=127.0.0.1 --allow-read=/dev/null book/6-from-a-lesson-to-a-server/descriptors.ts
 *
 * Type "ulimit -n 64" first: then 64 files are enough. You see the error of the
 * plain accept, and then how TcpServer waits until there is a descriptor.
 */
import { TcpServer } from "../../lib/tcp/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
// Deno opens files of its own in its first moments.
await new Promise((resolve) => setTimeout(resolve, 1000));
const files: Deno.FsFile[] = [];
try {
  while (true) files.push(Deno.openSync("/dev/null"));
} catch {
  await listener.accept().catch(({ code }) => console.log("accept:", code));
}

setTimeout(() => files.forEach((file) => file.close()), 100);
const server = new TcpServer(listener, { warn: console.log });
const connection = await server.accept();
console.log("TcpServer accepts", connection?.remoteAddr.hostname);
connection?.abort();
client.close();
await server.shutdown();
