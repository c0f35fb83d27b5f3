/**
 * TCP server, Node.js: `node:net` and its events. https://nodejs.org/api/net.html
 *
 *     node bench/peers/tcp_node.mjs 9999
 *
 * A socket hands over up to 64 KiB, where the tutorial's `recv(1024)` takes at
 * most 1,024 bytes: each such part is answered, as if it had been read alone.
 */
import { Buffer } from "node:buffer";
import net from "node:net";
import process from "node:process";

const CHUNK = 1024;
const EXIT = Buffer.from("exit");
const HELLO = Buffer.from("Hello, ");
const MARK = Buffer.from("!");

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.write("Welcome!");
  socket.on("data", (data) => {
    for (let at = 0; at < data.length; at += CHUNK) {
      const chunk = data.subarray(at, at + CHUNK);
      if (chunk.equals(EXIT)) return socket.end();
      // False: the client takes nothing more for now, so read nothing more.
      if (!socket.write(Buffer.concat([HELLO, chunk, MARK]))) socket.pause();
    }
  });
  socket.on("drain", () => socket.resume());
  socket.on("error", () => socket.destroy()); // This one's; the others go on.
});

const port = Number(process.argv[2] ?? 9999); // 0: any free port

server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
  console.log(`Bind TCP on ${server.address().port}...`);
});
