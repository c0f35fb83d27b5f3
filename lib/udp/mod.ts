/**
 * A UDP server that survives what its clients send, a client that repeats its request
 * until the server responds, and a socket whose receive has a time limit.
 *
 * @module
 */
export {
  NoAnswerError,
  UdpClient,
  type UdpClientOptions,
  UnexpectedAnswerError,
} from "./client.ts";
export { UdpServer, type UdpServerOptions } from "./server.ts";
export { type Received, UdpSocket, type UdpSocketOptions } from "./socket.ts";
