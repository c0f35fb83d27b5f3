/**
 * UDP server, Node.js: `node:dgram`. https://nodejs.org/api/dgram.html
 *
 *     node bench/peers/udp_node.mjs 9999
 */
import { Buffer } from "node:buffer";
import dgram from "node:dgram";
import process from "node:process";

const HELLO = Buffer.from("Hello, ");
const MARK = Buffer.from("!");
const port = Number(process.argv[2] ?? 9999); // 0: any free port

const socket = dgram.createSocket("udp4");
socket.on("message", (data, { port, address }) => {
  // The parts of an array go out as one datagram. The callback takes the error
  // of one that cannot be answered: the others go on.
  socket.send([HELLO, data, MARK], port, address, () => {});
});
socket.bind(port, "127.0.0.1", () => {
  console.log(`Bind UDP on ${socket.address().port}...`);
});
